"""`rclone serve s3` on loopback: S3 over a folder, with conditional puts and range requests ignored or refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.ports import free_port
from servers.serving import Serving

PROGRAM = Path(sys.executable).with_name("rclone.exe" if os.name == "nt" else "rclone")
KEY_ID = "AKIDEXAMPLE"
BUCKET = "backups"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY"  # of a test; holds what URLs and headers must not be led astray by


class RcloneS3:
    """A server of the buckets that lie as folders in `folder`, until the block ends.

    Buckets are made before it starts: it remembers for minutes what lies in a folder, and told to forget at once it
    waits for itself now and then.

    Args:
        options: more arguments for rclone.
        buckets: what it has.
        before: called in the server's process before it begins, to take room or rights from it.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        buckets: tuple[str, ...] = (BUCKET,),
        before: Callable[[], None] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self._options = options
        self._buckets = buckets
        self._before = before
        self._serving: Serving | None = None

    def url(self, prefix: str = "", *, bucket: str = BUCKET, port: int = 0) -> str:
        """The address of a bucket on it."""
        path = f"/{prefix}" if prefix else ""
        return f"s3://{bucket}{path}?endpoint=http://127.0.0.1:{port or self.port}"

    def start(self) -> Self:
        """Start it, and wait until it listens."""
        for bucket in self._buckets:
            (self.folder / bucket).mkdir(parents=True, exist_ok=True)
        command = [str(PROGRAM), "serve", "s3", "--config", os.devnull, "--addr", f"127.0.0.1:{self.port}"]
        command += ["--auth-key", f"{KEY_ID},{SECRET}", *self._options, str(self.folder)]
        self._serving = Serving(command, "Starting s3 server on", self._before)
        return self

    def stop(self) -> None:
        """End it and every connection it has."""
        if self._serving is not None:
            self._serving.end()
            self._serving = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

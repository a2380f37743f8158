"""A server as a child process: started, waited for until it listens, listened to, ended."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Sequence


class Serving:
    """A server that runs until `end`. `before` is called in its process before it begins.

    Raises AssertionError with what it said, when it ends before it has said that it is `ready`.
    """

    def __init__(self, command: Sequence[str], ready: str, before: Callable[[], None] | None) -> None:
        self.said: list[str] = []
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=before
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line)
            if ready in line:
                break
        else:
            raise AssertionError(f"{command[0]} did not start: {self.said}")
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> None:
        """Kill it; its connections are gone with it."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _listen(self) -> None:
        """Nobody may be kept waiting because nobody reads what he says."""
        assert self._process.stderr is not None
        self.said += self._process.stderr

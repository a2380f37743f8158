"""What is taken from a server before it begins."""

from __future__ import annotations

import signal
from collections.abc import Callable


def small_files_only(most_bytes: int) -> Callable[[], None]:
    """Has the system refuse to let a file grow beyond that, as a full disk would. Not on Windows."""

    def take() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return take

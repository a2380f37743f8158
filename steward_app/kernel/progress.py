"""How a piece of work tells how far it is, and how it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from steward_app.kernel.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is. `total` is None where it is not known; never a guess.

    Attributes:
        done: units finished.
        total: units in all, or None.
        unit: what is counted, in the plural ("rows", "tables", "pages"); may be empty.
        note: what is being looked at now, in words; never a value of a row.
    """

    done: int = 0
    total: int | None = None
    unit: str = ""
    note: str = ""


class Context:
    """Travels with every long piece of work: progress out, the wish to stop in.

    Cancelling is safe from any thread. `checkpoint()` raises `Cancelled` between steps; inside one long SQL
    statement the callbacks registered with `on_cancel` interrupt it. Once `finishing()` is entered (COMMIT
    begins) a cancel no longer has an effect, and `can_cancel` is False.
    """

    def __init__(self, report: Callable[[Progress], None] | None = None) -> None:
        self._report = report
        self._cancelled = threading.Event()
        self._finishing = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def report(self, done: int, total: int | None = None, *, unit: str = "", note: str = "") -> None:
        """Say how far the work is; cheap enough to call once a table or once a thousand rows."""
        if self._report is not None:
            self._report(Progress(done, total, unit, note))

    @property
    def cancelled(self) -> bool:
        """True when somebody asked to stop and it is not too late."""
        return self._cancelled.is_set() and not self._finishing.is_set()

    @property
    def can_cancel(self) -> bool:
        """False once the work has begun to commit."""
        return not self._finishing.is_set()

    def cancel(self) -> None:
        """Ask the work to stop. Returns at once."""
        with self._lock:
            if self._finishing.is_set():
                return
            self._cancelled.set()
            callbacks = tuple(self._callbacks)
            for callback in callbacks:
                callback()

    def checkpoint(self) -> None:
        """Raise `Cancelled` when somebody asked to stop."""
        if self.cancelled:
            raise Cancelled()

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises `Cancelled` as soon as somebody asks to stop."""
        self._cancelled.wait(seconds)
        self.checkpoint()

    @contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call `callback` (from the cancelling thread) if a cancel comes while the block runs."""
        with self._lock:
            self._callbacks.append(callback)
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)

    def finishing(self) -> None:
        """From here on the work cannot be cancelled; raises `Cancelled` if a cancel came first."""
        with self._lock:
            if self._cancelled.is_set():
                raise Cancelled()
            self._finishing.set()

    @contextmanager
    def step(self) -> Iterator[Context]:
        """A context for one step of this work: the step may commit without the whole having begun to.

        A cancel reaches the step as long as it can be cancelled, and the whole as soon as the step is over.
        """
        step = Context(self._report)
        with self.on_cancel(step.cancel):
            self.checkpoint()
            yield step
        self.checkpoint()

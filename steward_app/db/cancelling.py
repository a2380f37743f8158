"""Stops the statement that runs on a connection as soon as the work that it belongs to is cancelled.

https://www.sqlite.org/c3ref/interrupt.html and https://www.sqlite.org/c3ref/progress_handler.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import apsw

from steward_app.kernel.progress import Context

_STEPS_BETWEEN_LOOKS = 10_000  # virtual machine steps between two looks at the cancel flag: well under 1 ms


class Cancelling:
    """The contexts that statements of one connection run under.

    A cancel interrupts what runs. One that comes between two statements is seen by the next, which looks at the flag as
    it goes on. Blocks stand in one another, mostly under one context: one look then serves them all.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._blocks: Counter[Context] = Counter()

    @contextmanager
    def under(self, context: Context) -> Iterator[None]:
        """Run the block's statements so that cancelling `context` stops them within milliseconds."""
        if not self._blocks[context]:
            self._connection.set_progress_handler(lambda: context.cancelled, _STEPS_BETWEEN_LOOKS, id=context)
        self._blocks[context] += 1
        try:
            with context.on_cancel(self._connection.interrupt):
                context.checkpoint()
                yield
        finally:
            self._blocks[context] -= 1
            if not self._blocks[context]:
                del self._blocks[context]
                with suppress(apsw.ConnectionClosedError):
                    self._connection.set_progress_handler(None, id=context)

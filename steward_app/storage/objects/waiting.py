"""Work with a server that may be slow or gone: in a thread of its own, cancellable, tried again, never for ever."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.storage.objects import failures
from steward_app.storage.objects.model import Patience

T = TypeVar("T")

_log = logging.getLogger(__name__)
for _name in ("asyncio", "asyncssh"):  # without a handler, what they warn of goes to the error output
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Loop:
    """An event loop in a thread, for callers that know nothing of one. From any thread, as often as one likes."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_left_over)
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], context: Context) -> T:
        """What the work gives. Raises `Cancelled` as soon as somebody asks to stop; the work is cancelled too."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)

        def cancel() -> None:
            future.cancel()

        try:
            with context.on_cancel(cancel):
                context.checkpoint()
                return future.result()
        except CancelledError:
            raise Cancelled from None
        finally:
            future.cancel()  # where Ctrl+C ended the wait; nothing happens when it is done

    def close(self) -> None:
        """Cancel what still runs, wait for it, and end the thread. A second time does nothing."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _drain(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_asyncgens()


def _left_over(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What nobody waits for any more: the rest of the requests on a line that was cut. The first was told."""
    _log.debug("left over on a line that was cut: %s", type(context.get("exception")).__name__)


class Watch:
    """Ends what hears nothing from a server for too long. Shared by all transfers, which share the line."""

    def __init__(self, silence_seconds: float) -> None:
        self._silence = silence_seconds
        self._heard = 0.0

    def hear(self) -> None:
        """The server lives."""
        self._heard = asyncio.get_running_loop().time()

    async def over(self, step: Awaitable[T], extra_seconds: float = 0) -> T:
        """What the step gives. Raises TimeoutError when neither it nor any other step ended for too long.

        `extra_seconds` is for a step that takes long in silence.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        task = asyncio.ensure_future(step)
        try:
            while not task.done():
                left = max(self._heard, started) + self._silence + extra_seconds - loop.time()
                if left <= 0:
                    raise TimeoutError
                await asyncio.wait({task}, timeout=left)
            self.hear()
            return task.result()
        finally:
            task.cancel()


def persistently(
    attempt: Callable[[], T], patience: Patience, context: Context, *, opening: bool = False
) -> T:
    """Try until it works: again after a cut, a longer pause each time, as often as `patience` says.

    With `opening`, a server that cannot be reached at all is told at once: most likely its name is wrong, or it is off.
    """
    tries = 0
    while True:
        context.checkpoint()
        try:
            return attempt()
        except Failure as failure:
            passing = isinstance(failure, failures.Passing)
            if not passing and (opening or failure.code is not ErrorCode.OFFLINE):
                raise
            if tries == len(patience.pauses_seconds):
                raise failures.for_good(failure, tries + 1) from failure.__cause__
        _pause(patience.pauses_seconds[tries] * random.uniform(0.7, 1.3), context)  # noqa: S311  not all at once
        tries += 1


def _pause(seconds: float, context: Context) -> None:
    asked_to_stop = threading.Event()
    with context.on_cancel(asked_to_stop.set):
        context.checkpoint()
        asked_to_stop.wait(seconds)

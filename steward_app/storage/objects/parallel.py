"""Several transfers at once, for any store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from steward_app.kernel.progress import Context
from steward_app.storage.objects.model import ObjectStore

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    store: ObjectStore, work: Callable[[T, Context], R], items: Iterable[T], context: Context
) -> Iterator[R]:
    """What `work` gives for each item, in the order of the items, with as many at once as the store likes.

    At most that many results are held. The first error ends it: what runs is cancelled, waited for, and the error
    raised. `work` gets a context of its own; progress is for the caller to report.
    """
    remaining = iter(items)
    stop = Context()
    with context.on_cancel(stop.cancel), ThreadPoolExecutor(store.transfers, "transfer") as threads:
        running: deque[Future[R]] = deque()
        try:
            for item in islice(remaining, store.transfers):
                running.append(threads.submit(work, item, stop))
            while running:
                context.checkpoint()
                yield running.popleft().result()
                running.extend(threads.submit(work, item, stop) for item in islice(remaining, 1))
        finally:
            stop.cancel()
            for future in running:
                future.cancel()

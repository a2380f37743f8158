"""From a page map and packs to the database's file: fetched, opened, hashed and written at the same time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import groupby, islice
from typing import Final, TypeVar

from steward_app.kernel.progress import Context
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.map import PageMap
from steward_app.services.backup.store.pack import Piece, decode_frame
from steward_app.storage.local import Staged

_THREADS: Final = min(4, os.cpu_count() or 1)
_FRAMES_AHEAD: Final = 2 * _THREADS
_PACKS_AHEAD: Final = 1

T = TypeVar("T")
R = TypeVar("R")


def write_pages(fetcher: Fetcher, page_map: PageMap, new: Staged, context: Context) -> None:
    """Write every page to its place. Raises `Failure` where one is not what the map says."""
    done, page_size = 0, page_map.page_size_bytes
    new.write_at(b"", 0)  # makes the file, also where there are no pages
    for first, pages in _pieces(fetcher, page_map, context):
        context.checkpoint()
        new.write_at(pages, (first - 1) * page_size)
        done += len(pages) // page_size
        context.report(done, page_map.pages, unit="pages")


def _pieces(fetcher: Fetcher, page_map: PageMap, context: Context) -> Iterator[Piece]:
    """Every page once. Each pack is fetched once, while the one before it is opened."""
    page_size, key = page_map.page_size_bytes, fetcher.store.naming_key
    stop = Context()
    with context.on_cancel(stop.cancel), _threads(1, stop) as fetching, _threads(_THREADS, stop) as opening:

        def fetch(pack: int) -> bytes:
            return fetcher.pages(page_map.packs[pack], stop)

        packs = _ahead(fetching, fetch, page_map.needed_packs(), _PACKS_AHEAD)
        for pack, groups in groupby(page_map.live_groups(), key=lambda group: group.pack):
            contents = next(packs)
            opened = partial(decode_frame, contents, page_size_bytes=page_size, key=key)
            try:
                for pieces in _ahead(opening, opened, groups, _FRAMES_AHEAD):
                    yield from pieces
            except ValueError as error:
                raise fetcher.damaged(page_map.packs[pack], str(error)) from error
            del contents, opened  # before the one after the next is fetched


def _ahead(threads: Executor, work: Callable[[T], R], items: Iterable[T], count: int) -> Iterator[R]:
    """What `work` gives for each item, in order, with that many begun before they are asked for."""
    remaining = iter(items)
    running = deque(threads.submit(work, item) for item in islice(remaining, count))
    while running:
        result = _result(running)
        running.extend(threads.submit(work, item) for item in islice(remaining, 1))
        yield result


def _result(running: deque[Future[R]]) -> R:
    return running.popleft().result()


@contextmanager
def _threads(count: int, stop: Context) -> Iterator[Executor]:
    """Threads that are told to stop, and waited for, when the block ends."""
    with ThreadPoolExecutor(count, "restore") as threads:
        try:
            yield threads
        finally:
            stop.cancel()
            threads.shutdown(cancel_futures=True)

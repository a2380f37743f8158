"""Several transfers at once: in order, bounded, stopped by the first error and by a cancel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.storage.objects import ObjectStore, in_parallel, open_objects


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return open_objects(str(tmp_path / "store"), create=True)


def test_results_come_in_order_and_only_a_few_are_begun_ahead(store: ObjectStore) -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            yield number

    results = in_parallel(store, lambda item, context: item * 2, source(), Context())
    for number, result in enumerate(results):
        assert result == number * 2
        assert len(taken) <= number + store.transfers + 1
    assert len(taken) == 50


def test_the_first_error_is_raised_and_what_runs_is_told_to_stop(store: ObjectStore) -> None:
    begun, told = threading.Event(), threading.Event()

    def work(name: str, context: Context) -> bytes:
        if name == "gone":
            begun.wait(30)
            return store.get(name, context)
        with context.on_cancel(told.set):
            begun.set()
            told.wait(30)
        context.checkpoint()
        return b""

    with pytest.raises(Failure) as raised:
        list(in_parallel(store, work, ["gone", "waits", "never begun"], Context()))
    assert raised.value.code is ErrorCode.NOT_FOUND
    assert told.is_set()


def test_a_cancel_reaches_every_transfer(store: ObjectStore) -> None:
    context = Context()

    def work(item: int, inner: Context) -> int:
        context.cancel()
        inner.checkpoint()
        return item

    with pytest.raises(Cancelled):
        list(in_parallel(store, work, range(10), context))

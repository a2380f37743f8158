"""The store in an S3-compatible bucket: the contract, with `rclone serve s3`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from servers.rclone import RcloneS3
from steward_app.kernel.progress import Context
from steward_app.storage.objects import Credentials, ObjectStore, Patience, in_parallel, open_objects
from storage.objects.conformance import ObjectStoreContract

NUMBERS = count()


@pytest.fixture
def url(rclone: RcloneS3, aws_home: Path) -> str:
    return rclone.url(f"riverside/{next(NUMBERS)}")


@pytest.fixture
def store(url: str, s3_keys: Credentials, hasty: Patience) -> Iterator[ObjectStore]:
    with open_objects(url, credentials=s3_keys, patience=hasty) as store:
        yield store


@pytest.fixture
def again(store: ObjectStore, url: str, s3_keys: Credentials, hasty: Patience) -> Callable[[], ObjectStore]:
    return lambda: open_objects(url, credentials=s3_keys, patience=hasty)


@pytest.fixture
def fill(store: ObjectStore) -> Callable[[list[str]], None]:
    def put(name: str, context: Context) -> None:
        store.put(name, b"", context)

    def fill(wanted: list[str]) -> None:
        deque(in_parallel(store, put, wanted, Context()), maxlen=0)

    return fill


class TestS3Store(ObjectStoreContract):
    pass

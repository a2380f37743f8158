"""The store in an S3-compatible bucket: the contract, with `rclone serve s3`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from servers.rclone import RcloneS3
from steward_app.storage.objects import Credentials, ObjectStore, Patience, open_objects
from storage.objects.conformance import ObjectStoreContract

NUMBERS = count()


@pytest.fixture
def bucket(rclone: RcloneS3) -> Path:
    return rclone.bucket(f"bucket-{next(NUMBERS)}")


@pytest.fixture
def url(rclone: RcloneS3, bucket: Path, aws_home: Path) -> str:
    return rclone.url(bucket.name, "backups/riverside")


@pytest.fixture
def store(url: str, s3_keys: Credentials, hasty: Patience) -> Iterator[ObjectStore]:
    with open_objects(url, credentials=s3_keys, patience=hasty) as store:
        yield store


@pytest.fixture
def again(store: ObjectStore, url: str, s3_keys: Credentials, hasty: Patience) -> Callable[[], ObjectStore]:
    return lambda: open_objects(url, credentials=s3_keys, patience=hasty)


@pytest.fixture
def fill(bucket: Path) -> Callable[[list[str]], None]:
    def fill(wanted: list[str]) -> None:
        for name in wanted:
            path = bucket / "backups/riverside" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    return fill


class TestS3Store(ObjectStoreContract):
    pass

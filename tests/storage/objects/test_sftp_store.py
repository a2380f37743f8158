"""The store on an SFTP server: the contract, with OpenSSH's own server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers.sshd import Sshd, trust
from steward_app.storage.objects import ObjectStore, Patience, open_objects
from storage.objects.conformance import ObjectStoreContract


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store of mine"


@pytest.fixture
def url(root: Path, sshd: Sshd, ssh_home: Path) -> str:
    trust(ssh_home, sshd)
    return sshd.url(root)


@pytest.fixture
def store(url: str, hasty: Patience) -> Iterator[ObjectStore]:
    with open_objects(url, create=True, patience=hasty) as store:
        yield store


@pytest.fixture
def again(store: ObjectStore, url: str, hasty: Patience) -> Callable[[], ObjectStore]:
    return lambda: open_objects(url, patience=hasty)


@pytest.fixture
def fill(root: Path) -> Callable[[list[str]], None]:
    def fill(wanted: list[str]) -> None:
        for name in wanted:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()

    return fill


class TestSftpStore(ObjectStoreContract):
    pass

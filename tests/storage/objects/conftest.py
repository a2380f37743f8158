"""Servers for stores, for as long as the tests of a file run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.sshd import Sshd
from steward_app.storage.objects import Patience

HASTY = Patience(connect_seconds=5, silence_seconds=2, pauses_seconds=(0.05, 0.1, 0.2))


@pytest.fixture
def hasty() -> Patience:
    """For servers on this machine: what is silent for two seconds is silent."""
    return HASTY


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """OpenSSH's server with its sftp-server."""
    with Sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def ssh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with an empty `.ssh`, and no agent: what the tester's own holds plays no part."""
    home = tmp_path / "user"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    if "SSH_AUTH_SOCK" in os.environ:
        monkeypatch.delenv("SSH_AUTH_SOCK")
    return home

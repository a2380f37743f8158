"""Servers for stores, for as long as the tests of a file run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.processes import common_folder
from servers.rclone import KEY_ID, SECRET, RcloneS3
from servers.sshd import Sshd, sshd_is_missing
from steward_app.kernel.secret import Secret
from steward_app.storage.objects import Credentials, Patience

HASTY = Patience(
    connect_seconds=5,
    silence_seconds=2,
    slowest_bytes_per_second=20_000_000,
    pauses_seconds=(0.05, 0.1, 0.2),
)


@pytest.fixture
def hasty() -> Patience:
    """For servers on this machine: what is silent for two seconds is silent."""
    return HASTY


@pytest.fixture(scope="session")
def openssh() -> None:
    """OpenSSH's programs. `make pytest` installs them for root, and tells everybody else the line that does."""
    if missing := sshd_is_missing():
        assert os.name == "nt" or os.geteuid() != 0, missing
        pytest.skip(missing)


@pytest.fixture(scope="session")
def sshd(openssh: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """OpenSSH's server, with the sftp-server built into it, which needs no start of the user's shell."""
    with Sshd(tmp_path_factory.mktemp("sshd"), sftp="internal-sftp") as server:
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


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RcloneS3]:
    """An S3-compatible server that ignores conditional puts."""
    with RcloneS3(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture
def aws_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without `.aws`, and no word of AWS in the environment: the tester's own plays no part."""
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture
def s3_keys() -> Credentials:
    """What opens the server."""
    return Credentials(access_key_id=KEY_ID, secret_access_key=Secret(SECRET))


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    with common_folder() as folder:
        yield folder

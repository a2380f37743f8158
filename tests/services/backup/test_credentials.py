"""What opens servers: given with a store, kept among the secrets, used by every later reach, forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from servers.passwords import PASSWORD, PasswordSftp
from servers.rclone import KEY_ID, SECRET, RcloneS3
from steward_app.catalog import Catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup, restore
from steward_app.storage.objects import Credentials, Wanted


@dataclass
class Locked:
    """A server that opens to what is given and to nothing on this machine."""

    url: str
    right: Credentials
    wrong: Credentials
    wanted: Wanted
    secret: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has no key for anything."""
    (tmp_path / "user/.ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in [each for each in os.environ if each.startswith("AWS_") or each == "SSH_AUTH_SOCK"]:
        monkeypatch.delenv(name)
    return tmp_path / "user"


@pytest.fixture(params=["password", "questions", "access key"])
def server(request: pytest.FixtureRequest, home: Path, tmp_path: Path) -> Iterator[Locked]:
    if request.param == "access key":
        with RcloneS3(tmp_path / "served") as s3:
            right = Credentials(access_key_id=KEY_ID, secret_access_key=Secret(SECRET))
            wrong = Credentials(access_key_id=KEY_ID, secret_access_key=Secret("not this one"))
            yield Locked(s3.url("clinic"), right, wrong, Wanted.ACCESS_KEY, SECRET)
        return
    with PasswordSftp(by_questions=request.param == "questions") as sftp:
        (home / ".ssh/known_hosts").write_text(sftp.known_hosts_line)
        right, wrong = (Credentials(password=Secret(text)) for text in (PASSWORD, "not this one"))
        yield Locked(sftp.url(tmp_path / "nas"), right, wrong, Wanted.PASSWORD, PASSWORD)


def change(path: Path) -> None:
    with open_write(path) as session, session.transaction(Context()):
        session.run("INSERT INTO patient (name) VALUES ('later')")


def test_what_was_given_with_the_store_opens_it_ever_after(
    catalog: Catalog, clinic: Path, server: Locked, tmp_path: Path
) -> None:
    made = backup.new_store(catalog, clinic, server.url, Context(), credentials=server.right)
    assert made.store.url == server.url
    backup.go_round(catalog, clinic, Context())
    change(clinic)
    backup.go_round(catalog, clinic, Context())
    assert len(backup.list_points(catalog, clinic, Context())) == 2
    restore.drill(catalog, clinic, Context())
    newest = backup.list_points(catalog, clinic, Context())[0]
    assert newest.state is PointState.PROVEN
    backup.verify_store(catalog, made.store, Context())
    plan = restore.plan_restore(catalog, clinic, newest.id, Context(), to=tmp_path / "out.db")
    restore.restore(catalog, plan, Context())
    assert (tmp_path / "out.db").stat().st_size

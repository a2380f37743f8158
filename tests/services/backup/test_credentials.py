"""What opens servers: given with a store, kept among the secrets, used by every later reach, forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from servers.passwords import PASSWORD, PasswordSftp
from servers.rclone import KEY_ID, SECRET, RcloneS3
from steward_app.catalog import Catalog, journal, open_catalog
from steward_app.catalog.points import PointState
from steward_app.db import open_write
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.services import backup, restore
from steward_app.services.backup import credentials
from steward_app.services.backup.init import InitStore
from steward_app.services.backup.store.keys import Unlocking
from steward_app.storage.objects import Credentials, LoginRefused, Wanted
from steward_app.storage.secrets import open_secrets


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


def test_what_is_wanted_is_told_and_what_was_given_stands_nowhere(
    catalog: Catalog, clinic: Path, server: Locked
) -> None:
    for given in (None, server.wrong):
        with pytest.raises(LoginRefused) as refused:
            backup.new_store(catalog, clinic, server.url, Context(), credentials=given)
        assert (refused.value.code, refused.value.wanted) == (ErrorCode.LOGIN_REFUSED, server.wanted)
        assert (
            "not this one"
            not in f"{refused.value.message}{refused.value.hint}{refused.value.__cause__!r}{given}"
        )
    assert [name for name in open_secrets().names() if name.startswith("store/")] == []
    backup.new_store(catalog, clinic, server.url, Context(), credentials=server.right)
    with catalog.reading() as session:
        told = repr(journal.events(session))
    assert server.secret not in told
    assert "not this one" not in told


def test_it_is_given_anew_where_it_is_right_and_forgotten(
    catalog: Catalog, clinic: Path, server: Locked
) -> None:
    store = backup.new_store(catalog, clinic, server.url, Context(), credentials=server.right).store
    with pytest.raises(LoginRefused):
        credentials.give(catalog, store, server.wrong, Context())
    assert credentials.kept(open_secrets(), store.id) == server.right
    credentials.forget(catalog, store)
    assert not credentials.are_kept(catalog, store)
    with pytest.raises(LoginRefused):
        backup.refresh(catalog, store, Context())
    credentials.give(catalog, store, server.right, Context())
    backup.refresh(catalog, store, Context())
    backup.disconnect(catalog, clinic, store.name, Context(), forget_key=True)
    assert open_secrets().names() == ("machine/identity",) * ("machine/identity" in open_secrets().names())


def test_what_is_given_for_one_run_is_kept_nowhere(
    catalog: Catalog, clinic: Path, server: Locked, tmp_path: Path
) -> None:
    backup.new_store(catalog, clinic, server.url, Context(), encrypt=False, credentials=server.right)
    backup.go_round(catalog, clinic, Context())
    given = Unlocking(credentials=server.right)
    assert not given.has_key
    (tmp_path / "new computer").mkdir()
    with open_catalog(tmp_path / "new computer") as new:
        assert len(backup.list_in_store(new, server.url, Context(), given)) == 1
        plan = restore.plan_restore_from_store(
            new, server.url, Context(), to=tmp_path / "out.db", given=given
        )
        restore.restore(new, plan, Context(), given=given)
        assert server.secret not in repr(plan)
        with pytest.raises(LoginRefused):
            backup.list_in_store(new, server.url, Context())
        assert open_secrets(new.directory).names() == ()
        assert list(new.directory.glob("secrets*")) == []


def test_a_store_that_was_begun_and_killed_is_settled_with_what_was_kept(
    catalog: Catalog, clinic: Path, server: Locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr(InitStore, "verify", die)
    monkeypatch.setattr(InitStore, "withdraw", die)
    with pytest.raises(Killed):
        backup.new_store(catalog, clinic, server.url, Context(), credentials=server.right)
    restore.settle(catalog, clinic, Context())
    (store,) = backup.stores_of(catalog, clinic, Context())
    backup.refresh(catalog, store, Context())


def test_secrets_that_cannot_be_reached_are_said_only_where_they_are_needed(
    catalog: Catalog, clinic: Path, server: Locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = backup.new_store(
        catalog, clinic, server.url, Context(), encrypt=False, credentials=server.right
    ).store

    def closed(*_: object) -> None:
        raise Failure(ErrorCode.NEEDS_KEY, "The keyring is closed.")

    monkeypatch.setattr(credentials, "open_secrets", closed)
    with pytest.raises(Failure, match="keyring is closed"):
        backup.refresh(catalog, store, Context())
    if server.wanted is Wanted.ACCESS_KEY:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        backup.refresh(catalog, store, Context())


def test_what_is_kept_and_damaged_is_said(catalog: Catalog, clinic: Path, server: Locked) -> None:
    store = backup.new_store(catalog, clinic, server.url, Context(), credentials=server.right).store
    for text in ("[1]", "{", '{"colour": "red"}'):
        open_secrets().set(f"store/{store.id}/login", Secret(text))
        with pytest.raises(Failure) as damaged:
            credentials.are_kept(catalog, store)
        assert damaged.value.code is ErrorCode.DAMAGED


def test_every_part_comes_back_as_it_was_given(tmp_path: Path) -> None:
    secrets = open_secrets()
    every = Credentials(
        Secret("pass “7”\n"), tmp_path / "key", Secret("\x00"), "id", Secret("s"), Secret("t")
    )
    for given in (every, Credentials(), replace(every, password=None)):
        credentials.keep(secrets, "an-id", given)
        assert credentials.kept(secrets, "an-id") == given
    credentials.remove(secrets, "an-id")
    assert credentials.kept(secrets, "an-id") is None


def test_what_does_not_fit_is_refused_before_anything_is_sent(catalog: Catalog, tmp_path: Path) -> None:
    for url in (str(tmp_path), "s3://bucket"):
        with pytest.raises(UsageError):
            credentials.reach(catalog, url, given=Credentials(password=Secret("x")))

"""The whole story over real servers: a store is made, points go there, and a new computer restores from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from builders import a_database, steward
from servers.rclone import KEY_ID, SECRET, RcloneS3
from servers.sshd import Sshd, sshd_is_missing, trust
from steward_app.db import open_read, open_write


@dataclass
class Server:
    """A server that answers, and can be stopped."""

    running: Sshd | RcloneS3
    url: str


@pytest.fixture(params=["sftp", "s3"])
def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Server]:
    home = tmp_path / "user"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with ExitStack() as stack:
        if request.param == "s3":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
            s3 = stack.enter_context(RcloneS3(tmp_path / "served"))
            yield Server(s3, s3.url("riverside"))
            return
        if missing := sshd_is_missing():
            assert os.name == "nt" or os.geteuid() != 0, missing
            pytest.skip(missing)
        sshd = stack.enter_context(Sshd(tmp_path / "served", sftp="internal-sftp"))
        trust(home, sshd)
        yield Server(sshd, sshd.url(tmp_path / "riverside"))


def rows(path: Path) -> int:
    with open_read(path) as session:
        return session.count("SELECT count(*) FROM patient")


def test_from_one_computer_to_another(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = "id INTEGER PRIMARY KEY, ward"
    builder = a_database(tmp_path, "clinic.db").with_table(
        "patient", table, rows=[(n, "A") for n in range(500)]
    )
    clinic, key = builder.in_wal_mode().build(), tmp_path / "key.txt"
    assert steward("backup", "init", clinic, "--store", server.url, "--key-to", key).code == 0
    for sql in ("DELETE FROM patient WHERE id = 1", "DELETE FROM patient WHERE id > 300"):
        with open_write(clinic) as session, session.transaction():
            session.run(sql)
        ran = steward("backup", "create", clinic)
        assert ran.code == 0, ran
    found = steward(
        *("backup", "find", clinic, "--table", "patient", "--key", "400", "--key-file", key, "--json")
    ).document()
    assert (found["searched"], found["holding"]) == (2, 1)
    point = found["first"]["point"]
    (tmp_path / "another").mkdir()
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "another"))
    to = tmp_path / "older.db"
    ran = steward("restore", "file", "--store", server.url, "--point", point, "--to", to, "--key-file", key)
    assert (ran.code, rows(to)) == (0, 499), ran
    server.running.stop()
    ran = steward(
        "restore", "file", "--store", server.url, "--to", tmp_path / "new.db", "--key-file", key, "--json"
    )
    assert (ran.code, ran.document()["error"]["code"]) == (4, "offline"), ran
    assert not (tmp_path / "new.db").exists()

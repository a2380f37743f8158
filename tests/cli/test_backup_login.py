"""Servers that open to a password or an access key: from files, at the terminal, kept, given anew, forgotten."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from builders import a_database, steward, steward_process
from servers.passwords import PASSWORD, PasswordSftp
from servers.rclone import KEY_ID, SECRET, RcloneS3
from servers.sshd import Sshd, make_key, sshd_is_missing, trust

SESAME = "open sesame 7"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has no key for anything."""
    (tmp_path / "user/.ssh").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in [each for each in os.environ if each.startswith("AWS_") or each == "SSH_AUTH_SOCK"]:
        monkeypatch.delenv(name)
    return tmp_path / "user"


@pytest.fixture
def server(home: Path) -> Iterator[PasswordSftp]:
    with PasswordSftp() as server:
        (home / ".ssh/known_hosts").write_text(server.known_hosts_line)
        yield server


@pytest.fixture
def openssh() -> None:
    """OpenSSH's programs."""
    if missing := sshd_is_missing():
        assert os.name == "nt" or os.geteuid() != 0, missing
        pytest.skip(missing)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path, "riverside.db").with_table("visit", "id", rows=[(1,), (2,)]).build()


def a_file(folder: Path, *lines: str) -> Path:
    file = folder / "given"
    file.write_text("\n".join(lines) + "\n")
    return file


def holding(folder: Path, text: str) -> list[str]:
    """The files below a folder that hold a text as it is."""
    files = (each for each in folder.rglob("*") if each.is_file())
    return sorted(each.name for each in files if text.encode() in each.read_bytes())


def test_a_password_in_a_file_makes_the_store_and_opens_it_ever_after(
    server: PasswordSftp, path: Path, tmp_path: Path, steward_home: Path
) -> None:
    url, given = server.url(tmp_path / "nas"), a_file(tmp_path, PASSWORD)
    without = steward("backup", "init", path, "--store", url)
    assert (without.code, "give the password" in without.err) == (4, True)
    ran = steward("backup", "init", path, "--store", url, "--password-file", given, "--json")
    assert ran.code == 0, ran.err
    given.unlink()
    for words in (("create", path), ("verify", path), ("drill", path), ("list", path), ("stores", path)):
        ran = steward("backup", *words)
        assert ran.code == 0, ran.err
        assert PASSWORD not in ran.out + ran.err
    kept_as = json.dumps(json.dumps(PASSWORD))[3:-3]
    assert holding(steward_home, kept_as) == ["secrets.key"]
    assert holding(steward_home, PASSWORD) == []
    assert "/login" in steward("keys", "show").out
    assert PASSWORD not in steward("journal", "list", path, "--json").out


def test_on_a_new_computer_it_is_given_for_one_run_and_kept_nowhere(
    server: PasswordSftp, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, given, key = server.url(tmp_path / "nas"), a_file(tmp_path, PASSWORD), tmp_path / "key.txt"
    login = ("--password-file", given)
    assert steward("backup", "init", path, "--store", url, "--key-to", key, *login).code == 0
    assert steward("backup", "create", path).code == 0
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "new computer"))
    assert "pt_" in steward("backup", "list", "--store", url, *login).out
    out = tmp_path / "out.db"
    ran = steward("restore", "file", "--store", url, "--to", out, "--key-file", key, *login)
    assert (ran.code, out.exists()) == (0, True), ran.err
    assert steward("backup", "list", "--store", url).code == 4
    assert "/login" not in steward("keys", "show").out
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "third computer"))
    ran = steward("backup", "connect", path, "--store", url, "--same", "--key-file", key, *login)
    assert ran.code == 0, ran.err
    assert steward("backup", "list", "--store", url).code == 0


def test_a_changed_password_is_given_anew_and_forgotten(
    server: PasswordSftp, path: Path, tmp_path: Path
) -> None:
    url = server.url(tmp_path / "nas")
    assert (
        steward("backup", "init", path, "--store", url, "--password-file", a_file(tmp_path, PASSWORD)).code
        == 0
    )
    server.password = SESAME
    assert steward("backup", "create", path).code == 1
    wrong = steward(
        "backup", "login", path, "--store", "nas", "--password-file", a_file(tmp_path, "not this")
    )
    assert (wrong.code, "not this" in wrong.err) == (4, False)
    ran = steward(
        "backup", "login", path, "--store", "nas", "--password-file", a_file(tmp_path, SESAME), "--json"
    )
    assert (ran.code, ran.document()["kept"]) == (0, True)
    assert steward("backup", "create", path).code == 0
    assert "Nothing is kept" in steward("backup", "login", path, "--store", "nas", "--forget").out
    assert steward("backup", "create", path).code == 1
    assert "/login" not in steward("keys", "show").out


def test_disconnecting_forgets_it(server: PasswordSftp, path: Path, tmp_path: Path) -> None:
    url = server.url(tmp_path / "nas")
    assert (
        steward("backup", "init", path, "--store", url, "--password-file", a_file(tmp_path, PASSWORD)).code
        == 0
    )
    assert steward("backup", "disconnect", path, "--store", "nas", "--forget-key").code == 0
    assert "store/" not in steward("keys", "show").out


def test_nothing_is_kept_where_the_password_was_wrong(
    server: PasswordSftp, path: Path, tmp_path: Path
) -> None:
    url = server.url(tmp_path / "nas")
    ran = steward(
        "backup", "init", path, "--store", url, "--password-file", a_file(tmp_path, SESAME), "--json"
    )
    assert (ran.code, ran.document()["error"]["code"], SESAME in ran.out) == (4, "login_refused", False)
    assert "store/" not in steward("keys", "show").out
    assert steward("backup", "stores", path, "--json").document()["items"] == []


def test_an_access_key_in_a_file_opens_the_bucket_ever_after(home: Path, path: Path, tmp_path: Path) -> None:
    with RcloneS3(tmp_path / "served") as s3:
        key = a_file(
            tmp_path, "[default]", f"aws_secret_access_key = {SECRET}", f"aws_access_key_id={KEY_ID}"
        )
        url = s3.url("riverside")
        assert steward("backup", "init", path, "--store", url).code == 4
        ran = steward("backup", "init", path, "--store", url, "--access-key-file", key)
        assert ran.code == 0, ran.err
        assert steward("backup", "create", path).code == 0
        assert steward("backup", "login", path, "--store", "riverside", "--forget").code == 0
        assert steward("backup", "stores", path).code == 1
        key = a_file(tmp_path, KEY_ID, SECRET)
        assert steward("backup", "login", path, "--store", "riverside", "--access-key-file", key).code == 0
        assert steward("backup", "stores", path).code == 0


@pytest.mark.parametrize(
    ("lines", "code"), [(("only one line",), 4), (("a", "b", "c", "d"), 4), (("clé", "secret"), 4), ((), 4)]
)
def test_a_file_without_an_access_key(path: Path, tmp_path: Path, lines: tuple[str, ...], code: int) -> None:
    key = a_file(tmp_path, *lines)
    ran = steward("backup", "init", path, "--store", "s3://bucket", "--access-key-file", key)
    assert (ran.code, "There is no access key in “given”" in ran.err) == (code, True)
    assert "only one" not in ran.err


def test_what_does_not_fit_the_address_is_refused(path: Path, tmp_path: Path) -> None:
    password, key = a_file(tmp_path, PASSWORD), tmp_path / "key"
    key.write_text("id\nsecret\n")
    for url, options in (
        (tmp_path / "store", ("--password-file", password)),
        (tmp_path / "store", ("--access-key-file", key)),
        ("s3://bucket", ("--password-file", password)),
        ("sftp://host/folder", ("--access-key-file", key)),
        ("sftp://host/folder", ("--access-key-file", key, "--password-file", password)),
    ):
        ran = steward("backup", "init", path, "--store", url, *options)
        assert (ran.code, (tmp_path / "store").exists()) == (2, False), ran.err


@dataclass
class Typing:
    """A command in a process of its own, whose terminal we hold."""

    process: subprocess.Popen[str]
    ours: int
    said: str = ""

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, and type the answer."""
        said = ""
        while not said.endswith(question):
            said += os.read(self.ours, 4096).decode()
        self.said += said
        os.write(self.ours, text.encode())

    def end(self) -> int:
        """To its end; its exit code."""
        code = self.process.wait(timeout=60)
        with suppress(OSError):  # which is how the end of a terminal reads
            while data := os.read(self.ours, 4096):
                self.said += data.decode()
        os.close(self.ours)
        return code


@contextmanager
def at_a_terminal(*words: str | Path) -> Iterator[Typing]:
    import pty

    ours, theirs = pty.openpty()
    with steward_process(*words, stdin=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        yield Typing(process, ours)


def test_at_a_terminal_it_is_asked_for_and_not_shown(
    server: PasswordSftp, path: Path, tmp_path: Path
) -> None:
    url = server.url(tmp_path / "nas")
    with at_a_terminal("backup", "init", path, "--store", url) as typing:
        typing.answer("Password: ", "not this one\n")
        typing.answer("Password: ", f"{PASSWORD}\n")
        assert typing.end() == 0, typing.said
    assert PASSWORD not in typing.said
    assert "not this one" not in typing.said
    assert server.tried[:1] == ["not this one"]
    assert steward("backup", "create", path).code == 0
    with at_a_terminal("backup", "list", "--store", url) as typing:
        assert typing.end() == 0, typing.said


def test_three_wrong_answers_or_none_end_it(server: PasswordSftp, path: Path, tmp_path: Path) -> None:
    url = server.url(tmp_path / "nas")
    with at_a_terminal("backup", "init", path, "--store", url) as typing:
        for text in ("one", "two", "three"):
            typing.answer("Password: ", f"{text}\n")
        assert typing.end() == 4
    with at_a_terminal("backup", "init", path, "--store", url) as typing:
        typing.answer("Password: ", "\x04")
        assert typing.end() == 130
    with at_a_terminal("backup", "init", path, "--store", url, "--json") as typing:
        assert typing.end() == 4
    assert "store/" not in steward("keys", "show").out


def test_the_passphrase_of_the_key_file_in_the_address(
    home: Path, openssh: None, path: Path, tmp_path: Path
) -> None:
    with Sshd(tmp_path / "sshd", sftp="internal-sftp") as server:
        trust(home, server)
        key = make_key(tmp_path / "mine", SESAME)
        shutil.copy(tmp_path / "mine.pub", server.folder / "authorized_keys")
        url = f"{server.url(tmp_path / 'nas')}?key_file={key}"
        refused = steward("backup", "init", path, "--store", url)
        assert (refused.code, "needs its passphrase" in refused.err) == (4, True)
        given = a_file(tmp_path, SESAME)
        ran = steward("backup", "init", path, "--store", url, "--password-file", given)
        assert ran.code == 0, ran.err
        assert steward("backup", "create", path).code == 0
        assert steward("backup", "login", path, "--store", "nas", "--forget").code == 0
        with at_a_terminal("backup", "login", path, "--store", "nas") as typing:
            typing.answer("Passphrase of the key file: ", f"{SESAME}\n")
            assert typing.end() == 0, typing.said
        assert steward("backup", "create", path).code == 0


def test_an_access_key_is_asked_for(home: Path, path: Path, tmp_path: Path) -> None:
    with (
        RcloneS3(tmp_path / "served") as s3,
        at_a_terminal("backup", "init", path, "--store", s3.url("riverside")) as typing,
    ):
        typing.answer("Id of the access key: ", f"{KEY_ID}\n")
        typing.answer("Secret access key: ", f"{SECRET}\n")
        assert typing.end() == 0, typing.said
        assert steward("backup", "create", path).code == 0

"""Secrets of the machine, in a keyring and in a key file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backends import chainer, fail, null

from builders.keyrings import MemoryKeyring, PlainTextKeyring, in_place
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.secret import Secret
from steward_app.storage import age
from steward_app.storage.secrets import (
    PASSPHRASE_FILE,
    KeysLocked,
    Place,
    change_passphrase,
    move_secrets,
    open_secrets,
    read_passphrase,
    secrets_state,
    unlock_secrets,
)

NAME, VALUE = "store/1/identity", Secret("AGE-SECRET-KEY-1TOPSECRET")


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    backend = MemoryKeyring()
    with in_place(backend):
        yield backend


@pytest.fixture
def passphrase_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("correct horse\n", encoding="utf-8")
    monkeypatch.setenv(PASSPHRASE_FILE, str(path))
    return path


def test_both_places_keep_give_list_and_forget(steward_home: Path) -> None:
    for backend in (null.Keyring(), MemoryKeyring()):
        with in_place(backend):
            secrets = open_secrets()
            assert secrets.names() == ()
            assert secrets.get(NAME) is None
            secrets.set(NAME, VALUE)
            secrets.set("machine/identity", Secret("first"))
            secrets.set("machine/identity", Secret("second"))
            again = open_secrets()
            assert again.place is secrets.place
            assert again.get(NAME) == VALUE
            assert again.get("machine/identity") == Secret("second")
            assert again.names() == ("machine/identity", NAME)
            for name in again.names():
                again.delete(name)
                again.delete(name)
            assert again.get(NAME) is None
            assert again.names() == ()
        for left in steward_home.iterdir():
            left.unlink()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    backend=st.sampled_from([MemoryKeyring, null.Keyring]),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.text(max_size=8)), max_size=12),
)
def test_what_is_kept_is_what_was_set_last(
    tmp_path_factory: pytest.TempPathFactory, backend: type, steps: list[tuple[str, str | None]]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    expected: dict[str, Secret] = {}
    with in_place(backend()):
        for name, value in steps:
            if value is None:
                expected.pop(name, None)
                open_secrets(folder).delete(name)
            else:
                expected[name] = Secret(value)
                open_secrets(folder).set(name, expected[name])
        secrets = open_secrets(folder)
        assert {name: secrets.get(name) for name in secrets.names()} == expected


@pytest.mark.parametrize("backend", [null.Keyring, fail.Keyring, PlainTextKeyring])
def test_what_keeps_nothing_or_keeps_it_in_the_open_is_no_keyring(backend: type) -> None:
    with in_place(backend()):
        assert open_secrets().place is Place.KEY_FILE


def test_a_keyring_library_that_is_set_up_wrongly_is_as_none(steward_home: Path) -> None:
    for backend in ("no.such.module.Keyring", "keyring.backends.null.NoSuchClass", "nonsense"):
        environment = {**os.environ, "PYTHON_KEYRING_BACKEND": backend}
        script = "from steward_app.storage.secrets import secrets_state; print(secrets_state().place)"
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == Place.KEY_FILE


def test_of_several_keyrings_the_best_real_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    several = [PlainTextKeyring(), MemoryKeyring()]
    monkeypatch.setattr(chainer.ChainerBackend, "backends", several)
    with in_place(chainer.ChainerBackend()):
        open_secrets().set(NAME, VALUE)
    assert [len(each.kept) for each in several] == [0, 1]
    monkeypatch.setattr(chainer.ChainerBackend, "backends", several[:1])
    with in_place(chainer.ChainerBackend()), pytest.raises(Failure):
        open_secrets()


def test_nothing_of_a_secret_is_in_the_folder_when_there_is_a_keyring(
    memory: MemoryKeyring, steward_home: Path
) -> None:
    open_secrets().set(NAME, VALUE)
    assert list(memory.kept.values()) == [VALUE.reveal()]
    assert sorted(path.name for path in steward_home.iterdir()) == ["secrets.json", "secrets.lock"]
    assert "TOPSECRET" not in (steward_home / "secrets.json").read_text("utf-8")
    assert "TOPSECRET" not in repr(open_secrets())


def test_two_data_directories_keep_apart_in_one_keyring(memory: MemoryKeyring, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        open_secrets(tmp_path / folder).set(NAME, Secret(folder))
    assert open_secrets(tmp_path / "a").get(NAME) == Secret("a")


def test_one_data_directory_is_one_whichever_way_it_is_reached(memory: MemoryKeyring, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_secrets(tmp_path / "link").set(NAME, VALUE)
    assert open_secrets(tmp_path / "real" / ".." / "real").get(NAME) == VALUE


def test_a_keyring_that_went_away_is_said_and_no_second_place_is_begun(steward_home: Path) -> None:
    with in_place(MemoryKeyring()):
        open_secrets().set(NAME, VALUE)
    with pytest.raises(Failure, match="keyring") as caught:
        open_secrets()
    assert caught.value.code is ErrorCode.NEEDS_KEY
    state = secrets_state()
    assert (state.place, state.in_use, state.reachable) == (Place.KEYRING, True, False)
    assert "cannot be reached" in state.sentence
    assert not (steward_home / "secrets.key").exists()


def test_a_locked_keyring_is_said_and_keeps_what_it_has(memory: MemoryKeyring, steward_home: Path) -> None:
    secrets = open_secrets()
    memory.locked = True
    for act in (lambda: secrets.get(NAME), lambda: secrets.set(NAME, VALUE), lambda: secrets.delete(NAME)):
        with pytest.raises(Failure, match="cannot be reached") as caught:
            act()
        assert "TOPSECRET" not in f"{caught.value.message}{caught.value.hint}"
    assert not (steward_home / "secrets.json").exists()
    memory.locked = False
    secrets.set(NAME, VALUE)
    assert secrets.get(NAME) == VALUE


def test_a_damaged_list_of_names_hides_no_secret(memory: MemoryKeyring, steward_home: Path) -> None:
    secrets = open_secrets()
    secrets.set(NAME, VALUE)
    for text in ("{", "[]", '{"format": "other"}'):
        (steward_home / "secrets.json").write_text(text, encoding="utf-8")
        assert open_secrets().get(NAME) == VALUE
        for act in (secrets.names, lambda: secrets.set(NAME, Secret("x")), lambda: secrets.delete(NAME)):
            with pytest.raises(Failure, match="list"):
                act()
    assert secrets.get(NAME) == VALUE
    assert secrets_state().reachable


def test_the_key_file_is_its_owners_alone_and_says_that_it_has_no_passphrase(steward_home: Path) -> None:
    assert not secrets_state().in_use
    open_secrets().set(NAME, VALUE)
    path = steward_home / "secrets.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_bytes())["secrets"] == {NAME: VALUE.reveal()}
    state = secrets_state()
    assert (state.place, state.in_use, state.protected) == (Place.KEY_FILE, True, False)
    assert "without a passphrase" in state.sentence
    assert state.where == str(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_may_use_is_refused(steward_home: Path, mode: int) -> None:
    secrets = open_secrets()
    secrets.set(NAME, VALUE)
    path = steward_home / "secrets.key"
    path.chmod(mode)
    before = path.read_bytes()
    for act in (lambda: secrets.get(NAME), secrets.names, lambda: secrets.set(NAME, VALUE)):
        with pytest.raises(Failure, match="others than its owner") as caught:
            act()
        assert caught.value.code is ErrorCode.NO_PERMISSION
        assert "chmod 600" in caught.value.hint
    assert path.read_bytes() == before
    path.chmod(0o600)
    assert secrets.get(NAME) == VALUE


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff", b'{"format": "x"}', b'{"secrets": {"a": 1}}', b"{}", age.START]
)
def test_a_damaged_key_file_is_said_and_left(
    steward_home: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    path = steward_home / "secrets.key"
    path.write_bytes(data)
    path.chmod(0o600)
    if data != age.START:
        monkeypatch.delenv(PASSPHRASE_FILE)
    secrets = open_secrets()
    for act in (lambda: secrets.get(NAME), lambda: secrets.set(NAME, VALUE)):
        with pytest.raises(Failure, match="not as it was written") as caught:
            act()
        assert caught.value.code is ErrorCode.DAMAGED
    assert path.read_bytes() == data


def test_a_key_file_that_is_a_folder_is_said(steward_home: Path) -> None:
    (steward_home / "secrets.key").mkdir(mode=0o700)
    with pytest.raises(Failure):
        open_secrets().get(NAME)


def test_a_passphrase_protects_the_key_file(
    steward_home: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    open_secrets().set(NAME, VALUE)
    data = (steward_home / "secrets.key").read_bytes()
    assert data.startswith(age.START)
    assert b"TOPSECRET" not in data
    assert secrets_state().protected
    opened = age.decrypt_with_passphrase(data, Secret("correct horse"), name="x")
    assert json.loads(opened)["secrets"] == {NAME: VALUE.reveal()}

    monkeypatch.delenv(PASSPHRASE_FILE)
    with pytest.raises(Failure, match="none was given") as caught:
        open_secrets().get(NAME)
    assert caught.value.code is ErrorCode.NEEDS_KEY

    wrong = tmp_path / "wrong"
    wrong.write_text("incorrect horse", encoding="utf-8")
    monkeypatch.setenv(PASSPHRASE_FILE, str(wrong))
    with pytest.raises(Failure, match="does not open") as caught:
        open_secrets().set(NAME, Secret("x"))
    assert caught.value.code is ErrorCode.WRONG_KEY
    assert "incorrect horse" not in f"{caught.value.message}{caught.value.hint}"
    assert (steward_home / "secrets.key").read_bytes() == data


def test_a_passphrase_that_is_given_later_protects_what_is_there(
    steward_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_secrets().set(NAME, VALUE)
    path = tmp_path / "later"
    path.write_bytes("pässphrase\r\nsecond line".encode())
    monkeypatch.setenv(PASSPHRASE_FILE, str(path))
    assert open_secrets().get(NAME) == VALUE
    assert secrets_state().protected
    assert b"TOPSECRET" not in (steward_home / "secrets.key").read_bytes()


def test_a_passphrase_is_changed_and_taken_away(
    steward_home: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.write_text("new", encoding="utf-8")
    open_secrets().set(NAME, VALUE)
    change_passphrase(new)
    with pytest.raises(Failure, match="does not open"):
        open_secrets().get(NAME)
    monkeypatch.setenv(PASSPHRASE_FILE, str(new))
    assert open_secrets().get(NAME) == VALUE
    change_passphrase(None)
    monkeypatch.delenv(PASSPHRASE_FILE)
    assert open_secrets().get(NAME) == VALUE
    with in_place(MemoryKeyring()), pytest.raises(Refused):
        move_secrets(Place.KEYRING)
        change_passphrase(new)


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\nsecond", b"\xff\xfe"])
def test_a_file_without_a_passphrase_is_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "p"
    path.write_bytes(data)
    with pytest.raises(Failure, match="no passphrase"):
        read_passphrase(path)
    with pytest.raises(Failure, match="not there"):
        read_passphrase(tmp_path / "missing")


def test_secrets_move_to_the_other_place_and_back(steward_home: Path) -> None:
    backend = MemoryKeyring()
    open_secrets().set(NAME, VALUE)
    open_secrets().set("a", Secret("b"))
    assert move_secrets(Place.KEY_FILE) == 0
    with pytest.raises(Failure, match="no keyring"):
        move_secrets(Place.KEYRING)
    with in_place(backend):
        assert open_secrets().place is Place.KEY_FILE
        assert move_secrets(Place.KEYRING) == 2
        assert open_secrets().names() == ("a", NAME)
        assert open_secrets().get(NAME) == VALUE
        assert not (steward_home / "secrets.key").exists()
        assert move_secrets(Place.KEY_FILE) == 2
        assert backend.kept == {}
    assert open_secrets().get(NAME) == VALUE


@pytest.mark.parametrize("name", ["", "A", "../x", "a//b", "/a", "a/", "a b", "a\n"])
def test_names_are_ours(name: str) -> None:
    for act in (lambda: open_secrets().get(name), lambda: open_secrets().set(name, VALUE)):
        with pytest.raises(ValueError, match="name"):
            act()


WRITER = """
import sys
from steward_app.kernel.secret import Secret
from steward_app.storage.secrets import open_secrets
for number in range(10):
    open_secrets().set(f"{sys.argv[1]}/{number}", Secret("x"))
print(open_secrets().get_or_set("shared", lambda: Secret(sys.argv[1])).reveal())
"""


def test_processes_and_threads_that_write_at_once_lose_nothing(steward_home: Path) -> None:
    def write() -> None:
        for number in range(10):
            open_secrets().set(f"thread/{number}", Secret("x"))

    command = [sys.executable, "-c", WRITER]
    running = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in "abc"]
    thread = threading.Thread(target=write)
    thread.start()
    shared = {process.communicate()[0].strip() for process in running}
    thread.join()
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(open_secrets().names()) == 41
    assert len(shared) == 1


def test_the_library_is_asked_and_nothing_of_ours_stands_between() -> None:
    backend = MemoryKeyring()
    with in_place(backend):
        open_secrets().set(NAME, VALUE)
        ((service, name),) = backend.kept
        assert keyring.get_password(service, name) == VALUE.reveal()


def test_a_passphrase_that_was_typed_opens_the_key_file_for_this_process(
    steward_home: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_secrets().set(NAME, VALUE)
    monkeypatch.delenv(PASSPHRASE_FILE)
    for typed in (None, "wrong"):
        with pytest.raises(KeysLocked):
            unlock_secrets(Secret(typed)) if typed else open_secrets().names()
    unlock_secrets(Secret("correct horse"))
    open_secrets().set("machine/identity", Secret("two"))
    assert open_secrets().names() == ("machine/identity", NAME)
    assert (steward_home / "secrets.key").read_bytes().startswith(age.START)

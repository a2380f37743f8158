"""`steward keys`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import steward
from builders.keyrings import MemoryKeyring, in_place
from servers.sshd import Sshd, sshd_is_missing
from steward_app.catalog.keys import signing_key_id
from steward_app.kernel.secret import Secret
from steward_app.storage.secrets import PASSPHRASE_FILE, open_secrets

VALUE = "AGE-SECRET-KEY-1TOPSECRET"


@pytest.fixture
def sftp_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    """A server that nobody here knows."""
    if missing := sshd_is_missing():
        assert os.name == "nt" or os.geteuid() != 0, missing
        pytest.skip(missing)
    monkeypatch.setenv("HOME", str(tmp_path))
    with Sshd(tmp_path / "sshd", sftp="internal-sftp") as server:
        yield server


def test_shows_where_keys_are_and_never_a_key(steward_home: Path) -> None:
    assert steward("keys", "show", "--json").document()["in_use"] is False
    assert not (steward_home / "secrets.key").exists()
    open_secrets().set("store/1/identity", Secret(VALUE))
    key_id = signing_key_id(open_secrets())
    ran = steward("keys", "show")
    assert (ran.code, ran.err) == (0, "")
    for text in ("without a passphrase", "secrets.key", "store/1/identity", key_id):
        assert text in ran.out
    document = steward("keys", "show", "--json").document()
    assert document["schema"] == "steward/keys/v1"
    assert (document["place"], document["protected"], document["signing_key_id"]) == (
        "key_file",
        False,
        key_id,
    )
    assert document["names"] == ["machine/signing-key", "store/1/identity"]
    assert "TOPSECRET" not in ran.out + str(document)


def test_a_server_is_known_once_its_fingerprint_was_compared(sftp_server: Sshd, steward_home: Path) -> None:
    address = sftp_server.url(steward_home)
    shown = steward("keys", "server", address, "--json").document()
    assert (shown["schema"], shown["trust"]) == ("steward/keys-server/v1", "new")
    other = steward("keys", "server", address, "--accept", "SHA256:another")
    assert (other.code, shown["fingerprint"] in other.err, "not accepted" in other.err) == (3, True, True)
    assert not (steward_home / "known_hosts").exists()
    accepted = steward("keys", "server", address, "--accept", shown["fingerprint"])
    assert (accepted.code, "is known here" in accepted.out) == (0, True)
    assert steward("keys", "server", address, "--json").document()["trust"] == "known"
    assert steward("keys", "server", "s3://bucket").code == 2


def test_keys_move_to_the_keyring_and_back(steward_home: Path) -> None:
    open_secrets().set("a", Secret(VALUE))
    ran = steward("keys", "move", "--to", "keyring")
    assert ran.code == 4
    assert "no keyring" in ran.err
    with in_place(MemoryKeyring()):
        assert steward("keys", "move", "--to", "keyring", "--json").document()["place"] == "keyring"
        assert not (steward_home / "secrets.key").exists()
    gone = steward("keys", "show", "--json").document()
    assert (gone["reachable"], gone["names"]) == (False, [])
    assert steward("keys", "move", "--to", "drawer").code == 2


def test_the_passphrase_is_given_changed_and_taken_away(
    steward_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    new.write_text("correct horse", encoding="utf-8")
    open_secrets().set("a", Secret(VALUE))
    assert steward("keys", "passphrase").code == 2
    assert steward("keys", "passphrase", "--new", new, "--none").code == 2
    assert steward("keys", "passphrase", "--new", new, "--json").document()["protected"] is True
    assert steward("keys", "show").code == 4
    monkeypatch.setenv(PASSPHRASE_FILE, str(new))
    assert steward("keys", "show", "--json").document()["names"] == ["a"]
    assert steward("keys", "passphrase", "--none", "--json").document()["protected"] is False
    monkeypatch.delenv(PASSPHRASE_FILE)
    assert steward("keys", "show", "--json").document()["names"] == ["a"]


def test_a_wrong_passphrase_is_said(
    steward_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, text in enumerate(("right", "wrong horse")):
        path = tmp_path / str(number)
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv(PASSPHRASE_FILE, str(path))
        if number == 0:
            open_secrets().set("a", Secret(VALUE))
    ran = steward("keys", "show")
    assert ran.code == 4
    assert "does not open the key file" in ran.err
    assert "wrong horse" not in ran.err


def test_that_the_key_file_got_a_passphrase_is_said_once(
    steward_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_secrets().set("a", Secret(VALUE))
    (path := tmp_path / "passphrase").write_text("correct horse", encoding="utf-8")
    monkeypatch.setenv(PASSPHRASE_FILE, str(path))
    ran = steward("keys", "show", "--json")
    assert ran.document()["protected"] is True
    assert "is encrypted from now on, since STEWARD_PASSPHRASE_FILE names a passphrase" in ran.err
    assert str(steward_home / "secrets.key") in ran.err
    assert "correct horse" not in ran.err
    assert "encrypted from now on" not in steward("keys", "show").err
    (steward_home / "secrets.key").unlink()
    assert "encrypted from now on" not in steward("keys", "show").err

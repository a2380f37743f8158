"""The keys of a store: made, kept, lost, and found again."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.secret import Secret
from steward_app.services.backup.store import keys as store_keys
from steward_app.services.backup.store.keys import (
    IDENTITY_OBJECT,
    NAMING_OBJECT,
    KeyMode,
    NewKeys,
    Unlocking,
    forget,
    keep,
    machine_identity,
    make_keys,
    unlock,
    write_key_file,
)
from steward_app.services.backup.store.recovery_sheet import key_lines
from steward_app.storage import age
from steward_app.storage.age import Identity
from steward_app.storage.secrets import Secrets, open_secrets

STORE = "3f1a6f0e-61d7-4f5e-9a7f-0b8c4f1d2e3f"


def reader(objects: Mapping[str, bytes]) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        if name not in objects:
            raise Failure(ErrorCode.NOT_FOUND, f"{name} is not in the store")
        return objects[name]

    return read


@pytest.fixture
def secrets() -> Secrets:
    return open_secrets()


@pytest.fixture(scope="module")
def made() -> NewKeys:
    return make_keys(KeyMode.KEY)


def code_of(caught: pytest.ExceptionInfo[Failure]) -> ErrorCode:
    return caught.value.code


def test_a_store_opens_on_the_machine_that_made_it(secrets: Secrets, made: NewKeys) -> None:
    keep(secrets, STORE, made, identity=True)
    for to_read in (False, True):
        keys = unlock(STORE, made.recipients, reader({}), secrets, to_read=to_read)
        assert keys.naming_key == made.naming_key
        assert keys.identity
        assert keys.identity.public_key == made.recipients[0]
        assert keys.can_read


def test_a_machine_that_only_makes_backups_writes_and_cannot_read(secrets: Secrets, made: NewKeys) -> None:
    keep(secrets, STORE, made, identity=False)
    assert secrets.names() == (f"store/{STORE}/naming-key",)
    keys = unlock(STORE, made.recipients, reader(made.objects), secrets)
    assert (keys.naming_key, keys.identity, keys.can_read) == (made.naming_key, None, False)
    with pytest.raises(Failure, match=made.identity.fingerprint) as caught:
        unlock(STORE, made.recipients, reader(made.objects), secrets, to_read=True)
    assert code_of(caught) is ErrorCode.NEEDS_KEY


def test_a_new_computer_opens_a_store_with_any_of_its_keys(secrets: Secrets, tmp_path: Path) -> None:
    colleague = Identity.generate()
    made = make_keys(KeyMode.KEY, recipients=[colleague.public_key])
    assert made.sheet
    assert made.recipients == (made.identity.public_key, made.sheet.public_key, colleague.public_key)
    file = tmp_path / "key.txt"
    write_key_file(colleague, file)
    typed = Secret("\n".join(key_lines(made.sheet)).lower())
    for given in (Unlocking(key=typed), Unlocking(key_file=file), Unlocking(key=made.identity.reveal())):
        keys = unlock(STORE, made.recipients, reader(made.objects), secrets, given, to_read=True)
        assert keys.naming_key == made.naming_key
        assert keys.can_read
    assert secrets.names() == ()
    keep(secrets, STORE, keys, identity=True)
    assert unlock(STORE, made.recipients, reader({}), secrets, to_read=True).naming_key == made.naming_key


def test_nothing_at_hand_names_the_keys_that_open_the_store(secrets: Secrets, made: NewKeys) -> None:
    for kept in (None, secrets):
        with pytest.raises(Failure, match="does not keep its key") as caught:
            unlock(STORE, made.recipients, reader(made.objects), kept)
        assert code_of(caught) is ErrorCode.NEEDS_KEY
        assert all(age.fingerprint(each) in caught.value.message for each in made.recipients)


def test_a_wrong_key_is_named_by_its_first_characters(secrets: Secrets, made: NewKeys) -> None:
    wrong = Identity.generate()
    keep(secrets, STORE, made, identity=True)  # what is given goes before what is kept
    with pytest.raises(Failure) as caught:
        unlock(STORE, made.recipients, reader(made.objects), secrets, Unlocking(key=wrong.reveal()))
    assert code_of(caught) is ErrorCode.WRONG_KEY
    assert wrong.fingerprint in caught.value.message
    assert all(age.fingerprint(each) in caught.value.message for each in made.recipients)
    assert "SECRET-KEY" not in f"{caught.value.message}{caught.value.hint}"


def test_a_passphrase_opens_a_store_on_a_new_computer(secrets: Secrets) -> None:
    made = make_keys(KeyMode.PASSPHRASE, passphrase=Secret("correct horse"), sheet=False)
    keys = unlock(
        STORE, made.recipients, reader(made.objects), None, Unlocking(passphrase=Secret("correct horse"))
    )
    assert keys.naming_key == made.naming_key
    assert keys.identity
    assert keys.identity.public_key == made.identity.public_key
    with pytest.raises(Failure, match="not the one of this store") as caught:
        unlock(STORE, made.recipients, reader(made.objects), None, Unlocking(passphrase=Secret("wrong")))
    assert code_of(caught) is ErrorCode.WRONG_KEY
    changed = {**made.objects, IDENTITY_OBJECT: store_keys.lock_identity(made.identity, Secret("new"))}
    again = unlock(STORE, made.recipients, reader(changed), None, Unlocking(passphrase=Secret("new")))
    assert again.naming_key == made.naming_key


def test_a_passphrase_for_a_store_that_has_none_is_said(made: NewKeys) -> None:
    with pytest.raises(Failure, match="has no passphrase"):
        unlock(STORE, made.recipients, reader(made.objects), None, Unlocking(passphrase=Secret("x")))


def test_a_store_out_of_reach_is_not_taken_for_one_without_a_passphrase(made: NewKeys) -> None:
    def unplugged(name: str) -> bytes:
        raise Failure(ErrorCode.IO_ERROR, "the store cannot be reached")

    with pytest.raises(Failure, match="cannot be reached"):
        unlock(STORE, made.recipients, unplugged, None, Unlocking(passphrase=Secret("x")))


def test_passphrase_mode_needs_one() -> None:
    with pytest.raises(UsageError, match="empty"):
        make_keys(KeyMode.PASSPHRASE)


def test_a_recipient_that_is_no_public_key_is_refused() -> None:
    with pytest.raises(UsageError):
        make_keys(KeyMode.KEY, recipients=["age1typo"])


@pytest.mark.parametrize("text", ["short", "zz" * 32, "\xff"])
def test_damaged_keys_in_the_store_are_said(made: NewKeys, text: str) -> None:
    sealed = age.encrypt(text.encode("latin-1"), made.recipients)
    given = Unlocking(key=made.identity.reveal())
    for data in (sealed, made.objects[NAMING_OBJECT][:-1], b""):
        with pytest.raises(Failure) as caught:
            unlock(STORE, made.recipients, reader({NAMING_OBJECT: data}), None, given)
        assert code_of(caught) is ErrorCode.DAMAGED


def test_a_damaged_secret_of_this_machine_is_said(secrets: Secrets, made: NewKeys) -> None:
    secrets.set(f"store/{STORE}/naming-key", Secret("zz"))
    with pytest.raises(Failure, match="naming key") as caught:
        unlock(STORE, made.recipients, reader(made.objects), secrets)
    assert code_of(caught) is ErrorCode.DAMAGED


def test_the_private_key_alone_or_everything_is_forgotten(secrets: Secrets, made: NewKeys) -> None:
    keep(secrets, STORE, made, identity=True)
    forget(secrets, STORE, identity_only=True)
    assert not unlock(STORE, made.recipients, reader(made.objects), secrets).can_read
    forget(secrets, STORE)
    assert secrets.names() == ()


def test_a_key_file_is_handed_out_once_to_its_owner_alone(tmp_path: Path, made: NewKeys) -> None:
    target = tmp_path / "key.txt"
    write_key_file(made.identity, target)
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused):
        write_key_file(made.identity, target)
    opened = subprocess.run(
        [shutil.which("age") or "age", "-d", "-i", str(target)],
        input=made.objects[NAMING_OBJECT],
        capture_output=True,
        check=True,
    )
    assert bytes.fromhex(opened.stdout.decode("ascii")) == made.naming_key


def test_a_key_file_that_is_none_is_said(tmp_path: Path, made: NewKeys) -> None:
    file = tmp_path / "holiday.jpg"
    for data, error in ((b"\xff\xd8\x00", UsageError), (bytes(1 << 17), Failure)):
        file.write_bytes(data)
        with pytest.raises(error):
            unlock(STORE, made.recipients, reader(made.objects), None, Unlocking(key_file=file))


def test_the_key_of_the_machine_is_made_once(secrets: Secrets) -> None:
    assert machine_identity(secrets).public_key == machine_identity(open_secrets()).public_key


def test_no_key_is_in_a_repr(secrets: Secrets, made: NewKeys) -> None:
    keep(secrets, STORE, made, identity=True)
    keys = unlock(STORE, made.recipients, reader(made.objects), secrets)
    shown = repr((made, keys, secrets, Unlocking(key=made.identity.reveal(), passphrase=Secret("correct"))))
    assert "SECRET-KEY" not in shown
    assert "correct" not in shown
    assert made.naming_key.hex() not in shown
    assert repr(made.naming_key) not in shown


@pytest.mark.parametrize("at", [30, 70, -1])
def test_a_damaged_naming_key_is_not_laid_upon_the_right_key(made: NewKeys, at: int) -> None:
    naming = bytearray(made.objects[NAMING_OBJECT])
    assert made.sheet is not None
    start = naming.index(b"-> X25519", 30)  # the part for the second recipient, which is the sheet's
    naming[at if at < 0 else start + at] ^= 1
    with pytest.raises(Failure) as caught:
        unlock(
            STORE,
            made.recipients,
            reader({NAMING_OBJECT: bytes(naming)}),
            None,
            Unlocking(key=made.sheet.reveal()),
        )
    assert code_of(caught) is ErrorCode.DAMAGED
    assert NAMING_OBJECT in caught.value.message
    assert f"The key {made.sheet.fingerprint}… is right" in caught.value.message
    assert "restore_a_point.py" in caught.value.hint
    stranger = Unlocking(key=Identity.generate().reveal())
    with pytest.raises(Failure) as caught:
        unlock(STORE, made.recipients, reader(made.objects), None, stranger)
    assert code_of(caught) is ErrorCode.WRONG_KEY

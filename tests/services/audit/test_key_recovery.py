"""The recovery of the key that signs seals: written with a passphrase, read on another computer, journalled."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from steward_app.catalog import journal, keys, open_catalog
from steward_app.kernel.errors import ErrorCode, Failure, Refused
from steward_app.kernel.secret import Secret
from steward_app.services.audit.seals.key_recovery import (
    EXPORT,
    IMPORT,
    SigningKey,
    export_key,
    import_key,
    signing_key,
)
from steward_app.storage.secrets import open_secrets

PHRASE = Secret("correct horse battery")


def test_a_key_goes_to_another_computer_and_signs_there(tmp_path: Path) -> None:
    file = tmp_path / "signing-key.age"
    with open_catalog() as here:
        assert signing_key(here) == SigningKey("", "")
        key_id = keys.signing_key_id(open_secrets(here.directory))
        assert signing_key(here) == SigningKey(key_id, "")
        assert export_key(here, file, PHRASE).key_id == key_id
        known = signing_key(here)
        assert known.key_id == key_id and known.exported_at
    (tmp_path / "there").mkdir()
    with open_catalog(tmp_path / "there") as there:
        assert import_key(there, file, PHRASE).key_id == key_id
        assert signing_key(there).key_id == key_id
        import_key(there, file, PHRASE)
        with there.reading() as session:
            assert len(journal.events(session, operation=IMPORT)) == 1


def test_the_file_is_private_encrypted_and_said_in_the_journal_without_the_key(tmp_path: Path) -> None:
    file = tmp_path / "signing-key.age"
    with open_catalog() as catalog:
        export_key(catalog, file, PHRASE)
        private = keys.signing_key(open_secrets(catalog.directory)).private.reveal()
        with catalog.reading() as session:
            (event,) = journal.events(session, operation=EXPORT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (
        file.read_bytes().startswith(b"age-encryption.org/v1") and private.encode() not in file.read_bytes()
    )
    assert private not in event.details


def test_another_passphrase_a_short_one_and_another_file_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "signing-key.age"
    with open_catalog() as catalog:
        with pytest.raises(Refused, match="at least 12 characters") as refused:
            export_key(catalog, file, Secret("short"))
        assert refused.value.code is ErrorCode.BAD_KEY and not file.exists()
        export_key(catalog, file, PHRASE)
        with pytest.raises(Failure):
            import_key(catalog, file, Secret("another passphrase"))
        file.write_bytes(b"something else")
        with pytest.raises(Failure):
            import_key(catalog, file, PHRASE)


def test_a_key_that_signed_here_is_replaced_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "signing-key.age"
    (tmp_path / "there").mkdir()
    with open_catalog() as here, open_catalog(tmp_path / "there") as there:
        first = export_key(here, file, PHRASE).key_id
        other = keys.signing_key_id(open_secrets(there.directory))
        with pytest.raises(Refused, match=other):
            import_key(there, file, PHRASE)
        assert signing_key(there).key_id == other
        assert import_key(there, file, PHRASE, replace=True).key_id == first
        assert signing_key(there).key_id == first

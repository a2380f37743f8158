"""A signed copy of the ledger lies in every store, and a computer that knows nothing takes it from there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from builders import a_database
from builders.erasing import DATABASE_ID, ERASED, Ledger
from steward_app.catalog import Catalog, open_catalog
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.values import Row
from steward_app.services.erasure import (
    Fate,
    Verdict,
    decide_row,
    export_ledger,
    foresee,
    import_ledger,
    keys_of,
    list_waiting,
    next_copy,
    own_key,
)
from steward_app.storage.secrets import Secrets, open_secrets

PATIENTS: list[Row] = [(n, f"Person {n}") for n in range(1, 9)]


@pytest.fixture
def secrets() -> Secrets:
    return open_secrets()


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_table("patient", "id INTEGER PRIMARY KEY, name", rows=PATIENTS).build()


@pytest.fixture
def ledger(catalog: Catalog, secrets: Secrets) -> Ledger:
    return Ledger(catalog, key=own_key(secrets, DATABASE_ID))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "another computer"
    folder.mkdir()
    return folder


def copied(catalog: Catalog, secrets: Secrets) -> bytes:
    data = export_ledger(catalog, secrets, DATABASE_ID)
    assert data is not None
    return data


def test_another_computer_knows_what_was_erased(
    tmp_path: Path, clinic: Path, ledger: Ledger, secrets: Secrets, elsewhere: Path
) -> None:
    point = Path(shutil.copyfile(clinic, tmp_path / "point.db"))
    ledger.erase(clinic, "patient", "id = 3")
    ledger.erase(clinic, "patient", "id = 4", changes={"name": b"\x00gone"})
    data = copied(ledger.catalog, secrets)
    assert b"Person" not in data
    with open_catalog(elsewhere) as catalog:
        theirs = open_secrets(elsewhere)
        taken = import_ledger(catalog, theirs, data, database_id=DATABASE_ID, name="ledger/1.json")
        assert (taken.entries, taken.new) == (2, 2)
        assert keys_of(catalog, DATABASE_ID) == ledger.keys
        there = Ledger(catalog, key=ledger.key)
        assert there.judge(point, "patient", (3,)).fate is Fate.ERASED
        assert there.judge(point, "patient", (4,)).changes == {"name": b"\x00gone"}
        assert there.entries() == ledger.entries()
        assert import_ledger(catalog, theirs, data, database_id=DATABASE_ID, name="again").new == 0


def test_two_ledgers_become_one(clinic: Path, ledger: Ledger, secrets: Secrets, elsewhere: Path) -> None:
    ledger.erase(clinic, "patient", "id = 3", confirmed=False)
    first = copied(ledger.catalog, secrets)
    with open_catalog(elsewhere) as catalog:
        theirs = open_secrets(elsewhere)
        there = Ledger(catalog, key=own_key(theirs, DATABASE_ID))
        there.erase(clinic, "patient", "id = 5")
        import_ledger(catalog, theirs, first, database_id=DATABASE_ID, name="a")
        with catalog.unit() as unit:
            unit.session.run("UPDATE erasures SET erased_at = ? WHERE erased_at = ''", (ERASED,))
            unit.commit()
        second = copied(catalog, theirs)
    import_ledger(ledger.catalog, secrets, second, database_id=DATABASE_ID, name="b")
    assert len({entry.key_id for entry in ledger.entries()}) == 2
    assert [entry.erased_at for entry in ledger.entries()] == [ERASED, ERASED]
    assert foresee(ledger.catalog, DATABASE_ID, "2026-01-01T00:00:00.000Z").tables == {"patient": 2}


def test_decisions_travel(
    tmp_path: Path, clinic: Path, ledger: Ledger, secrets: Secrets, elsewhere: Path
) -> None:
    other = a_database(tmp_path, "other.db")
    point = other.with_table("patient", "id INTEGER PRIMARY KEY, name", rows=[(3, "Somebody else")]).build()
    ledger.erase(clinic, "patient", "id = 3")
    again = Path(shutil.copyfile(point, tmp_path / "again.db"))
    with open_catalog(elsewhere) as catalog:
        theirs = open_secrets(elsewhere)
        there = Ledger(catalog, key=ledger.key)
        before = copied(ledger.catalog, secrets)
        import_ledger(catalog, theirs, before, database_id=DATABASE_ID, name="a")
        assert there.replay(point).quarantined == 1
        (row,) = list_waiting(catalog, DATABASE_ID)
        decide_row(catalog, DATABASE_ID, row.id, Verdict.KEEP)
        after = copied(catalog, theirs)
    import_ledger(ledger.catalog, secrets, after, database_id=DATABASE_ID, name="b")
    assert ledger.judge(again, "patient", (3,)).fate is Fate.CLEAR


@pytest.mark.parametrize(
    "change", ["entries", "keys", "signature", "cut", "other database", "newer", "stranger"]
)
def test_a_copy_that_is_not_as_it_was_written_is_refused(
    clinic: Path, ledger: Ledger, secrets: Secrets, elsewhere: Path, change: str
) -> None:
    ledger.erase(clinic, "patient", "id = 3")
    data = copied(ledger.catalog, secrets)
    document = json.loads(data)
    signers = None
    database_id = DATABASE_ID
    match change:
        case "entries":
            document["entries"] = []
        case "keys":
            document["keys"] = {}
        case "signature":
            document["signature"]["signature"] = document["signature"]["public_key"]
        case "newer":
            document["format"] = "data-steward-ledger/2"
        case "other database":
            database_id = "f" * 36
        case "stranger":
            signers = ["0" * 16]
    data = data[: len(data) // 2] if change == "cut" else json.dumps(document).encode()
    with open_catalog(elsewhere) as catalog:
        theirs = open_secrets(elsewhere)
        with pytest.raises(Failure) as failure:
            import_ledger(catalog, theirs, data, database_id=database_id, name="copy", signers=signers)
        assert failure.value.code in (ErrorCode.VERIFY_FAILED, ErrorCode.DAMAGED)
        assert not foresee(catalog, DATABASE_ID, "").entries
        assert not theirs.names()


def test_a_copy_is_made_where_the_newest_one_says_less(
    clinic: Path, ledger: Ledger, secrets: Secrets
) -> None:
    assert export_ledger(ledger.catalog, secrets, DATABASE_ID) is None
    assert next_copy(ledger.catalog, DATABASE_ID, []) is None
    ledger.erase(clinic, "patient", "id = 3")
    first = next_copy(ledger.catalog, DATABASE_ID, [])
    assert first is not None
    assert first.startswith("ledger/00000001-")
    assert next_copy(ledger.catalog, DATABASE_ID, [f"{first}.age"]) is None
    ledger.erase(clinic, "patient", "id = 4")
    second = next_copy(ledger.catalog, DATABASE_ID, [first, "ledger/notes.txt"])
    assert second is not None
    assert second.startswith("ledger/00000002-")


def test_a_ledger_without_its_key_is_not_copied(clinic: Path, catalog: Catalog, secrets: Secrets) -> None:
    ledger = Ledger(catalog)  # with a key that is not among the secrets
    ledger.erase(clinic, "patient", "id = 3")
    with pytest.raises(Failure) as failure:
        export_ledger(catalog, secrets, DATABASE_ID)
    assert failure.value.code is ErrorCode.NEEDS_KEY
    assert [each.code for each in foresee(catalog, DATABASE_ID, "").findings] == ["ledger_key_missing"]

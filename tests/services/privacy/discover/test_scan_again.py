"""The last scan is kept, and what certainly did not change is taken over from it."""

from __future__ import annotations

import os
from pathlib import Path

import apsw
import pytest

from builders import a_database
from builders.under_audit import put_under_audit
from steward_app.catalog import Catalog, open_catalog, privacy_scans
from steward_app.services.privacy.discover.kept import last_scan
from steward_app.services.privacy.discover.packs import own_rules_path
from steward_app.services.privacy.discover.sampling import READ_WHOLE
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

MAILS = [(n, f"p{n}@example.org") for n in range(1, 40)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, email TEXT", rows=MAILS)
        .with_table("letter", "id INTEGER PRIMARY KEY, sent_to TEXT", rows=MAILS)
        .build()
    )
    return settled(made)


def settled(path: Path) -> Path:
    """The file was written some time ago."""
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def write(path: Path, *statements: str) -> Path:
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return path


def test_a_file_that_did_not_change_is_not_read_again(path: Path) -> None:
    with open_catalog() as catalog:
        first = scan(path, catalog=catalog)
        second = scan(path, catalog=catalog)
        third = scan(path, catalog=catalog, again=True)
    assert first.again == third.again == ("person", "letter")
    assert second.again == ()
    assert second.cells == 0
    assert second.columns == first.columns
    assert second.same_values == first.same_values != ()


def test_a_file_that_was_written_is_read_again(path: Path) -> None:
    with open_catalog() as catalog:
        assert scan(path, catalog=catalog).unsure == ()
        write(path, "UPDATE letter SET sent_to = 'nobody'")
        found = scan(path, catalog=catalog)
    assert found.again == found.unsure == ("person", "letter")  # which of them was written, nothing tells


def test_a_file_that_was_written_just_now_may_be_written_in_the_same_moment(path: Path) -> None:
    os.utime(path)
    with open_catalog() as catalog:
        scan(path, catalog=catalog)
        assert scan(path, catalog=catalog).again == ("person", "letter")


def test_what_is_in_the_log_of_a_wal_is_a_change(path: Path) -> None:
    write(path, "PRAGMA journal_mode = WAL")
    with open_catalog() as catalog:
        scan(settled(path), catalog=catalog)
        other = apsw.Connection(str(path))
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("INSERT INTO letter VALUES (99, 'late@example.org')")
        settled(path)
        found = scan(path, catalog=catalog)
        other.close()
    assert found.again == ("person", "letter")


def test_a_table_under_audit_is_as_its_log_says(path: Path) -> None:
    put_under_audit(path, "person")
    with open_catalog() as catalog:
        scan(path, catalog=catalog)
        write(path, "UPDATE letter SET sent_to = 'nobody'")
        assert scan(path, catalog=catalog).again == ("letter",)
        write(path, "UPDATE person SET email = 'nobody' WHERE id = 1")
        assert scan(path, catalog=catalog).again == ("person", "letter")


def test_other_rules_read_everything_again(path: Path) -> None:
    with open_catalog() as catalog:
        scan(path, catalog=catalog)
        own_rules_path(path).write_text(
            "kinds:\n  person_number:\n    patterns: ['P-\\d+']\n", encoding="utf-8"
        )
        found = scan(path, catalog=catalog)
    assert found.again == ("person", "letter")


def test_another_schema_reads_the_changed_table_again(path: Path) -> None:
    with open_catalog() as catalog:
        scan(path, catalog=catalog)
        write(path, "ALTER TABLE letter ADD COLUMN phone", "DROP TABLE person")
        found = scan(settled(path), catalog=catalog)
    assert found.again == ("letter",)
    assert {table.table for table in found.tables} == {"letter"}
    assert found.at(Place("letter", "phone")) is not None


def test_one_table_alone_leaves_the_others_as_they_were(path: Path) -> None:
    with open_catalog() as catalog:
        first = scan(path, catalog=catalog)
        write(path, "UPDATE letter SET sent_to = 'x'")
        found = scan(path, catalog=catalog, tables=["LETTER"])
    assert found.again == ("letter",)
    kept, before = (each.at(Place("person", "email")) for each in (found, first))
    assert kept is not None
    assert before is not None
    assert (kept.kind, kept.filled) == (before.kind, before.filled)


def test_a_sample_does_not_stand_for_every_cell(tmp_path: Path) -> None:
    rows = [(n, f"p{n}@example.org") for n in range(READ_WHOLE + 10)]
    path = settled(
        a_database(tmp_path).with_table("person", "id INTEGER PRIMARY KEY, email", rows=rows).build()
    )
    with open_catalog() as catalog:
        first = scan(path, catalog=catalog)
        full = scan(path, catalog=catalog, full=True)
        after = scan(path, catalog=catalog)
    assert (first.full, full.full, after.full) == (False, True, True)
    assert full.again == ("person",)
    assert after.again == ()
    column = full.at(Place("person", "email"))
    assert column is not None
    assert (column.looked_at, column.missed_at_most) == (READ_WHOLE + 10, 0.0)
    sampled = first.at(Place("person", "email"))
    assert sampled is not None
    assert 0 < sampled.missed_at_most < 0.001


def test_what_is_kept_holds_no_value(path: Path, steward_home: Path) -> None:
    write(path, "UPDATE person SET email = 'zebulon.quixley@hidden.example' WHERE id % 2")
    with open_catalog() as catalog:
        scan(path, catalog=catalog)
        said = kept_text(catalog)
    assert "person" in said
    assert "quixley" not in said.lower()


def kept_text(catalog: Catalog) -> str:
    with catalog.reading() as session:
        (database_id,) = session.one("SELECT database_id FROM privacy_scans") or ("",)
        kept = privacy_scans.last(session, str(database_id))
    assert kept is not None
    return kept.result + "".join(table.profile for table in kept.tables.values())


def test_the_last_scan_is_there_for_whoever_asks(path: Path) -> None:
    with open_catalog() as catalog:
        assert last_scan(path, catalog) is None
        made = scan(path, catalog=catalog)
        assert last_scan(path, catalog) == made

"""The alarm: what a look at the schema and at the end of the log tells of an audit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.guarding import install, rearm
from builders.operations import known
from builders.sealed import by_hand
from builders.under_audit import run
from steward_app.catalog import Catalog, journal, open_catalog
from steward_app.kernel.finding import Severity
from steward_app.kernel.progress import Context
from steward_app.services.audit.guard import gaps, own_seals
from steward_app.services.audit.guard.alarm import audit_alarms, disarmed


@pytest.fixture
def path(tmp_path: Path, catalog: Catalog) -> Path:
    made = (
        a_database(tmp_path / "clinic.db")
        .with_table("visit", "id INTEGER PRIMARY KEY, note", rows=[(n, "x") for n in range(1, 11)])
        .build()
    )
    install(catalog, made)
    return made


def codes(catalog: Catalog, path: Path) -> list[str]:
    return [found.code for found in audit_alarms(catalog, path, known(catalog, path).id)]


def test_all_is_well(catalog: Catalog, path: Path) -> None:
    run(path, "UPDATE visit SET note = 'y'")
    assert codes(catalog, path) == []
    assert disarmed(path) == ()


def test_a_file_without_an_audit_has_no_alarm(catalog: Catalog, tmp_path: Path) -> None:
    plain = a_database(tmp_path / "plain.db").with_table("t", "a", rows=[(1,)]).build()
    assert codes(catalog, plain) == []
    assert disarmed(plain) == ()
    assert disarmed(tmp_path / "nowhere.db") == ()


@pytest.mark.parametrize(
    ("statements", "code", "severity"),
    [
        (["DROP TRIGGER _steward_audit_1_after_update"], "audit_disarmed", Severity.ERROR),
        (["DROP TABLE visit"], "audit_disarmed", Severity.ERROR),
        (["ALTER TABLE visit ADD COLUMN more"], "audit_stale", Severity.WARNING),
        (
            [
                "CREATE TRIGGER t BEFORE UPDATE ON visit BEGIN SELECT RAISE(IGNORE); END",
                "CREATE TRIGGER u AFTER UPDATE ON visit BEGIN SELECT RAISE(IGNORE); END",
            ],
            "audit_bypassed",
            Severity.ERROR,
        ),
    ],
)
def test_what_a_look_at_the_schema_tells(
    catalog: Catalog, path: Path, statements: list[str], code: str, severity: Severity
) -> None:
    run(path, *statements)
    found = audit_alarms(catalog, path, known(catalog, path).id)
    assert [(each.code, each.severity, each.subject.table) for each in found] == [(code, severity, "visit")]
    assert all(each.remedies and not each.title.endswith(".") for each in found)
    assert disarmed(path) == found


def test_a_rebuilt_table_is_told_and_arming_it_again_ends_the_alarm(catalog: Catalog, path: Path) -> None:
    run(
        path,
        "CREATE TABLE other (id INTEGER PRIMARY KEY, note)",
        "INSERT INTO other SELECT * FROM visit",
        "DROP TABLE visit",
        "ALTER TABLE other RENAME TO visit",
    )
    (found,) = audit_alarms(catalog, path, known(catalog, path).id)
    assert found.title == "Changes of “visit” are not logged"
    assert "rebuilt" in found.detail
    rearm(catalog, path)
    assert codes(catalog, path) == []


@pytest.mark.parametrize(
    ("by", "code"),
    [
        (lambda path: by_hand(path, "DELETE FROM _steward_audit_log_1 WHERE seq = 5"), "audit_numbers_missing"),
        (lambda path: by_hand(path, "UPDATE _steward_audit_clock SET seq = seq + 9"), "audit_numbers_missing"),
        (lambda path: by_hand(path, "UPDATE _steward_audit_clock SET guard = 1"), "audit_context_left_behind"),
        (lambda path: by_hand(path, "DELETE FROM _steward_audit_seal"), "audit_no_seal"),
    ],
)  # fmt: skip
def test_what_the_end_of_the_log_tells(
    catalog: Catalog, path: Path, by: Callable[[Path], object], code: str
) -> None:
    run(path, "UPDATE visit SET note = 'y'")
    by(path)
    assert code in codes(catalog, path)


def test_a_gap_is_told_until_a_steward_has_seen_it(catalog: Catalog, path: Path) -> None:
    database_id = known(catalog, path).id
    by_hand(path, "UPDATE visit SET note = 'secret' WHERE id IN (2, 3)")
    run(path, "UPDATE visit SET note = 'y'")
    own_seals.seal_new(catalog, path, database_id, Context())
    (found,) = audit_alarms(catalog, path, database_id)
    assert (found.code, found.count, found.subject.table) == ("audit_gap", 2, "visit")
    assert "secret" not in str(found)
    assert gaps.see(catalog, path, database_id, Context()) == 2
    assert gaps.see(catalog, path, database_id, Context()) == 0
    assert audit_alarms(catalog, path, database_id) == ()
    by_hand(path, "DELETE FROM visit WHERE id = 4")
    run(path, "INSERT INTO visit VALUES (4, 'again')")
    own_seals.seal_new(catalog, path, database_id, Context())
    (found,) = audit_alarms(catalog, path, database_id)
    assert found.title == "1 row of “visit” was changed behind the log's back"
    with catalog.reading() as session:
        assert len(journal.events(session, database_id=database_id, operation=gaps.SEEN)) == 1


def test_on_another_computer_only_the_key_is_told(catalog: Catalog, path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    with open_catalog(tmp_path / "elsewhere") as other:
        (found,) = audit_alarms(other, path, known(other, path).id)
    assert (found.code, found.severity) == ("audit_other_key", Severity.NOTE)

"""Values erased from the log: gone from the file, and everything else as provable as before."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders.sealed import an_audited_file, by_hand, put_under_audit, sealed, writing
from steward_app.db import open_read, open_write
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.services.audit.engine import tables
from steward_app.services.audit.erasing.redact import Erased, life, redact
from steward_app.services.audit.seals.verdict import ProblemKind, Verdict
from steward_app.services.audit.seals.verify import verify
from steward_app.storage.secrets import open_secrets

SECRET = ("Wilhelmina Secretkeeper", "a private note", "another private note", "Wilhelmina Married")


def verdict(path: Path, *, full: bool = False) -> Verdict:
    with open_read(path) as session, session.snapshot():
        return verify(session, full=full)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A person who came, changed, and is deleted; her number is used again; other rows are between."""
    path = an_audited_file(tmp_path)
    with writing(path) as session:
        session.run("INSERT INTO person VALUES (50, ?, ?, 61.5)", SECRET[:2])
        session.run("UPDATE person SET name = 'another' WHERE id = 1")
    sealed(path)
    with writing(path) as session:
        session.run("UPDATE person SET note = ? WHERE id = 50", SECRET[2:3])
        session.run("UPDATE person SET name = ?, weight = 70 WHERE id = 50", SECRET[3:])
        session.run("DELETE FROM person WHERE id = 50")
        session.run("INSERT INTO person VALUES (50, 'somebody else', 'hers', 1)")
        session.run("UPDATE person SET note = 'hers too' WHERE id = 50")
    return path


def erase(path: Path, seqs: tuple[int, ...], **how: object) -> Erased:
    """Erase, and what the caller does besides."""
    with open_write(path) as session:
        session.run("PRAGMA secure_delete = ON")
        with session.transaction():
            erased = redact(session, open_secrets(), seqs, **how)  # type: ignore[arg-type]
        session.run("VACUUM")
        session.run("PRAGMA wal_checkpoint(TRUNCATE)")
    return erased


def of(path: Path, key: object, table: str = "person") -> tuple[int, ...]:
    sealed(path)
    with open_read(path) as session:
        audited = tables.current(session, table)
        assert audited is not None
        return life(session, audited, key if isinstance(key, tuple) else (key,))  # type: ignore[arg-type]


def test_the_life_of_a_row_ends_where_its_number_was_free(path: Path) -> None:
    assert of(path, 50) == (6, 7)
    with writing(path) as session:
        session.run("DELETE FROM person WHERE id = 50")
    assert of(path, 50) == (6, 7, 8)
    assert of(path, 1) == (2,)
    assert of(path, 4) == ()


def test_a_life_is_followed_through_keys_and_versions(path: Path) -> None:
    with writing(path) as session:
        session.run("UPDATE person SET id = 60 WHERE id = 50")
        session.run("UPDATE place SET town = 'renamed' WHERE people = 2")
        session.run("ALTER TABLE person ADD COLUMN added")
    sealed(path)
    with writing(path) as session:
        audited = tables.current(session, "person")
        assert audited is not None
        from steward_app.services.audit.engine.arm import arm
        from steward_app.services.audit.engine.shape import shape_of
        from steward_app.services.schema.introspect import read_schema

        schema = read_schema(session)
        shape = shape_of(next(each for each in schema.tables if each.name == "person"), schema)
        arm(session, shape, earlier=audited)
        session.run("UPDATE person SET added = 'x', id = 61 WHERE id = 60")
    assert of(path, 61) == (6, 7, 8, 10)
    assert of(path, ("renamed", "main street"), "place") == (9,)
    assert verdict(path).holds
    erase(path, of(path, 61))
    assert verdict(path, full=True).holds


def test_erased_values_are_nowhere_and_the_log_holds(path: Path) -> None:
    erased = erase(path, (1, 3, 4, 5))
    assert erased == Erased((1, 3, 4, 5), 3 + 1 + 2 + 3)
    stored = path.read_bytes()
    assert [text for text in SECRET if text.encode() in stored] == []
    assert b"hers too" in stored
    found = verdict(path, full=True)
    assert found.holds, found.problems
    with writing(path) as session:
        session.run("UPDATE person SET note = 'later' WHERE id = 50")
    sealed(path)
    assert verdict(path, full=True).holds
    assert erase(path, (1, 3, 4, 5)) == Erased((), 0)
    assert erase(path, of(path, 50)).cells == 3 + 1 + 1
    assert verdict(path, full=True).holds
    assert b"hers too" not in path.read_bytes()


@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("UPDATE _steward_audit_log_1 SET n3 = 62 WHERE seq = 1", 1),  # a value that stayed
        ("UPDATE _steward_audit_log_1 SET n3 = NULL WHERE seq = 1", 1),
        ("UPDATE _steward_audit_log_1 SET n1 = 'Wilhelmina Secretkeeper' WHERE seq = 1", 1),  # one that went
        ("UPDATE _steward_audit_log_1 SET at = 5 WHERE seq = 4", 4),
        ("UPDATE _steward_audit_log_1 SET rid = 5 WHERE seq = 4", 4),
        ("UPDATE _steward_audit_log_1 SET n2 = 'x' WHERE seq = 7", 7),  # another life with the same secret
        ("UPDATE _steward_audit_redacted SET openings = x'' WHERE seq = 3", 3),
        ("UPDATE _steward_audit_redacted SET path = x'00' WHERE seq = 3", 3),
        ("UPDATE _steward_audit_redacted SET whole = x'00' WHERE seq = 3", 3),
        ("DELETE FROM _steward_audit_redacted WHERE seq = 3", 3),
    ],
)
def test_what_stayed_is_proven_still(path: Path, sql: str, seq: int) -> None:
    assert erase(path, (1, 3, 4, 5), columns=["NAME", "note"]).cells == 2 + 1 + 1 + 2
    assert verdict(path, full=True).holds
    by_hand(path, sql)
    found = verdict(path).problems
    assert found[0].seq == seq
    assert found[0].kind in (ProblemKind.ERASURE, ProblemKind.CHANGED)


def test_values_that_were_taken_away_without_a_word_are_missed(path: Path) -> None:
    erase(path, (1,))
    by_hand(path, "UPDATE _steward_audit_event SET kind = 'x' WHERE kind = 'redacted'")
    told = [each.kind for each in verdict(path).problems]
    assert ProblemKind.ERASURE in told


def test_what_names_a_row_goes_when_it_is_named(path: Path) -> None:
    with writing(path) as session:
        session.run("INSERT INTO place VALUES ('Secretville', 'Hidden Lane', 4)")
        session.run("UPDATE place SET people = 5 WHERE town = 'Secretville'")
        session.run("DELETE FROM place WHERE town = 'Secretville'")
        session.run("DELETE FROM person WHERE id = 50")
    assert erase(path, of(path, 50), columns=["id", "name"]).cells == 2 + 1 + 2
    erase(path, of(path, ("Secretville", "Hidden Lane"), "place"), columns=["town", "street"])
    stored = path.read_bytes()
    assert b"Secretville" not in stored
    assert b"Hidden Lane" not in stored
    with open_read(path) as session:
        assert session.all("SELECT seq, rid FROM _steward_audit_log_1 WHERE seq > 5")[:2] == [
            (6, None),
            (7, None),
        ]
    assert verdict(path).holds


def test_a_log_that_was_forged_is_not_erased_in(path: Path) -> None:
    sealed(path)
    by_hand(path, "UPDATE _steward_audit_log_1 SET n1 = 'forged' WHERE seq = 2")
    before = path.read_bytes()
    with pytest.raises(Failure) as caught, writing(path) as session:
        redact(session, open_secrets(), (1,))
    assert caught.value.code is ErrorCode.VERIFY_FAILED
    with apsw.Connection(str(path)) as connection:
        assert connection.execute("SELECT n1 FROM _steward_audit_log_1 WHERE seq = 1").get == SECRET[0]
    assert len(before) == len(path.read_bytes())


def test_what_is_not_there_cannot_be_erased(path: Path) -> None:
    with pytest.raises(UsageError, match="no change 999"), writing(path) as session:
        redact(session, open_secrets(), (1, 999))
    with pytest.raises(UsageError, match="no column “nmae”"), writing(path) as session:
        redact(session, open_secrets(), (1,), columns=["nmae"])


def test_wide_tables_are_erased_in_too(tmp_path: Path) -> None:
    from builders import a_database

    columns = ", ".join(f"c{n} TEXT" for n in range(1200))
    path = (
        a_database(tmp_path, "wide.db").with_sql(f"CREATE TABLE wide (k TEXT PRIMARY KEY, {columns})").build()
    )
    put_under_audit(path, "wide")
    with writing(path) as session:
        session.run("INSERT INTO wide (k, c5, c1150) VALUES ('key', 'a private value', 'the other one')")
        session.run("UPDATE wide SET c1150 = 'and a third' WHERE k = 'key'")
        session.run("DELETE FROM wide")
    sealed(path)
    assert verdict(path, full=True).holds
    erase(path, of(path, 1, "wide"), columns=["c1150"])
    stored = path.read_bytes()
    assert b"a private value" in stored
    assert b"the other one" not in stored
    assert b"and a third" not in stored
    assert verdict(path, full=True).holds

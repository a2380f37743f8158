"""The triggers that programs have on a table go on seeing what they saw while its column is expanded."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.guarding import install
from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.services.migrate.expand.contract import contract
from steward_app.services.migrate.expand.expand import expand
from steward_app.services.migrate.expand.model import Wanted
from steward_app.services.migrate.files import save

from .programs import OurSqlite, OwnSqlite, expanded, standing_of, statements_for
from .steps import COLUMNS, KEYS, STEPS, VALUES, expanded_by, run_step

SEARCHED = (  # as SQLite documents it, https://www.sqlite.org/fts5.html#external_content_tables
    "CREATE VIRTUAL TABLE words USING fts5 (c, content = 't', content_rowid = 'id')",
    "CREATE TRIGGER words_in AFTER INSERT ON t BEGIN INSERT INTO words (rowid, c) VALUES (NEW.id, NEW.c); END",
    "CREATE TRIGGER words_out AFTER DELETE ON t BEGIN"
    " INSERT INTO words (words, rowid, c) VALUES ('delete', OLD.id, OLD.c); END",
    "CREATE TRIGGER words_other AFTER UPDATE ON t BEGIN"
    " INSERT INTO words (words, rowid, c) VALUES ('delete', OLD.id, OLD.c);"
    " INSERT INTO words (rowid, c) VALUES (NEW.id, NEW.c); END",
)
SEARCHED_BEFORE = (  # https://www.sqlite.org/fts3.html#_external_content_fts4_tables_
    'CREATE VIRTUAL TABLE words USING fts4 (c, content="t")',
    "CREATE TRIGGER words_bu BEFORE UPDATE ON t BEGIN DELETE FROM words WHERE docid = OLD.id; END",
    "CREATE TRIGGER words_bd BEFORE DELETE ON t BEGIN DELETE FROM words WHERE docid = OLD.id; END",
    "CREATE TRIGGER words_au AFTER UPDATE ON t BEGIN INSERT INTO words (docid, c) VALUES (NEW.id, NEW.c); END",
    "CREATE TRIGGER words_ai AFTER INSERT ON t BEGIN INSERT INTO words (docid, c) VALUES (NEW.id, NEW.c); END",
)
LOG = "CREATE TABLE log (n INTEGER PRIMARY KEY, event TEXT, was_id, id, was, c)"
EVENTS = {
    "INSERT": "NULL, NEW.id, NULL, NEW.c",
    "UPDATE": "OLD.id, NEW.id, OLD.c, NEW.c",
    "UPDATE OF c": "OLD.id, NEW.id, OLD.c, NEW.c",
    "DELETE": "OLD.id, NULL, OLD.c, NULL",
}


@cache
def _expanding(create: tuple[str, ...]) -> tuple[list[str], list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        return statements_for(create, "c", [Wanted("n")], Path(folder))


def _logged(timing: str, event: str) -> str:
    columns = "(event, was_id, id, was, c)"
    return (
        f'CREATE TRIGGER "{timing} {event}" {timing} {event} ON t BEGIN INSERT INTO log {columns}'
        f" SELECT '{timing} {event}', {EVENTS[event]}; END"
    )


@pytest.mark.parametrize("engine", [OwnSqlite, OurSqlite])
@settings(max_examples=40, deadline=None)
@given(
    column=st.sampled_from(COLUMNS[:9:2]),
    rowid=st.booleans(),
    recursive=st.booleans(),
    searched=st.sampled_from([(), SEARCHED, SEARCHED_BEFORE]),
    before=st.lists(st.tuples(KEYS, VALUES), max_size=4),
    steps=st.lists(STEPS, min_size=1, max_size=10),
)
def test_own_triggers_see_the_old_column_written_alone(
    engine: type[OwnSqlite],
    column: str,
    rowid: bool,
    recursive: bool,
    searched: Sequence[str],
    before: list[tuple[int, Any]],
    steps: list[tuple[str, str, int, Any]],
) -> None:
    searched = searched if rowid and recursive else ()  # else REPLACE tells no trigger what goes
    table = f"CREATE TABLE t (id INTEGER PRIMARY KEY, c {column}, other INTEGER DEFAULT 0)"
    create = [
        table + ("" if rowid else " WITHOUT ROWID"),
        LOG,
        *(_logged("BEFORE", each) for each in EVENTS),
        *searched,
        *(_logged("AFTER", each) for each in EVENTS),
    ]
    expand, fill = _expanding(tuple(create))
    both, alone = engine(":memory:", recursive=recursive), engine(":memory:", recursive=recursive)
    for program in (both, alone):
        program.run("PRAGMA trusted_schema = 1")  # older ones let no trigger use a full-text table else
        for statement in create:
            program.run(statement)
        for key, value in before:
            run_step(program, "insert", "c", key, value)
    expanded_by(both, expand)
    both.run(fill[-1])
    for verb, name, key, value in steps:
        if verb == "fill" or (verb in ("ignore", "replace") and "NOT NULL" in column and value is None):
            continue
        both.run("DELETE FROM log")
        alone.run("DELETE FROM log")
        run_step(both, verb, name, key, value)
        run_step(alone, verb, "c", key, value)
        _same_events(both, alone, "AFTER")
        if verb not in ("upsert", "ignore"):  # an INSERT that comes to nothing shows what it has before
            _same_events(both, alone, "BEFORE")
        _same_words(both, alone, searched)
    both.close()
    alone.close()


def _same_events(both: OwnSqlite, alone: OwnSqlite, timing: str) -> None:
    for events in (("INSERT", "UPDATE", "DELETE"), ("INSERT", "UPDATE OF c", "DELETE")):
        told = [f"{timing} {event}" for event in events]
        assert _events(both, told) == _events(alone, told)


def _events(program: OwnSqlite, told: Sequence[str]) -> list[tuple[Any, ...]]:
    """What a log tells: without changes that change nothing, and a new row with the value that it gets at once."""
    found: list[tuple[Any, ...]] = []
    for event, was_id, key, *was_and_now in program.run(
        "SELECT event, was_id, id, was, typeof(was), c, typeof(c) FROM log ORDER BY n"
    ):
        was, now = was_and_now[:2], was_and_now[2:]
        new = [at for at, each in enumerate(found) if each[0] == told[0] and each[2] == key]
        if event == told[1] and was_id == key and was == now:
            continue
        if event == told[1] and was_id == key and new and list(found[new[-1]][5:]) == was:
            found[new[-1]] = (*found[new[-1]][:5], *now)
        elif event in told:
            found.append((event, was_id, key, *was, *now))
    return found


def _same_words(both: OwnSqlite, alone: OwnSqlite, searched: Sequence[str]) -> None:
    if not searched:
        return
    check = "INSERT INTO words (words, rank) VALUES ('integrity-check', 1)"
    both.run(check if searched is SEARCHED else "INSERT INTO words (words) VALUES ('integrity-check')")
    for word in ("a", "b", "7", "n"):
        query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid"
        assert both.run(query, (f'"{word}"',)) == alone.run(query, (f'"{word}"',))


OWN = """
CREATE TABLE t (id INTEGER PRIMARY KEY, tel TEXT);
INSERT INTO t VALUES (1, 'alpha'), (2, NULL);
CREATE TABLE log (n INTEGER PRIMARY KEY, by TEXT, was, now);
CREATE VIRTUAL TABLE words USING fts5 (tel, content = 't', content_rowid = 'id');
INSERT INTO words (words) VALUES ('rebuild');
CREATE VIEW list AS SELECT id, tel FROM t;
CREATE TRIGGER listed INSTEAD OF UPDATE ON list BEGIN UPDATE t SET tel = NEW.tel WHERE id = NEW.id; END;
CREATE TRIGGER one AFTER UPDATE ON t /* END; */ BEGIN INSERT INTO log VALUES (NULL, 'one', OLD.tel, NEW.tel); END;
CREATE TRIGGER words_other AFTER UPDATE ON t BEGIN
  INSERT INTO words (words, rowid, tel) VALUES ('delete', OLD.id, OLD.tel); -- out
  INSERT INTO words (rowid, tel) VALUES (NEW.id, NEW.tel);
END;
CREATE TRIGGER "two ""2"" 2" AFTER UPDATE OF tel ON t BEGIN INSERT INTO log VALUES (NULL, 'two', OLD.tel, NEW.tel); END;
"""


def _texts(clinic: Migrating, but: str = "-") -> list[tuple[Any, ...]]:
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name NOT GLOB '_steward_*'"
    return clinic.all(f"{query} AND name <> '{but}' ORDER BY rowid")


def _logged_since(clinic: Migrating) -> list[tuple[Any, ...]]:
    rows = clinic.all("SELECT by, was, now FROM log WHERE was IS NOT now ORDER BY n")
    clinic.sql("DELETE FROM log")
    return rows


def _contracted(clinic: Migrating) -> None:
    found = standing_of(clinic, "t", "tel")
    with open_read(clinic.path) as session:
        save(contract(session, found, clinic.folder, quiet_days=0, gone="All are.", above=2))
    clinic.apply()


def test_triggers_go_from_expand_to_contract_in_their_order(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog, OWN)
    install(catalog, clinic.path)
    texts = sorted(_texts(clinic))
    made = expanded(clinic, "t", "tel", Wanted("phone"))
    assert sorted(_texts(clinic)) == texts
    assert "made again from their own text" in " ".join(made.expand.text.replace("\n-- ", " ").split())
    clinic.sql("DELETE FROM log", "UPDATE t SET phone = 'omega' WHERE id = 1")
    assert _logged_since(clinic) == [("two", "alpha", "omega"), ("one", "alpha", "omega")]
    clinic.sql("UPDATE list SET tel = 'of a view' WHERE id = 2")
    assert _logged_since(clinic) == [("two", None, "of a view"), ("one", None, "of a view")]
    assert clinic.all("SELECT phone FROM t") == [("omega",), ("of a view",)]
    clinic.sql("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    assert clinic.all("SELECT rowid FROM words ('omega')") == [(1,)]

    clinic.sql(  # one of a new program, made again by the contract, between those that stay
        "DROP TRIGGER one",
        "CREATE TRIGGER new AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NULL, 'new', OLD.phone, NEW.phone); END",
        "CREATE TRIGGER one AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (NULL, 'one', OLD.tel, NEW.tel); END",
    )
    order = [name for name, _ in _texts(clinic)]
    _contracted(clinic)
    assert [name for name, _ in _texts(clinic)] == order
    clinic.sql("DELETE FROM log", "UPDATE t SET phone = 'end' WHERE id = 1")
    assert _logged_since(clinic) == [(by, "omega", "end") for by in ("one", "new", "two")]
    clinic.sql("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    clinic.undo(target=0)
    assert sorted(_texts(clinic, "one")) == [each for each in texts if each[0] != "one"]


def test_an_audit_writes_what_was_done_in_its_order(tmp_path: Path, catalog: Catalog) -> None:
    clinic = Migrating(tmp_path, catalog, "CREATE TABLE t (id INTEGER PRIMARY KEY, tel TEXT NOT NULL);")
    install(catalog, clinic.path)
    expanded(clinic, "t", "tel", Wanted("phone"))
    clinic.sql("INSERT INTO t (id, phone) VALUES (7, 'new')", "UPDATE t SET phone = 'other'")
    log = "SELECT op, o1, n1, o2, n2 FROM _steward_audit_log_2 ORDER BY seq"
    assert clinic.all(log) == [
        (0, None, None, None, "new"),
        (1, None, "new", None, None),
        (1, None, None, "new", "other"),
        (1, "new", "other", None, None),
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "AFTER UPDATE ON t BEGIN SELECT raise /* - */ (ignore) WHERE NEW.tel IS OLD.tel; END",
            "RAISE(IGNORE)",
        ),
        ("AFTER INSERT ON t BEGIN UPDATE t SET id = id + 100 WHERE id = NEW.id; END", "the key of rows"),
        ("AFTER INSERT ON t BEGIN UPDATE t SET rowid = -rowid; END", "the key of rows"),
    ],
)
def test_what_would_keep_the_columns_apart_is_refused(
    tmp_path: Path, catalog: Catalog, body: str, why: str
) -> None:
    clinic = Migrating(tmp_path, catalog, f"{OWN} CREATE TRIGGER own {body};")
    with open_read(clinic.path) as session, pytest.raises(Refused, match="own") as refused:
        expand(session, "t", "tel", [Wanted("phone")], clinic.folder)
    assert why in refused.value.message


def test_what_triggers_see_otherwise_is_told(tmp_path: Path, catalog: Catalog) -> None:
    own = (
        "asks BEFORE INSERT ON t WHEN NEW.tel = '' BEGIN SELECT RAISE(ABORT, 'no number'); END",
        "tidies AFTER UPDATE OF tel ON t BEGIN UPDATE t SET tel = trim(NEW.tel) WHERE id = NEW.id; END",
        "counts AFTER INSERT ON t BEGIN INSERT INTO log (by) VALUES (NEW.id); END",
        "passes BEFORE UPDATE ON t WHEN NEW.tel = '' BEGIN SELECT RAISE(IGNORE); END",
    )
    clinic = Migrating(tmp_path, catalog, OWN + "".join(f"CREATE TRIGGER {each};\n" for each in own))
    found = expanded(clinic, "t", "tel", Wanted("phone"))
    assert [each.split("”")[0] for each in found.along] == ["Trigger “asks", "Trigger “tidies"]
    for each in found.along:
        assert each in " ".join(found.expand.text.replace("\n-- ", " ").split())
    clinic.sql("UPDATE t SET phone = ' 1 ' WHERE id = 1")
    assert clinic.all("SELECT tel, phone FROM t WHERE id = 1") == [("1", "1")]

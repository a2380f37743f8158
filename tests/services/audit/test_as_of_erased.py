"""What the ledger says was erased does not come back by looking at an earlier time, whatever the log still holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.erasing import Ledger
from builders.histories import at, moment, table_of, timed
from builders.points import at_time
from builders.sealed import put_under_audit, writing
from steward_app.catalog import Catalog, identity, open_catalog
from steward_app.db import open_read
from steward_app.kernel import clock
from steward_app.services.audit.engine.model import NOT_KEPT
from steward_app.services.audit.past.as_of import table_as_of
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.audit.past.ledger import judge_since
from steward_app.services.erasure import own_key
from steward_app.services.rows import Grid
from steward_app.services.schema import read_schema
from steward_app.storage.secrets import open_secrets

PEOPLE = [(1, "Wilhelmina", "here"), (2, "Ben", "there"), (3, "Cleo", "here")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three people; the first was erased, the name of the second was emptied, the third is gone as any row is."""
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, town TEXT", rows=PEOPLE)
        .build()
    )
    put_under_audit(path, "person")
    with open_catalog() as catalog:
        ledger = ledger_of(catalog, path)
        day = clock.to_text(at(86_400))
        ledger.erase(path, "person", "id = 1", at=day)
        ledger.erase(path, "person", "id = 2", changes={"name": None}, at=day)
    with writing(path) as session:
        session.run("DELETE FROM person WHERE id = 3")
    return timed(path)


def ledger_of(catalog: Catalog, path: Path) -> Ledger:
    with open_read(path) as session:
        known = identity.recognise(catalog, path, session)
    assert isinstance(known, identity.Recognised)
    key = own_key(open_secrets(catalog.directory), known.database.id)
    return Ledger(catalog, known.database.id, key)


def rows_as_of(path: Path, seq: int) -> tuple[list[object], int, int]:
    with open_catalog() as catalog, open_read(path) as session:
        database_id = ledger_of(catalog, path).database_id
        with (
            judge_since(catalog, session, read_schema(session), database_id, moment(seq)) as judge,
            table_as_of(session, table_of(session, "person"), moment(seq), judge=judge) as then,
            then.at_one_moment(),
        ):
            return list(Grid(session, then.source).first_page().rows), then.kept.erased, then.kept.emptied


def test_the_log_alone_would_bring_them_back(path: Path) -> None:
    with open_read(path) as session, table_as_of(session, table_of(session, "person"), moment(0)) as then:
        assert list(Grid(session, then.source).first_page().rows) == PEOPLE


def test_they_stay_away(path: Path) -> None:
    assert rows_as_of(path, 0) == ([(2, None, "there"), (3, "Cleo", "here")], 1, 1)


def test_a_row_stays_away_too(path: Path) -> None:
    with open_catalog() as catalog, open_read(path) as session:
        database_id = ledger_of(catalog, path).database_id
        with judge_since(catalog, session, read_schema(session), database_id, moment(0)) as judge:
            rows = RowsAsOf(session, "person", judge=judge)
            first = rows.row((1,), moment(0))
            assert (first.there, first.erased, first.values) == (False, True, {})
            assert rows.row((2,), moment(0)).values == {"id": 2, "name": NOT_KEPT, "town": "there"}
            assert rows.row((3,), moment(0)).values["name"] == "Cleo"


def test_the_command_asks_the_ledger(path: Path) -> None:
    when = at(0).isoformat()
    document = steward("audit", "as-of", path, "person", "--time", when, "--personal", "--json").document()
    assert [row["id"] for row in document["items"]] == ["2", "3"]
    target = path.with_name("then.csv")
    assert steward("audit", "as-of", path, "person", "--time", when, "--personal", "--to", target).code == 0
    assert "Wilhelmina" not in target.read_text()
    row = steward("audit", "as-of", path, "person", "--time", when, "--row", "1", "--json").document()
    assert (row["there"], row["erased"]) == (False, True)
    compared = steward("audit", "compare", path, "person", "--from", when, "--personal", "--json")
    assert "Wilhelmina" not in compared.out


@pytest.fixture(autouse=True)
def _later() -> Iterator[None]:
    """The files are looked at after what happened to them."""
    with at_time(at(0) + timedelta(days=9)):
        yield

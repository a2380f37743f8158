"""Errors tell the place in the file as it is written, whatever was put in for its placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.migrating import Migrating
from steward_app.db.migration_files import Migration
from steward_app.db.migration_script import read_script
from steward_app.kernel.errors import Refused, UsageError
from steward_app.services.migrate.run.placeholders import fill

LONG = {"said": "one\ntwo\nthree", "table": "a\nb"}


def test_a_statement_that_fails_is_found_behind_values_of_many_lines(clinic: Migrating) -> None:
    clinic.write(
        "V0001__said.sql",
        "INSERT INTO visit (note) VALUES (${said}); INSERT INTO nowhere VALUES (1);\n\nINSERT INTO visit SELECT oops;",
    )
    with pytest.raises(Refused, match=r"V0001__said\.sql:1:44: .* no such table: nowhere"):
        clinic.apply(values=LONG)


def test_what_no_migration_may_hold_is_found_there_too() -> None:
    text = "CREATE TABLE ${table!identifier} (x);\nSELECT ${said};\nATTACH 'x' AS y;"
    with pytest.raises(UsageError, match="line 3, column 1: ATTACH"):
        read_script(file := written(text), fill(file, LONG))


@pytest.mark.parametrize(
    ("last", "place"),
    [
        (" CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;", "line 2, column 2: this statement"),
        ("SELECT ${said}, 'it''s;", "line 2, column 17: this quote"),
        ("SELECT 1;\n/* SELECT 2;", "line 3, column 1: this comment"),
    ],
)
def test_and_what_does_not_end(last: str, place: str) -> None:
    text = f"SELECT ${{said}};\n{last}"
    with pytest.raises(UsageError, match=f"{place} does not end"):
        read_script(file := written(text), fill(file, LONG))


@given(st.lists(st.text("a\n'", max_size=4), max_size=4))
def test_every_statement_keeps_its_place(values: list[str]) -> None:
    known = {f"v{number}": value for number, value in enumerate(values)}
    text = "\n".join(f"SELECT ${{{name}}}, '$${{', {name}x; SELECT {name}y;" for name in known)
    file = written(text)
    script = read_script(file, fill(file, known))

    told = [script.position(each.offset) for each in script.statements]

    assert told == [read_script(file).position(each.offset) for each in read_script(file).statements]


def written(text: str) -> Migration:
    return Migration(1, "a", Path("V0001__a.sql"), text, "")

"""Computed columns that a migration brings, and that cannot be computed for a row: it is rolled back."""

from __future__ import annotations

import pytest

from builders.migrating import Migrating
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.migrate.run import service

TITLE = "Computed columns have a value for every row"


@pytest.mark.parametrize("name", ["V0001__m.sql", "V0001__m.py"])
@pytest.mark.parametrize(
    ("column", "why"),
    [
        ("j AS (date('now')) VIRTUAL", r"non-deterministic use of date\(\) in a generated column"),
        ("j AS (note ->> '$.a')", "malformed JSON"),
    ],
)
def test_a_column_that_no_query_could_read_is_rolled_back(
    clinic: Migrating, name: str, column: str, why: str
) -> None:
    sql = f"ALTER TABLE visit ADD COLUMN {column}"
    program = f"def migrate(session):\n    session.run({sql!r})\n"
    clinic.write(name, program if name.endswith(".py") else f"{sql};")

    with pytest.raises(Failure, match=rf"“j” of “visit” cannot be computed \({why}\)") as failed:
        clinic.apply()

    assert failed.value.code is ErrorCode.VERIFY_FAILED
    assert len(clinic.all("SELECT * FROM visit")) == 3


def test_one_that_each_row_has_is_applied_and_one_of_before_is_not_asked_again(clinic: Migrating) -> None:
    clinic.sql("ALTER TABLE visit ADD COLUMN old AS (note ->> '$.a')")
    clinic.write(
        "V0001__m.sql", "ALTER TABLE visit RENAME TO v; ALTER TABLE v ADD COLUMN j AS (upper(note));"
    )
    checks = service.rehearse(clinic.catalog, clinic.plan(), Context()).checks
    assert [each.passed for each in checks if each.title == TITLE] == [True]
    clinic.apply()
    assert clinic.all("SELECT j FROM v WHERE id = 1") == [("A",)]


def test_where_nothing_new_is_computed_nobody_looks(clinic: Migrating) -> None:
    clinic.write("V0001__m.sql", "ALTER TABLE visit ADD COLUMN room TEXT;")
    checks = service.rehearse(clinic.catalog, clinic.plan(), Context()).checks
    assert not [each for each in checks if each.title == TITLE]

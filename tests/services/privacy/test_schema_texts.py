"""Numbers of persons in the text of a schema: those that are compared with the column that holds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read, open_write
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.model import InSchema, Place
from steward_app.services.privacy.schema_texts import numbers_in, texts_of

NO = Place("patient", "no")
ROWS = [(670000 + 37 * n, f"Zyx Quellmann{n}", 900 + n) for n in range(200)]
COLUMNS = "no INTEGER PRIMARY KEY, name TEXT, age INTEGER"


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("no = 670037", True),
        ("no == 670037", True),
        ("no IS NOT 670037", True),
        ("p.no <> 670037", True),
        ('"no" IN (187054, 670037)', True),
        ("no NOT IN (670037)", True),
        ("670037 = p.no", True),
        ("670037 = no", True),
        ("no = '670037'", False),  # a literal, which is looked for as one
        ("no > 670037", False),
        ("no BETWEEN 670037 AND 680000", False),
        ("age = 670037", False),
        ("no = 187054", False),
        ("name IN (SELECT 670037)", False),
        ("length(name) = 670037", False),
        ("no = 1", False),
    ],
)
def test_a_number_counts_where_it_is_compared_with_its_column(
    tmp_path: Path, where: str, *, found: bool
) -> None:
    path = a_database(tmp_path).with_table("patient", COLUMNS, rows=ROWS).build()
    texts = texts_of([("view", "some", f"CREATE VIEW some AS SELECT * FROM patient p WHERE {where}")])
    with open_read(path) as session:
        told = list(numbers_in(session, texts, [NO]))
    assert told == ([InSchema("view", "some", NO)] if found else [])


def test_such_a_view_stops_the_plan(catalog: Catalog, tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("patient", COLUMNS, rows=ROWS).build()
    with open_write(path) as session, session.transaction():
        session.run("CREATE VIEW v AS SELECT name FROM patient WHERE no IN (670037, 187054)")
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    (told,) = [each for each in plan.findings if each.code == "original_in_schema"]
    assert told.blocks
    assert "670037" not in f"{told}"

"""What is known of columns and paths before a copy is planned."""

from __future__ import annotations

import json
from pathlib import Path

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.situation import read_frontier, read_situation
from steward_app.services.privacy.model import Identifies, Place
from steward_app.services.privacy.risk.take import taken


def test_a_path_in_json_says_what_it_holds_as_a_column_does(tmp_path: Path, catalog: Catalog) -> None:
    rows = [(n, json.dumps({"mail": f"ada{n}@club.example", "n": n})) for n in range(60)]
    path = (
        a_database(tmp_path, "club.db")
        .with_table("member", "id INTEGER PRIMARY KEY, contact TEXT", rows=rows)
        .build()
    )
    found = read_situation(catalog, path, "", Context(), look=True)
    told = {line.place: line for line in found.lines}
    mail = told[Place("member", "contact", "$.mail")]
    assert (mail.what, mail.identifies) == ("E-mail address", Identifies.DIRECT)


def test_ways_to_coarsen_read_years_of_birth_as_the_copy_does(tmp_path: Path, catalog: Catalog) -> None:
    """Years stand there as numbers: nothing in the rule says so, the column does."""
    rows = [(n, f"patient{n:04}@mail.example", 1940 + n % 50) for n in range(1, 81)]
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, email TEXT, birth_year INTEGER", rows=rows)
        .build()
    )
    found = read_situation(catalog, path, "", Context(), look=True)
    assert found.rules is not None
    ways = read_frontier(path, "patient", found.rules, found.known, Context())
    decades = next(node for node in ways.points(0.0) if node.k == 10)
    (level,) = ways.levels(decades)
    assert (level.column, level.level, level.lost < 0.5) == ("birth_year", 3, True)
    rule = taken(found.rules, ways, decades).at(Place("patient", "birth_year"))
    assert rule is not None
    assert rule.options["clock"] == "year"

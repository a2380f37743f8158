"""Values whose type a word beside them tells: read from every row, also from one whose text is none."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app import db
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.beside import values_beside
from steward_app.services.schema.introspect import read_schema


def test_values_of_a_kind_stand_at_a_path(tmp_path: Path) -> None:
    told = [("passport", '{"no": ["C01X", "C02Y"]}'), ("passport", "no JSON"), ("size", '{"no": "43"}')]
    path = a_database(tmp_path).with_table("fact", "k TEXT, v TEXT", rows=told).build()
    options = {"beside": "k", "types": {"passport": "passport"}}
    rules = ReleaseRules("r", (Rule(Place("fact", "v", "$.no[*]"), Technique.REDACT, options),))
    with db.open_read(path) as session:
        found = list(values_beside(session, read_schema(session, Context()), rules))
    assert found == [("passport", ["C01X", "C02Y"])]


def test_the_values_of_a_kind_are_read_past_a_text_in_another_encoding(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE fact (id INTEGER PRIMARY KEY, k TEXT, v TEXT)",
            "INSERT INTO fact (k, v) VALUES ('passport', 'C01X'), ('passport', CAST(x'fc3158' AS TEXT))",
            "INSERT INTO fact (k, v) VALUES ('size', '43')",
        )
        .build()
    )
    options = {"beside": "k", "types": {"passport": "passport"}}
    rules = ReleaseRules("r", (Rule(Place("fact", "v"), Technique.REDACT, options),))
    with db.open_read(path) as session:
        found = list(values_beside(session, read_schema(session, Context()), rules))
    assert [(kind, sorted(values)) for kind, values in found] == [("passport", ["C01X", "ü1X"])]

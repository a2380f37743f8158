"""The columns of a view have the level of every column that they are read or computed from, whatever their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward
from builders.schemas import plant, source_named
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.services.rows import Export, export_rows, guarded_in, personal_in, source_of_query

POLICY = """version: 1
classification:
  tables:
    p:
      columns:
        contact: {type: national_id}
        town: {not_personal: The ward}
        first_name: {not_personal: Made-up}
    shown_again:
      columns:
        town: {type: national_id}
"""
VIEWS = {
    "swapped": "SELECT contact AS town, town AS contact FROM p",
    "by_list (x, contact)": "SELECT contact, town FROM p",
    "renamed": "SELECT id, town, contact AS label FROM p ORDER BY contact",
    "same": "SELECT * FROM p",
    "computed": "SELECT id, upper(contact) AS label, town FROM p",
    "in_condition": "SELECT id, town FROM p WHERE contact > ''",
    "nested": "SELECT contact AS a, town AS b FROM swapped",
    "nested_computed": "SELECT 1 || label AS a, town AS b FROM computed",
    "by_cte": "WITH w (town, contact) AS (SELECT contact, town FROM p) SELECT town, contact FROM w",
    "by_cte_computed": "WITH p AS (SELECT 1 || contact AS id, town FROM main.p) SELECT id, town FROM p",
    "by_recursive_cte": "WITH RECURSIVE w (town) AS (SELECT contact FROM p UNION SELECT town FROM w) SELECT * FROM w",
    "of_subquery": "SELECT (SELECT contact FROM p) AS town, y FROM (SELECT contact AS y, town FROM p)",
    "united": "SELECT town FROM p UNION SELECT contact FROM p",
    "of_united": "SELECT town AS b FROM united",
    "of_values": "SELECT (VALUES (contact), (town)) AS a, 'x' AS b FROM p",
    "of_json": "SELECT j.value AS a, p.town FROM p, json_each(json_array(contact)) AS j",
    "counted": "SELECT town, count(contact) AS how_many, 'x' AS kind FROM p GROUP BY contact",
    "numbered": "SELECT town, row_number() OVER (ORDER BY contact) AS place FROM p",
    "of_generated": "SELECT tail AS town FROM p",
    "of_full_text": "SELECT b AS town, a AS label FROM ft WHERE a = 'x'",
    "of_hidden": "SELECT ft AS town FROM ft",
    "of_shadow": "SELECT c0 AS town, id FROM own_content",
    "cleared": "SELECT first_name, town FROM p",
    "shown_again": "SELECT town, first_name FROM p",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "p",
            """id INTEGER PRIMARY KEY, contact TEXT, town TEXT, first_name TEXT,
            tail TEXT AS (substr(contact, -4))""",
            rows=[(1, "123-45-6789", "Oslo", "Ann")],
        )
        .with_sql(
            "CREATE VIRTUAL TABLE ft USING fts5 (a, b, content=swap_source)",
            "CREATE VIEW swap_source AS SELECT id AS rowid, town AS a, contact AS b FROM p",
            "CREATE VIRTUAL TABLE own USING fts5 (kind)",
            *(f"CREATE VIEW {name} AS {query}" for name, query in VIEWS.items()),
        )
        .build()
    )
    policy_path(path).write_text(POLICY, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("view", "guarded"),
    [
        ("swapped", {"town"}),
        ("by_list", {"x"}),
        ("renamed", {"label"}),
        ("same", {"contact", "tail"}),
        ("computed", {"label"}),
        ("in_condition", set()),
        ("nested", {"b"}),
        ("nested_computed", {"a"}),
        ("by_cte", {"town"}),
        ("by_cte_computed", {"id"}),
        ("by_recursive_cte", {"town"}),
        ("of_subquery", {"town", "y"}),
        ("united", {"town"}),
        ("of_united", {"b"}),
        ("of_values", {"a", "b"}),
        ("of_json", {"a"}),
        ("counted", set()),
        ("numbered", {"place"}),
        ("of_generated", {"town"}),
        ("of_full_text", {"town"}),
        ("of_hidden", {"town"}),
        ("of_shadow", set()),
        ("cleared", set()),
        ("shown_again", {"town"}),
    ],
)
def test_a_view_is_handled_as_what_it_is_made_of(
    path: Path, tmp_path: Path, view: str, guarded: set[str]
) -> None:
    source = source_named(path, view)
    assert guarded_in(source, path) == personal_in(source, path) == guarded
    with open_read(path) as session:
        asked = source_of_query(session, f"SELECT * FROM {view}")
        if view not in ("counted", "shown_again"):  # of which the view itself says more
            assert guarded_in(asked, path) == personal_in(asked, path) == guarded
        if guarded:
            with pytest.raises(Refused, match="not written to plain files"):
                export_rows(session, source, tmp_path / "o.csv", Context(), Export(personal=True))
    assert not (tmp_path / "o.csv").exists()


def test_without_a_policy_the_names_of_what_a_view_reads_speak(path: Path) -> None:
    policy_path(path).unlink()
    assert personal_in(source_named(path, "cleared"), path) == {"first_name"}
    people = (
        a_database(path.parent, "more.db")
        .with_table("patients", "id INTEGER PRIMARY KEY, name TEXT, ward TEXT")
        .with_sql(
            "CREATE VIEW listed AS SELECT name, ward FROM patients",
            "CREATE VIEW named AS SELECT name || 'x' AS label, ward FROM patients",
        )
        .build()
    )
    assert personal_in(source_named(people, "listed"), people) == {"name"}
    assert personal_in(source_named(people, "named"), people) == {"label"}


def test_in_a_damaged_schema_a_view_is_handled_as_the_strictest_column_that_it_reads(path: Path) -> None:
    plant(path, "table", "broken", "broken", "CREATE TABLE broken (nonsense nonsense nonsense(")
    source = source_named(path, "swapped")
    assert guarded_in(source, path) == personal_in(source, path) == {"town", "contact"}


def test_the_command_line_asks_in_the_same_way(path: Path, tmp_path: Path) -> None:
    shown = steward("rows", "page", path, "swapped")
    assert (shown.code, "6789" in shown.out, "Oslo" in shown.out) == (0, False, True), shown.err
    to = ("--to", tmp_path / "o.csv")
    told = steward("rows", "export", path, "swapped", "--personal", *to)
    assert (told.code, "not written to plain files: “town”" in told.err) == (3, True), told.err
    assert steward("rows", "export", path, "swapped", *to).code == 0
    assert (tmp_path / "o.csv").read_text("utf-8").split() == ["contact", "Oslo"]

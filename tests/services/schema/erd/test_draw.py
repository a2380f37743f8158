"""From a real file to a diagram."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import UsageError
from steward_app.kernel.progress import Context
from steward_app.services.schema.erd.build import Scope, build
from steward_app.services.schema.erd.draw import draw
from steward_app.services.schema.erd.model import Cardinality, ColumnsShown
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

DATA = Path(__file__).parents[3] / "data"


def schema_of(path: Path) -> Schema:
    with db.open_read(path) as session:
        return read_schema(session)


def test_focus_and_hops_choose_the_neighbourhood() -> None:
    schema = schema_of(DATA / "chinook.sqlite")
    one = build(schema, Scope(focus="Album", hops=1))
    assert {box.table for box in one.boxes} == {"Album", "Artist", "Track"}
    two = build(schema, Scope(focus="album", hops=2))
    assert {"Genre", "MediaType", "InvoiceLine", "PlaylistTrack"} <= {box.table for box in two.boxes}
    assert one.left_out == 8


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="Albun"):
        build(schema_of(DATA / "chinook.sqlite"), Scope(focus="Albun"))


def test_columns_shown_are_all_the_keys_or_none() -> None:
    schema = schema_of(DATA / "chinook.sqlite")

    def rows(columns: ColumnsShown) -> list[str]:
        box = build(schema, Scope(columns=columns)).box("Album")
        assert box is not None
        return [row.name for row in box.rows]

    assert rows(ColumnsShown.ALL) == ["AlbumId", "Title", "ArtistId"]
    assert rows(ColumnsShown.KEYS) == ["AlbumId", "ArtistId", "+ 1 more"]
    assert rows(ColumnsShown.NONE) == []


def test_a_composite_key_is_one_link_and_ends_tell_how_many(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("line", "no INT NOT NULL, pos INT NOT NULL, PRIMARY KEY (no, pos)")
        .with_table("part", "no INT NOT NULL, pos INT NOT NULL, FOREIGN KEY (no, pos) REFERENCES line")
        .with_table("note", "no INT UNIQUE, FOREIGN KEY (no) REFERENCES other(id)")
        .with_table("other", "id INTEGER PRIMARY KEY, up INT REFERENCES other")
        .build()
    )
    links = {link.child: link for link in build(schema_of(path)).links}
    part = links["part"]
    assert (part.child_columns, part.parent_columns) == (("no", "pos"), ("no", "pos"))
    assert (part.child_end, part.parent_end) == (Cardinality.MANY, Cardinality.EXACTLY_ONE)
    assert (links["note"].child_end, links["note"].parent_end) == (Cardinality.NONE_OR_ONE,) * 2
    assert links["other"].parent == "other"


def test_a_link_to_a_missing_table_is_drawn_to_an_empty_box(tmp_path: Path) -> None:
    path = a_database(tmp_path / "a.db").with_table("c", "a REFERENCES gone(x)").build()
    diagram = build(schema_of(path))
    assert [(box.table, box.missing) for box in diagram.boxes] == [("c", False), ("gone", True)]
    assert diagram.links[0].problem == "no_table"


def test_a_real_schema_becomes_a_picture_and_inferred_links_are_dashed(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_table("staff", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, f"n{n}") for n in range(1, 30)])
        .with_table(
            "visit", "id INTEGER PRIMARY KEY, staff_id INT", rows=[(n, n % 29 + 1) for n in range(60)]
        )
        .build()
    )
    with db.open_read(path) as session:
        plain = draw(session, "svg", Scope(), Context()).decode()
        guessed = draw(session, "svg", Scope(), Context(), inferred=True).decode()
    assert "stroke-dasharray" not in plain
    assert "stroke-dasharray" in guessed
    assert "% sure" in guessed


def test_our_own_record_of_operations_is_drawn_only_when_asked_for(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "a.db")
        .with_sql("CREATE TABLE visit(id INTEGER PRIMARY KEY)")
        .with_sql("CREATE TABLE _steward_operations(seq INTEGER PRIMARY KEY)")
        .build()
    )
    schema = schema_of(path)
    assert [box.table for box in build(schema).boxes] == ["visit"]
    asked = build(schema, Scope(tables=("_steward_operations",)))
    assert [box.table for box in asked.boxes] == ["_steward_operations"]

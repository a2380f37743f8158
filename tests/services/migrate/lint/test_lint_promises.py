"""A migration that breaks what the policy promises is stopped before it runs."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from builders import steward
from builders.migrating import register_forms
from steward_app.catalog import open_catalog

from .linting import Bench


def promised(bench: Bench, mode: str) -> Bench:
    policy = bench.database.with_name(bench.database.name + ".steward.yaml")
    policy.write_text(f"version: 1\ncompatibility:\n  tables:\n    visit: {mode}\n", encoding="utf-8")
    return bench


def with_versions(bench: Bench) -> Bench:
    with open_catalog() as catalog:
        register_forms(catalog, bench.database)
    return bench


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("mode", "sql", "breaks"),
    [
        ("backward", "ALTER TABLE visit ADD COLUMN room TEXT;", False),
        ("forward", "ALTER TABLE visit ADD COLUMN room TEXT;", True),
        ("full", "ALTER TABLE visit ADD COLUMN room TEXT;", True),
        ("none", "DROP TABLE visit;", False),
        ("forward", "DROP TABLE visit;", True),
        ("backward", "ALTER TABLE visit DROP COLUMN fee;", True),
        ("forward", "ALTER TABLE visit DROP COLUMN fee;", False),
        ("backward", "ALTER TABLE visit RENAME TO appointment;", True),
        ("full", "CREATE INDEX visit_day ON visit (day);", False),
        ("full", "ALTER TABLE person DROP COLUMN card;", False),
        ("full", "ALTER TABLE visit ADD COLUMN room TEXT; ALTER TABLE visit DROP COLUMN room;", False),
    ],
)
def test_a_promise(tmp_path: Path, known: bool, mode: str, sql: str, breaks: bool) -> None:
    bench = promised(Bench(tmp_path), mode)
    if known:
        with_versions(bench)
    found = bench.write(sql).problems("broken_promise")
    assert bool(found) is breaks
    assert all(each.finding.blocks for each in found)


def test_it_says_where_and_why(tmp_path: Path) -> None:
    bench = with_versions(promised(Bench(tmp_path), "backward"))
    bench.write("CREATE TABLE other (x TEXT) STRICT;\nALTER TABLE visit DROP COLUMN fee;\nDROP TABLE other;")
    (found,) = bench.problems("broken_promise")
    assert (found.place.line, found.place.column) == (2, 1)
    assert found.finding.title == (
        "“visit” breaks the promise “backward”: “fee” is gone, and rows from before may hold it (version 1)"
    )


def test_a_remark_in_the_file_does_not_allow_it(tmp_path: Path) -> None:
    bench = promised(Bench(tmp_path), "backward")
    bench.write("-- steward: allows broken_promise, column_dropped\nALTER TABLE visit DROP COLUMN fee;")
    said = {each.finding.code: each.accepted for each in bench.problems()}
    assert said == {"broken_promise": False, "column_dropped": True}


def test_what_was_broken_before_is_not_held_against_it(tmp_path: Path) -> None:
    bench = promised(with_versions(Bench(tmp_path)), "full")
    bench.write("ALTER TABLE visit ADD COLUMN a TEXT;").write("CREATE TABLE x (y TEXT);", "V0002__more.sql")
    assert [each.place.file for each in bench.problems("broken_promise")] == ["V0001__change.sql"]


def test_the_plan_to_apply_is_blocked(tmp_path: Path) -> None:
    bench = promised(Bench(tmp_path), "forward").write("ALTER TABLE visit ADD COLUMN room TEXT;")
    before = bench.database.read_bytes()
    ran = steward("migrate", "apply", bench.database, "--yes", "--unrehearsed", "in a hurry")
    assert ran.code == 3
    assert "“visit” breaks the promise “forward”: “room” is new" in ran.out + ran.err
    assert bench.database.read_bytes() == before


def test_what_cannot_be_looked_at_hides_no_broken_promise(tmp_path: Path) -> None:
    bench = promised(Bench(tmp_path), "backward")
    with closing(apsw.Connection(str(bench.database))) as connection:
        connection.create_scalar_function("theirs", lambda value: value, 1, deterministic=True)
        connection.execute("CREATE TABLE odd (a TEXT CHECK (theirs(a))) STRICT")
    bench.write("ALTER TABLE visit DROP COLUMN fee;\nALTER TABLE odd ADD COLUMN b TEXT;")
    assert [each.place.line for each in bench.problems("broken_promise", "not_looked_at")] == [1, 2]

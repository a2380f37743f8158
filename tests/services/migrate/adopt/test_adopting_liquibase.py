"""What Liquibase itself made of changelogs of ours (tests/data/liquibase), and what it says of them in its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.adopting import Adopting, History
from steward_app.catalog import Catalog
from steward_app.services.migrate.model import State

DATA = Path(__file__).parents[3] / "data" / "liquibase"


def of_liquibase(name: str, changelogs: str) -> History:
    """A file as Liquibase left it, and the changelogs that it was made from."""
    folder = DATA / changelogs
    texts = {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }
    return History((DATA / f"{name}.sql").read_text(), texts)


def lost(zoo: Adopting) -> dict[str, str]:
    """What is told of each object that Liquibase lost something of."""
    found = [each for each in zoo.plan().findings if each.code == "adopted_tool_lost"]
    return {each.subject.name: each.title for each in found if each.subject}


def test_changelogs_of_all_four_forms_make_what_liquibase_made(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    assert zoo.blocks() == []
    assert list(lost(zoo)) == ["two"], "the one table that got a column"

    zoo.adopt()

    states = zoo.states()
    assert State.MISSING not in states.values()
    waiting = [file for file, state in states.items() if state is State.PENDING]
    assert len(waiting) == 4


def test_what_waits_for_a_context_a_label_or_a_precondition_is_told(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    told = [each.title for each in zoo.plan().findings if each.code == "adopted_waits_for_condition"]
    assert told == [
        "“inc/one.sql (anna:5)” waits, and Liquibase applies it only in the context “never”",
        "“inc/three.xml (anna:cx1)” waits, and Liquibase applies it only in the context “test”",
        "“inc/three.xml (anna:cx3)” waits, and Liquibase applies it only with the label “red”",
    ]


def test_a_changeset_that_ran_again_comes_where_its_file_has_it(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    zoo.adopt()
    names = [row.name for row in zoo.history()]
    assert names.index("four_4") == names.index("3") + 1, "its order in the table is that of its last run"


def test_placeholders_in_formatted_sql_stand_for_properties(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    zoo.adopt()
    assert "CREATE TABLE one (a TEXT," in zoo.texts()["V0001__1.sql"]


@pytest.mark.parametrize("version", ["4.4.0", "4.28.0"])
def test_what_liquibase_lost_of_a_table_is_told_and_stops_nothing(
    tmp_path: Path, catalog: Catalog, version: str
) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase(f"rewritten-{version}", "rewritten"), held="")
    assert zoo.blocks() == []
    told = lost(zoo)
    table = next(title for name, title in told.items() if name in ("aut", "author"))
    assert "has no longer UNIQUE (name)" in table and "the default of “since”" in table
    assert "NOT NULL of “n”" in table
    assert ("still has “c1”, which was to be dropped" in table) == (version == "4.28.0")
    assert told["ix"] == "The index “ix” is gone: Liquibase left it so"
    assert "no longer goes downwards" in told["ux"]
    assert any("checksums of Liquibase" in each for each in zoo.plan().sentences)
    zoo.adopt()
    assert State.MISSING not in zoo.states().values()


@pytest.mark.parametrize(
    "by_hand",
    [
        "ALTER TABLE author ADD COLUMN by_hand TEXT",
        "ALTER TABLE author RENAME COLUMN d TO day",
        "CREATE INDEX by_hand ON author (d)",
        "DROP INDEX by_p",
        "ALTER TABLE lost DROP COLUMN q",
    ],
)
def test_what_liquibase_would_not_lose_stops_the_plan(tmp_path: Path, catalog: Catalog, by_hand: str) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("rewritten-4.4.0", "rewritten"), held="")
    zoo.sql(by_hand)
    assert len(zoo.blocks()) == 1

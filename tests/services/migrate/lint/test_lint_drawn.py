"""Links to rows whose numbers nobody knows before they are there: taken from the parent itself, they lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from .linting import Bench, lint_of

NAMES = """
CREATE TABLE name (id INTEGER PRIMARY KEY, said TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO name (said) SELECT DISTINCT name FROM person WHERE name IS NOT NULL;
ALTER TABLE person ADD COLUMN name_id INTEGER REFERENCES name (id);
CREATE INDEX person_name ON person (name_id);
"""
SPLIT = """
CREATE TABLE word (id INTEGER PRIMARY KEY, said TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE person_word (
  person INTEGER NOT NULL REFERENCES person (id), word INTEGER NOT NULL REFERENCES word (id), PRIMARY KEY (person, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_word_word ON person_word (word);
INSERT INTO word (said) VALUES ('A'), ('B');
WITH RECURSIVE part (person, one, rest) AS (
  SELECT id, '', name FROM person
  UNION ALL
  SELECT {number}, substr(rest, 1, 1), substr(rest, 2) FROM part WHERE rest <> ''
)
INSERT OR IGNORE INTO person_word SELECT p.person, w.id FROM part p JOIN word w ON w.said = p.one;
"""


@pytest.mark.parametrize(
    "update",
    [
        "UPDATE person SET name_id = (SELECT n.id FROM name n WHERE n.said = person.name)",
        "UPDATE person SET name_id = (SELECT id FROM name WHERE said = name)",
        "UPDATE person SET name_id = n.id FROM name n WHERE n.said = person.name",
        "UPDATE person SET name_id = n.rowid FROM name n WHERE n.said = person.name",
        "UPDATE person SET name_id = coalesce((SELECT max(id) FROM name WHERE said > name), NULL)",
        "WITH n AS (SELECT said, min(id) AS least FROM name GROUP BY said)"
        " UPDATE person SET name_id = (SELECT least FROM n WHERE n.said = person.name)",
        "WITH n (a, b) AS (SELECT said, id FROM name UNION SELECT said, id FROM name)"
        " UPDATE person SET name_id = (SELECT b FROM n WHERE a = person.name)",
    ],
)
def test_a_link_that_is_taken_from_its_parent_leads_to_a_row(tmp_path: Path, update: str) -> None:
    assert not Bench(tmp_path).write(f"{NAMES}{update};").problems("rows_point_nowhere")


@pytest.mark.parametrize(
    "update",
    [
        "UPDATE person SET name_id = (SELECT n.id + 1 FROM name n WHERE n.said = person.name)",
        "UPDATE person SET name_id = (SELECT id FROM person p WHERE p.name = person.name)",
        "WITH n (a, b) AS (SELECT said, id FROM name UNION SELECT 'x', 9)"
        " UPDATE person SET name_id = (SELECT b FROM n WHERE a = person.name)",
        "UPDATE person SET name_id = (SELECT id FROM name WHERE said = name); DELETE FROM name WHERE said = 'Ben'",
    ],
)
def test_one_that_is_not_may_lead_nowhere(tmp_path: Path, update: str) -> None:
    told = lint_of(tmp_path, f"{NAMES}{update};")
    assert told["rows_point_nowhere"] == ("warning", None)


def test_one_that_leads_past_the_numbers_that_rows_get_is_counted(tmp_path: Path) -> None:
    told = lint_of(tmp_path, f"{NAMES}UPDATE person SET name_id = id WHERE id > 1;")
    assert told["rows_point_nowhere"] == ("error", 1)


@pytest.mark.parametrize(("number", "told"), [("person", False), ("person + 9", True)])
def test_a_query_that_calls_itself_gives_on_what_it_began_with(
    tmp_path: Path, number: str, told: bool
) -> None:
    found = Bench(tmp_path).write(SPLIT.format(number=number)).problems("rows_point_nowhere")
    assert bool(found) is told


def test_a_value_that_becomes_another_one_in_a_column_of_another_type(tmp_path: Path) -> None:
    card = "CREATE TABLE card (number TEXT PRIMARY KEY) STRICT; INSERT INTO card SELECT card FROM person WHERE id < 3;"
    held = "CREATE TABLE held (id INTEGER PRIMARY KEY, card {} REFERENCES card (number));"
    filled = "INSERT INTO held (card) SELECT number FROM card; CREATE INDEX held_card ON held (card);"
    for number, (kind, count) in enumerate([("TEXT", None), ("INT", 1)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = Bench(folder).write(card + held.format(kind) + filled).problems("rows_point_nowhere")
        assert [each.finding.count for each in found] == ([count] if count else [])


def test_rows_that_are_kept_elsewhere_and_deleted_are_followed(tmp_path: Path) -> None:
    kept = "CREATE TABLE old AS SELECT * FROM person WHERE id = 2;"
    gone = "DELETE FROM person WHERE id IN (SELECT id FROM old);"
    children = "DELETE FROM visit WHERE person IN (SELECT id FROM old);"
    assert set(lint_of(tmp_path, kept + children + gone)) == {"not_strict", "rows_deleted"}
    (tmp_path / "other").mkdir()
    told = lint_of(tmp_path / "other", kept + gone)
    assert told["rows_point_nowhere"] == ("error", 2)

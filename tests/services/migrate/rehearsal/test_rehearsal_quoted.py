"""What a rehearsal says of names in double quotes that became texts, and where it has nothing to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from builders.migrated import migrated, titles
from steward_app.services.migrate.rehearsal.row_model import Fate

RENAME = "ALTER TABLE t RENAME COLUMN a TO z"
TOLD = "view_reads_others", "trigger_reads_others"


def database(where: Path, *more: str) -> Path:
    return (
        a_database(where)
        .with_table("t", "id INTEGER PRIMARY KEY, a TEXT, b TEXT", rows=[(1, "one", "x"), (2, "two", "y")])
        .with_table("seen", "x TEXT")
        .with_sql("CREATE VIEW v AS SELECT id, a FROM t", *more)
        .build()
    )


@pytest.mark.parametrize(
    "change",
    [
        [RENAME],
        [RENAME, "ALTER TABLE t RENAME COLUMN z TO y"],
        ["DROP VIEW v", "CREATE VIEW v AS SELECT id, b FROM t"],
    ],
)
@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ('CREATE VIEW w AS SELECT id, "a" FROM v', "View “w”"),
        ("CREATE VIEW w AS SELECT id FROM v WHERE \"a\" = 'one'", "View “w”"),
        ('CREATE VIEW w AS SELECT v.id FROM v JOIN seen ON "a" = x', "View “w”"),
        (
            'CREATE TRIGGER w AFTER DELETE ON seen BEGIN INSERT INTO seen SELECT "a" FROM v; END',
            "Trigger “w” of “seen”",
        ),
    ],
)
def test_over_another_view(tmp_path: Path, sql: str, what: str, change: list[str]) -> None:
    found = migrated(database(tmp_path, sql), *change)
    assert titles(found, *TOLD) == [f"{what} goes on with the text “a” in the place of a column"]
    assert not [each for each in titles(found, "view_gives_others") if "“w”" in each]
    (told,) = [each for each in (*found.views, *found.triggers) if each.name == "w"]
    assert (told.fate, told.silently, told.texts) == (Fate.CHANGED, True, ("a",))


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ('CREATE VIEW w AS SELECT id FROM t WHERE a = "one of"', "View “w”"),
        (
            'CREATE TRIGGER w AFTER DELETE ON t BEGIN INSERT INTO seen SELECT "one of" FROM t; END',
            "Trigger “w” of “t”",
        ),
    ],
)
def test_a_column_in_the_place_of_a_text(tmp_path: Path, sql: str, what: str) -> None:
    path = database(tmp_path, sql)
    found = migrated(path, 'ALTER TABLE t ADD COLUMN "one of" TEXT')
    assert titles(found, *TOLD) == [f"{what} goes on with the column “one of” in the place of a text"]
    (told,) = [each for each in (*found.views, *found.triggers) if each.name == "w"]
    assert (told.fate, told.silently, told.taken) == (Fate.CHANGED, True, ("one of",))


def test_a_view_made_anew_with_the_column_is_meant(tmp_path: Path) -> None:
    path = database(tmp_path, 'CREATE VIEW w AS SELECT id FROM t WHERE a = "one of"')
    anew = 'CREATE VIEW w AS SELECT id FROM t WHERE "one of" = a'
    assert not titles(migrated(path, 'ALTER TABLE t ADD COLUMN "one of"', "DROP VIEW w", anew), *TOLD)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE VIEW w AS SELECT count(*) AS n FROM star",
        'CREATE VIEW w AS SELECT count("id") AS n FROM star WHERE "a" <> "b or not"',
        "CREATE TRIGGER w AFTER DELETE ON seen BEGIN INSERT INTO seen SELECT count(*) FROM star; END",
    ],
)
def test_a_view_of_everything_that_gives_less_is_told_alone(tmp_path: Path, sql: str) -> None:
    path = database(tmp_path, "CREATE VIEW star AS SELECT * FROM t", sql)
    found = migrated(path, "ALTER TABLE t DROP COLUMN b")
    assert titles(found, *TOLD, "view_gives_others") == ["View “star” gives 2 columns instead of 3"]
    (told,) = [each for each in (*found.views, *found.triggers) if each.name == "w"]
    assert not told.silently

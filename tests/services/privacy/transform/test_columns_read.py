"""What a technique reads of a whole column before the first row."""

from __future__ import annotations

from pathlib import Path

from builders import a_database
from steward_app.db import open_read, open_write
from steward_app.services.privacy.transform.columns_read import sample


def test_a_full_text_table_is_sampled_before_anything_else_was_read_from_it(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("doc", "id INTEGER PRIMARY KEY", rows=[(1,)]).build()
    with open_write(path) as session, session.transaction():
        session.run("CREATE VIRTUAL TABLE news USING fts5(title)")
        session.run("INSERT INTO news VALUES ('Tulips')")
    with open_read(path) as session:
        assert sample(session, "news", "title") == ("Tulips",)


def test_the_ends_of_a_column_of_numbers_are_read_and_of_one_of_texts_not(tmp_path: Path) -> None:
    rows = [(n, n, str(n)) for n in range(2_100, 0, -1)]
    path = a_database(tmp_path).with_table("doc", "id INTEGER PRIMARY KEY, n, t TEXT", rows=rows).build()
    with open_read(path) as session:
        assert sample(session, "doc", "n")[2_000:] == (1, 2_100)
        assert len(sample(session, "doc", "t")) == 2_000

"""A migration whose writing was interrupted is taken up again, under its number; nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.kernel.errors import StewardError
from steward_app.services.migrate.files import NewMigration, save, written


def new(folder: Path, title: str = "Make a", *, above: int = 0, goes_on: bool = False) -> NewMigration:
    return written(folder, title, ["CREATE TABLE a (x)"], undo=["DROP TABLE a"], above=above, goes_on=goes_on)


def interrupted(folder: Path) -> NewMigration:
    made = new(folder)
    save(made)
    made.path.unlink()
    return made


def test_the_file_that_takes_it_back_alone_is_taken_up(tmp_path: Path) -> None:
    first = interrupted(tmp_path)
    again = new(tmp_path)
    save(again)
    assert again == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["U0001__make_a.sql", "V0001__make_a.sql"]


def test_another_change_and_a_version_that_was_applied_are_not(tmp_path: Path) -> None:
    interrupted(tmp_path)
    assert new(tmp_path, "Make another a").version == 2
    assert new(tmp_path, above=1).version == 2


def test_one_that_was_edited_is_not(tmp_path: Path) -> None:
    made = interrupted(tmp_path)
    assert made.undo_path is not None
    made.undo_path.write_text("DROP TABLE a;")
    assert new(tmp_path).version == 2
    with pytest.raises(StewardError):
        save(made)
    assert made.undo_path.read_text() == "DROP TABLE a;"


def test_a_whole_one_is_taken_up_only_where_others_belong_to_it(tmp_path: Path) -> None:
    save(new(tmp_path))
    assert new(tmp_path).version == 2
    assert new(tmp_path, goes_on=True).version == 1
    (tmp_path / "V0002__next.sql").write_text("SELECT 1;")
    assert new(tmp_path, goes_on=True).version == 3

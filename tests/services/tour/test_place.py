"""The folder of the tour: what an earlier one made is replaced, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.services.tour.place import Place, prepare


def made_by_a_tour(folder: Path) -> Place:
    """What a tour leaves, the pictures and the catalog with their files."""
    place = prepare(folder)
    a_database(place.folder, place.sample.name).with_table("visit", "id INTEGER PRIMARY KEY").build()
    for path in (place.restored, place.diagram, place.report):
        path.touch()
    for inside in (place.store, place.pictures, place.home):
        inside.mkdir()
        (inside / "a file").touch()
    return place


def test_a_new_folder_is_made_and_marked(tmp_path: Path) -> None:
    place = prepare(tmp_path / "a" / "b")
    assert [path.name for path in place.folder.iterdir()] == ["tour.json"]


def test_what_an_earlier_tour_made_goes_and_the_rest_stays(tmp_path: Path) -> None:
    made_by_a_tour(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "riverside.db-wal").touch()  # of a program that was killed
    prepare(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "tour.json"]


@pytest.mark.parametrize("mark", [None, "", "{", "[]", '{"schema": "other/v1"}'])
def test_what_no_tour_has_made_is_left(tmp_path: Path, mark: str | None) -> None:
    (tmp_path / "index.html").write_text("mine")
    if mark is not None:
        (tmp_path / "tour.json").write_text(mark)
    with pytest.raises(UsageError, match=r"holds “index\.html”, which no tour has made"):
        prepare(tmp_path)
    assert (tmp_path / "index.html").read_text() == "mine"


def test_a_link_is_removed_and_what_it_leads_to_is_left(tmp_path: Path) -> None:
    place = prepare(tmp_path / "out")
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "mine.png").touch()
    place.pictures.symlink_to(tmp_path / "album")
    prepare(tmp_path / "out")
    assert not place.pictures.is_symlink()
    assert (tmp_path / "album" / "mine.png").exists()


def test_a_sample_that_is_open_somewhere_is_left(tmp_path: Path) -> None:
    place = made_by_a_tour(tmp_path)
    with (
        open_read(place.sample),
        pytest.raises(Refused, match=r"“riverside\.db” of the earlier tour is open") as caught,
    ):
        prepare(tmp_path)
    assert caught.value.code is ErrorCode.LOCKED
    assert all(path.exists() for path in place.made)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(Refused, match="“out”"):
        prepare(tmp_path / "out")

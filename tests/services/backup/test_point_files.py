"""The files of a whole-file point: removed as far as they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.services.backup.files import Files


@pytest.mark.parametrize("there", [(), ("pt_1.json",), ("pt_1.sqlite",), ("pt_1.json", "pt_1.sqlite")])
def test_what_is_there_of_a_point_is_removed(tmp_path: Path, there: tuple[str, ...]) -> None:
    for name in there:
        (tmp_path / name).write_bytes(b"")
    Files(tmp_path / "pt_1.sqlite").remove()
    assert list(tmp_path.iterdir()) == []


def test_a_point_killed_before_its_folder_was_made_leaves_nothing_to_remove(tmp_path: Path) -> None:
    Files(tmp_path / "points" / "pt_1.sqlite").remove()
    assert not (tmp_path / "points").exists()

"""Files come and go: every page there is, what a damaged file is told, and results that leave with their file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from builders.odd_files import a_file_with_rows, cut_to, overwritten, tampered
from builders.walk import problems_of
from end_to_end.steward import Steward
from steward_app.app import PAGES
from steward_app.gui.shell.welcome import Welcome
from steward_app.gui.widgets.banner import Banner

CHINOOK = Path(__file__).parents[1] / "data" / "chinook.sqlite"


def test_every_page_by_mouse_and_back_by_keys(steward: Steward, riverside: Path) -> None:
    before = riverside.read_bytes()
    steward.opens(riverside)
    assert len(PAGES) == 11
    for spec in PAGES:
        steward.clicks(spec.title)
        assert steward.window.pages.page is not None
        assert steward.window.pages.page.spec.id == spec.id
        steward.sees(spec.sentence)
        assert problems_of(steward.window) == []
    for number, spec in reversed(list(enumerate(PAGES, 1))):
        steward.presses(f"Ctrl+{number}") if number < 10 else steward.clicks(spec.title)
        page = steward.window.pages.page
        assert page is not None
        assert page.spec.id == spec.id
        if steward.focus is page or not page.isAncestorOf(steward.focus):
            steward.presses("Tab")
        assert page.isAncestorOf(steward.focus), f"Tab leads into {spec.title}"
    assert riverside.read_bytes() == before, "looking leaves every byte as it was"
    assert [path.name for path in riverside.parent.iterdir()] == ["riverside.db"]


def test_a_result_belongs_to_its_file_and_leaves_with_it(
    steward: Steward, riverside: Path, tmp_path: Path
) -> None:
    """Findings, rows, what was typed, toasts: nothing of one file is seen when another is open, or none."""
    other = tmp_path / "chinook.sqlite"
    shutil.copy(CHINOOK, other)
    steward.opens(riverside)
    steward.clicks("Back up now")
    steward.clicks("Constraints")
    steward.types("diagnosis")
    steward.clicks("Show 17 rows")
    steward.clicks("Find")
    steward.types("Riverside")
    steward.presses("Return")
    of_riverside = ("iverside", "Constraints, 12", "Proven backup", "Restore point made")
    assert all(steward.finds(words) for words in of_riverside)

    steward.opens(other)
    for spec in PAGES:
        steward.clicks(spec.title)
        assert [words for words in (*of_riverside, "diagnosis") if steward.finds(words)] == [], spec.title
    steward.presses("Ctrl+W")
    steward.sees("Open a SQLite file to see what is in it")
    assert not steward.finds("Proven backup")
    steward.opens(riverside)
    steward.sees("Proven backup")


def cut(path: Path) -> Path:
    return cut_to(path, path.stat().st_size * 6 // 10)


def without_its_first_bytes(path: Path) -> Path:
    return overwritten(path, 0, b"broken")


def with_damaged_pages(path: Path) -> Path:
    return overwritten(overwritten(path, 20 * 4096, b"\x5a" * 4096), 60 * 4096, b"\x5a" * 4096)


def with_a_broken_schema(path: Path) -> Path:
    return tampered(
        path, "UPDATE sqlite_schema SET sql = replace(sql, 'TABLE', 'TABEL') WHERE name = 'visit'"
    )


@pytest.mark.parametrize(
    ("damage", "what", "readable", "to_do"),
    [
        (cut, "“visits.db” is cut short: ", "1 of 1 table can be read", "Restore the file from a backup"),
        (
            without_its_first_bytes,
            "The first bytes of “visits.db” are",
            "a copy in which they are mended",
            "Restore",
        ),
        (
            with_damaged_pages,
            "“visits.db” has damaged pages",
            "what lies on the others can be read",
            "Run the full check",
        ),
        (
            with_a_broken_schema,
            "The stored schema of “visits.db” is damaged",
            "can be read at least",
            "Restore",
        ),
    ],
)
def test_a_damaged_file_is_named_with_what_can_be_read_and_what_to_do(
    steward: Steward, tmp_path: Path, damage: Callable[[Path], Path], what: str, readable: str, to_do: str
) -> None:
    path = damage(a_file_with_rows(tmp_path / "visits.db", rows=1_000))
    before = path.read_bytes()
    steward.opens(path)
    (said, *_) = [banner.text for banner in steward.visible(Banner)]
    assert said.startswith(what)
    assert readable in said
    assert to_do in said
    for spec in PAGES:
        steward.clicks(spec.title)
        assert problems_of(steward.window) == [], spec.title
    assert path.read_bytes() == before


def test_what_is_no_database_is_named_and_can_be_tried_again(steward: Steward, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, and no mistake about it\n" * 20)
    steward.window.opening.open(path)
    steward.sees("“notes.txt” is not a SQLite database")
    path.unlink()
    a_file_with_rows(path)
    steward.waits()
    steward.clicks("Try again")
    steward.sees("How this file is doing")
    assert not steward.visible(Welcome)

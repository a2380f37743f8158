"""Days of birth in texts of a copy: no originals that must be gone, but said where there are more than by chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import ResidueReport, Searched
from steward_app.services.privacy.residue.search import search

MONTHS = "Jan. Feb. März April Mai Juni Juli Aug. Sept. Okt. Nov. Dez.".split()  # noqa: SIM905
CROATIAN = (
    "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca".split()  # noqa: SIM905
)
BIRTHS = [date(1950, 1, 1) + timedelta(days=number * 47) for number in range(300)]


def look(
    folder: Path,
    texts: list[str],
    *,
    births: bool = True,
    written: Callable[[Path], Path] = Path,
    column: Callable[[date], str] = date.isoformat,
) -> ResidueReport:
    rows = [(number, column(day)) for number, day in enumerate(BIRTHS)]
    original = a_database(folder, "of.db").with_table("p", "id INTEGER PRIMARY KEY, born TEXT", rows=rows)
    copied = [(number, f"{day.year}") for number, day in enumerate(BIRTHS)]
    copy = (
        a_database(folder, "copy.db")
        .with_table("p", "id INTEGER PRIMARY KEY, born TEXT", rows=copied)
        .with_table("n", "id INTEGER PRIMARY KEY, note TEXT", rows=list(enumerate(texts)))
    )
    return search(
        written(copy.build()), original.build(), [Searched(Place("p", "born"), births=births)], Context()
    )


def said(report: ResidueReport) -> list[int]:
    return [each.count or 0 for each in report.not_searched if each.what.startswith("days of birth")]


def as_written(day: date) -> str:
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"


def test_texts_that_hold_some_are_said(tmp_path: Path) -> None:
    texts = [f"[name], geb. {as_written(day)} lt. Ausweis" for day in BIRTHS[:40]] + ["war nicht da"] * 200
    assert said(look(tmp_path, texts)) == [40]


COLUMNS: list[Callable[[date], str]] = [
    lambda day: f"{day.day}. {day.month}. {day.year}",
    lambda day: f"{day:%Y. %m. %d}.",
    lambda day: f"{day.month} / {day.day} / {day.year}",
    lambda day: f"{day.day}. {CROATIAN[day.month - 1]} {day.year}.",
]


@pytest.mark.parametrize("column", COLUMNS)
def test_the_column_is_read_however_its_days_are_written(
    tmp_path: Path, column: Callable[[date], str]
) -> None:
    texts = [f"[name], geb. {as_written(day)} lt. Ausweis" for day in BIRTHS[:40]] + ["war nicht da"] * 200
    assert said(look(tmp_path, texts, column=column)) == [40]


def test_texts_in_another_encoding_are_read(tmp_path: Path) -> None:
    march = [day for day in BIRTHS if day.month == 3][:20]
    texts = [f"[name], geb. {as_written(day)} lt. Ausweis" for day in march] + ["war nicht da"] * 200
    assert said(look(tmp_path, texts, written=in_windows_1252)) == [20]


@pytest.mark.parametrize("column", [*COLUMNS, as_written, lambda day: f"{day.day}. {day.month}. {day:%y}"])
def test_they_are_no_originals_that_must_be_gone(tmp_path: Path, column: Callable[[date], str]) -> None:
    texts = [f"geb. {column(day)} lt. Ausweis" for day in BIRTHS[:40]]
    assert look(tmp_path, texts, column=column).is_clean


@pytest.mark.parametrize("moved", [3, 20])
def test_other_days_are_not(tmp_path: Path, moved: int) -> None:
    texts = [f"war am {as_written(day + timedelta(days=moved))} da" for day in BIRTHS]
    texts += [f"war am {as_written(day)} da" for day in BIRTHS[:5]]
    assert said(look(tmp_path, texts)) == []


def test_where_the_rules_keep_the_column_nothing_is_said(tmp_path: Path) -> None:
    texts = [f"geb. {as_written(day)} lt. Ausweis" for day in BIRTHS[:40]]
    assert said(look(tmp_path, texts, births=False)) == []


def look_in_json(
    folder: Path, document: Callable[[str, str], str], texts: list[str], *, shuffled: bool = False
) -> ResidueReport:
    """Days at a path in JSON, of which the copy has the years, or other persons' days."""
    rows = [(number, document(day.isoformat(), "-")) for number, day in enumerate(BIRTHS)]
    original = a_database(folder, "of.db").with_table("p", "id INTEGER PRIMARY KEY, data TEXT", rows=rows)
    told = [day.isoformat() if shuffled else f"{day.year}" for day in reversed(BIRTHS)]
    copied = [(number, document(*each)) for number, each in enumerate(zip(told, texts, strict=True))]
    copy = a_database(folder, "copy.db").with_table("p", "id INTEGER PRIMARY KEY, data TEXT", rows=copied)
    places = [Searched(Place("p", "data", "$.born"), births=True)]
    return search(copy.build(), original.build(), places, Context())


def in_document(born: str, note: str) -> str:
    """A document, whose letters with accents are written by their numbers."""
    return json.dumps({"born": born, "language": "german", "note": note})


TOLD = [f"geb. {as_written(day)} lt. Ausweis" for day in BIRTHS[:40]] + ["war nicht da"] * 260


def test_days_at_paths_are_sought_in_texts(tmp_path: Path) -> None:
    found = look_in_json(tmp_path, in_document, TOLD)
    assert said(found) == [40]
    assert found.not_searched[0].what == "days of birth of p.data:$.born in the texts of p.data"


@pytest.mark.parametrize("told", [40, 0])
def test_what_a_rule_made_at_the_path_is_no_text(tmp_path: Path, told: int) -> None:
    texts = [*TOLD[:told], *["war nicht da"] * (300 - told)]
    assert said(look_in_json(tmp_path, in_document, texts, shuffled=True)) == ([told] if told else [])

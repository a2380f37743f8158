"""Telephone numbers with dots between their digits, which the original writes otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.residue.search import search_values


def look(folder: Path, texts: list[str], original: str, encoding: str) -> ResidueReport:
    folder.mkdir(exist_ok=True)
    rows = [(text,) for text in texts]
    path = (
        a_database(folder).with_sql(f"PRAGMA encoding = '{encoding}'").with_table("call", "note", rows=rows)
    )
    return search_values(path.build(), [original], Context())


@pytest.mark.parametrize(
    ("original", "dotted"),
    [
        ("93 176 77 75", "931.767.775"),
        ("+351 931767775", "931.767.775"),
        ("06 12 34 56 78", "06.12.34.56.78"),
        ("+33 612345678", "06.12.34.56.78"),
        ("(555) 123-4567", "555.123.4567"),
        ("22 33 44 55", "22.33.44.55"),
    ],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_they_are_originals(tmp_path: Path, original: str, dotted: str, encoding: str) -> None:
    texts = [f"told by {dotted}, at night", f"no. {dotted}1", f"1{dotted} kg"]
    report = look(tmp_path, texts, original, encoding)
    (cells,) = (each for each in report.found if each.where is Where.CELL)
    assert (cells.column, cells.values) == ("note", 1)
    assert look(tmp_path / "other", texts[1:], original, encoding).is_clean

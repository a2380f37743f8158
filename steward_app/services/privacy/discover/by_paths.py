"""What a column of JSON is, by what stands at its paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from steward_app.kernel.text import plural
from steward_app.services.privacy.discover.model import ColumnScan, Evidence, Source, Verdict
from steward_app.services.privacy.model import Place

JSON: Final = "json"
ABOUT_PERSON: Final = "about_person"
PERSON_DATE: Final = "person_date"


def by_paths(columns: Sequence[ColumnScan]) -> list[ColumnScan]:
    """The columns, those of JSON as what the worst of their paths is."""
    telling: dict[Place, list[ColumnScan]] = {}
    for each in columns:
        tells = each.verdict is Verdict.PERSONAL and each.kind not in (ABOUT_PERSON, PERSON_DATE)
        if each.place.path and tells:
            telling.setdefault(replace(each.place, path=""), []).append(each)
    return [_with(each, telling.get(each.place, ())) for each in columns]


def _with(column: ColumnScan, telling: Sequence[ColumnScan]) -> ColumnScan:
    if not telling:
        return column
    why = Evidence(Source.VALUES, 0.9, f"JSON with personal data at {plural(len(telling), 'path')}")
    return replace(
        column,
        verdict=Verdict.PERSONAL,
        kind=JSON,
        confidence=max(each.confidence for each in telling),
        evidence=(why, *(column.evidence[1:] if column.kind == JSON else column.evidence)),
        others=(),
    )

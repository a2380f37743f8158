"""Positions on the map in JSON: pairs of numbers in lists, too; and numbers in lists that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.classify.decided import classification
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.transform.propose import propose
from steward_app.services.schema.introspect import read_schema

PEOPLE = [
    f"{given} {family}" for given in ("Anna", "Petra", "Hans") for family in ("Meier", "Vogel", "Huber")
]


def customers(folder: Path, *documents: object) -> Path:
    rows = [
        (n, PEOPLE[n % len(PEOPLE)], f"u{n}@web.example", json.dumps(each))
        for n, each in enumerate(documents)
    ]
    columns = "id INTEGER PRIMARY KEY, name TEXT, email TEXT, extra TEXT"
    return a_database(folder).with_table("customer", columns, rows=rows).build()


def position(n: int) -> list[float]:
    return [47 + n * 7919 % 99_991 / 99_991, 19 + n * 104_729 % 99_991 / 99_991]


def said(found: Scan, path: str) -> str:
    at = found.at(Place("customer", "extra", path))
    assert at is not None
    return at.kind


@pytest.mark.parametrize("key", ["geo", "loc", "lastLocation", "home_position", "coordinates", "latlng"])
def test_a_list_of_latitude_and_longitude_is_a_position(tmp_path: Path, key: str) -> None:
    path = customers(tmp_path, *({"from": {key: position(n)}} for n in range(1, 200)))
    found, place = scan(path), Place("customer", "extra", f"$.from.{key}[*]")
    assert said(found, place.path) == "geo_position"
    with open_read(path) as session:
        rule = propose(read_schema(session), found, classification(path), "r").at(place)
    assert rule is not None and rule.technique is Technique.ROUND


@pytest.mark.parametrize("key", ["scores", "position_rank"])
def test_other_lists_of_numbers_are_none(tmp_path: Path, key: str) -> None:
    path = customers(tmp_path, *({key: position(n)} for n in range(1, 100)))
    assert said(scan(path), f"$.{key}[*]") != "geo_position"


@pytest.mark.parametrize("values", [[0.12345, -0.54321], [12, 40]])
def test_shares_and_whole_numbers_are_no_position(tmp_path: Path, values: list[float]) -> None:
    path = customers(tmp_path, *({"position": [each / (1 + n % 7) for each in values]} for n in range(99)))
    assert said(scan(path), "$.position[*]") != "geo_position"


def test_the_plan_names_personal_paths_that_go_along(catalog: Catalog, tmp_path: Path) -> None:
    path = customers(tmp_path, *({"mail": f"u{n}@web.example", "visits": n % 40} for n in range(1, 100)))
    plan = copy.plan_copy(catalog, path, path.with_name("copy.db"), Context())
    assert [each.detail for each in plan.findings if each.code == "personal_columns_kept"] == [
        "“customer.extra:$.visits”"
    ]

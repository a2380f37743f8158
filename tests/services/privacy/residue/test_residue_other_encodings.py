"""Values whose bytes are no UTF-8, as programs wrote them that knew one country: found as others are, and permitted."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search

NAME = Place("person", "name")
PEOPLE = [f"Jürgen Quärström {'abcdefgh'[n % 8] * (1 + n // 8)}" for n in range(20)]


def of(text: str) -> str:
    """A text in Latin-1, as SQL."""
    return f"CAST(x'{text.encode('latin-1').hex()}' AS TEXT)"


def searched(folder: Path, *cells: str) -> ResidueReport:
    """What is left of names where the JSON beside them may hold them at one path."""
    rows = ", ".join(f"({of(name)}, {cell})" for name, cell in zip(PEOPLE, cells, strict=False))
    path = (
        a_database(folder)
        .with_sql("CREATE TABLE person (name TEXT, data)", f"INSERT INTO person VALUES {rows}")
        .build()
    )
    permitted = (Permitted(NAME, "changed"), Permitted(Place("person", "data", "$.who"), "changed"))
    return search(path, path, [Searched(NAME, permitted, leads=True)], Context())


@pytest.mark.parametrize("within", ["who", "seen"])
def test_a_path_permits_what_stands_there_and_nothing_else(tmp_path: Path, within: str) -> None:
    documents = [of(json.dumps({within: name, "stadt": "Köln"}, ensure_ascii=False)) for name in PEOPLE]
    report = searched(tmp_path, *documents)
    assert [each.part for each in report.found if each.where is Where.CELL] == (
        [] if within == "who" else ["data:$.seen"]
    )


def test_a_long_value_in_a_blob_is_found_by_its_bytes(tmp_path: Path) -> None:
    long = f"Jürgen Quärström {'wohnt weit draußen, ' * 40}"
    path = (
        a_database(tmp_path)
        .with_sql(
            "CREATE TABLE person (name TEXT, data)",
            f"INSERT INTO person VALUES ({of(long)}, x'00{long.encode('latin-1').hex()}00')",
        )
        .build()
    )
    report = search(path, path, [Searched(NAME, (Permitted(NAME, "changed"),), leads=True)], Context())
    assert [each.part for each in report.found] == ["data"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("town", ["Düzce", "Ömerli"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_address_is_found_in_a_blob_of_any_encoding(
    tmp_path: Path, encoding: str, town: str, packed: bool
) -> None:
    address = f"Çınar Mahallesi, Ihlamur Sokağı No: 117/4, 34510 {town}"
    blob = f"Şikâyet: {address.upper() if packed else address}.".encode(encoding)
    blob = zlib.compress(blob) if packed else b"\x01\x02xx" + blob + b"\x07\x00"
    path = (
        a_database(tmp_path)
        .with_table("person", "name TEXT, data BLOB", rows=[(address, blob), ("-", blob[:40])])
        .build()
    )
    report = search(path, path, [Searched(NAME, (Permitted(NAME, "changed"),), leads=True)], Context())
    assert [each.part for each in report.found] == ["data"]


def test_numbers_of_a_key_in_such_json_are_found_with_their_path(tmp_path: Path) -> None:
    keys = [10_007 + 977 * n for n in range(60)]
    told = [(n, json.dumps({"who": key, "ort": "Köln"}, ensure_ascii=False)) for n, key in enumerate(keys)]
    original = a_database(tmp_path, "a.db").with_table("person", "id PRIMARY KEY", rows=[(k,) for k in keys])
    copy = (
        a_database(tmp_path, "b.db")
        .with_table("person", "id PRIMARY KEY", rows=[(f"t{k}",) for k in keys])
        .with_table("log", "n INTEGER PRIMARY KEY, data TEXT", rows=told)
    )
    place = Place("person", "id")
    searched = Searched(place, (Permitted(place, "changed"),), key=True)
    report = search(in_windows_1252(copy.build()), original.build(), [searched], Context())
    assert [(each.part, each.values) for each in report.found] == [("data:$.who", 60)]


def test_half_a_surrogate_pair_of_json_is_looked_for(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("person", "name TEXT, data TEXT", rows=[("Ada", r'{"who": "\ud83d", "at": "ok"}')])
        .build()
    )
    report = search(path, path, [Searched(Place("person", "data", "$.who"))], Context())
    assert report.values == 1

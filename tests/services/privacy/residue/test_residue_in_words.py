"""Addresses of e-mail in words are looked for by their hosts: very many have few."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.model import Searched, Where
from steward_app.services.privacy.residue.permissions import Permissions
from steward_app.services.privacy.residue.search import _strings, search_values
from steward_app.services.privacy.residue.values import Round

ORIGINALS = [
    "ada@long-name-of-a-host.example.org",
    "grace.hopper@gmx.de",
    "Grace.Hopper@gmx.de",
    "linus@gmx.de",
]


def strings(path: Path, count: int) -> int:
    values = [f"person{number}@example.org" for number in range(30_000, 30_000 + count)]
    with open_read(path) as session:
        permissions = Permissions(session, [Searched(Place("t", "v"))])
        return len(_strings(Round(list(values), [(0,)] * count), permissions, Context(), wide=False)[0])


def test_more_addresses_of_a_host_are_no_more_strings_for_words(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "v", rows=[]).build()
    assert strings(path, 25_000) - strings(path, 24_000) == 2 * 1_000


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_the_name_before_a_host_tells_whose_it_is(tmp_path: Path, encoding: str) -> None:
    rows = [
        ("to ADA (at) long-name-of-a-host.example.org",),
        ("linus[at]gmx.de",),
        ("hopper at gmx.de, xlinus (at) gmx.de",),
    ]
    path = a_database(tmp_path).with_sql(f"PRAGMA encoding = '{encoding}'").with_table("n", "t", rows=rows)
    report = search_values(path.build(), ORIGINALS, Context())
    assert [(each.where, each.column, each.values) for each in report.found] == [(Where.CELL, "t", 2)]


def test_addresses_in_other_case_are_each_found(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("n", "t", rows=[("grace.hopper at gmx.de",)]).build()
    (found,) = search_values(path, ORIGINALS, Context()).found
    assert found.values == 2


def test_they_are_found_in_compressed_blobs_and_in_deleted_rows(tmp_path: Path) -> None:
    packed = zlib.compress(b"some words before it: linus (at) gmx.de and behind it " * 4)
    rows = [(packed,), ("linus at gmx.de, and more words",), ("x",)]
    made = a_database(tmp_path).with_sql("PRAGMA secure_delete = OFF").with_table("n", "t BLOB", rows=rows)
    path = made.with_sql("DELETE FROM n WHERE t LIKE 'linus%'").build()
    report = search_values(path, ORIGINALS, Context())
    assert {each.where for each in report.found} == {Where.PACKED, Where.FREEBLOCK}

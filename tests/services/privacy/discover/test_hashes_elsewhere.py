"""Columns that hold the hash of a column of another table, alone or inside texts, or as whole numbers."""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.discover.model import ColumnScan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique

MAILS = [f"m.{n * 7919}@Post.example" for n in range(1, 400)]
FAMILIES = ["Jansen", "de Vries", "Bakker", "Visser", "Smit", "Mulder"]
REF = Place("bestand", "ref")

Made = Callable[[str], SqlValue]


def society(folder: Path, ref: Made, mails: list[str] = MAILS, kind: str = "") -> Path:
    """Members, and a table of files about nobody that stand in another order; what they are called is made of one."""
    people = [(n, FAMILIES[n % 6], mail) for n, mail in enumerate(MAILS, 1)]
    files = [(n, ref(mail), n % 7) for n, mail in enumerate(reversed(mails), 1)]
    return (
        a_database(folder)
        .with_table("lid", "id INTEGER PRIMARY KEY, achternaam TEXT, mail TEXT", rows=people)
        .with_table("bestand", f"id INTEGER PRIMARY KEY, ref {kind}, soort INTEGER", rows=files)
        .build()
    )


def of_ref(path: Path) -> ColumnScan:
    found = scan(path).at(REF)
    assert found is not None
    return found


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("ref", "kind"),
    [
        (lambda mail: f"img/{sha1(mail)}.png", "TEXT"),
        (
            lambda mail: f"https://example.org/avatar/{hashlib.md5(mail.lower().encode()).hexdigest()}?s=80",
            "TEXT",
        ),
        (lambda mail: f"/t/{sha1(mail.upper()).upper()}_{len(mail)}", "TEXT"),
        (lambda mail: hashlib.sha256(mail.encode()).digest(), "BLOB"),
        (lambda mail: hashlib.sha256(mail.encode()).hexdigest(), "TEXT"),
        (lambda mail: zlib.crc32(mail.encode()), "INTEGER"),
        (lambda mail: (zlib.crc32(mail.encode()) + (1 << 31)) % (1 << 32) - (1 << 31), "INTEGER"),
    ],
)
def test_a_hash_of_a_column_of_another_table_is_one_of_an_identity(
    tmp_path: Path, catalog: Catalog, ref: Made, kind: str
) -> None:
    path = society(tmp_path, ref, kind=kind)
    found = scan(path, catalog=catalog).at(REF)
    assert found is not None
    assert (found.verdict, found.kind) == (Verdict.PERSONAL, "identity_hash")
    assert [each.sentence for each in found.evidence] == ["Hash of lid.mail without a key"]
    rule = propose_rules(catalog, path, "r", Context()).at(REF)
    assert rule is not None
    assert (rule.technique, rule.options["kind"]) == (Technique.TOKEN, "identity_hash")


def test_a_hash_of_some_of_them_is_told(tmp_path: Path) -> None:
    others = [f"x{n}@other.example" for n in range(2_000)]
    assert (
        of_ref(society(tmp_path, lambda mail: f"img/{sha1(mail)}.png", [*others, *MAILS[:40]])).kind
        == "identity_hash"
    )


@pytest.mark.parametrize("own", [False, True])
def test_a_hash_in_json_is_told_at_its_path(tmp_path: Path, catalog: Catalog, *, own: bool) -> None:
    rows = [
        (n, mail, json.dumps({"img": f"img/{sha1(mail)}.png", "n": n % 5})) for n, mail in enumerate(MAILS, 1)
    ]
    people = [row if own else (*row[:2], None) for row in rows]
    files = [(n, None if own else meta) for n, _, meta in reversed(rows)]
    made = a_database(tmp_path).with_table("lid", "id INTEGER PRIMARY KEY, mail TEXT, meta TEXT", rows=people)
    made = made.with_table("bestand", "id INTEGER PRIMARY KEY, meta TEXT", rows=files)
    path, place = made.build(), Place("lid" if own else "bestand", "meta", "$.img")
    found = scan(path, catalog=catalog).at(place)
    assert found is not None
    assert (found.verdict, found.kind) == (Verdict.PERSONAL, "identity_hash")
    rule = propose_rules(catalog, path, "r", Context()).at(place)
    assert rule is not None
    assert rule.technique is Technique.TOKEN


@pytest.mark.parametrize(
    ("ref", "kind"),
    [
        (lambda mail: f"img/{sha1(f'kept apart{mail}')}.png", "TEXT"),
        (lambda mail: random.Random(mail).getrandbits(32), "INTEGER"),
        (lambda mail: zlib.crc32(mail.encode()) - (1 << 31), "INTEGER"),
        (lambda mail: 1_700_000_000 + 60 * len(mail), "INTEGER"),
        (lambda mail: f"img/{sha1(FAMILIES[len(mail) % 6])}.png", "TEXT"),
    ],
)
def test_what_is_made_of_anything_else_is_none(tmp_path: Path, ref: Made, kind: str) -> None:
    assert of_ref(society(tmp_path, ref, kind=kind)).kind != "identity_hash"

"""Columns that hold the hash of another column of their row."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import a_database
from builders.odd_files import in_windows_1252
from steward_app.catalog import Catalog
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place, Technique

FAMILIES = ["Jansen", "de Vries", "Bakker", "Visser", "Smit", "Mulder"]
COLUMNS = "id INTEGER PRIMARY KEY, achternaam TEXT, mail TEXT, mobiel TEXT, kenmerk"


def society(folder: Path, kenmerk: Callable[[int, str, str], SqlValue]) -> Path:
    """Members with an address, a telephone number, and what is made of them."""
    people = [
        (n, FAMILIES[n % 6], f"M.{n * 7919}@Post.example", f"+31 6 {20_000_000 + n * 7919}")
        for n in range(1, 120)
    ]
    rows = [(*each, kenmerk(each[0], each[2], each[3])) for each in people]
    return a_database(folder).with_table("lid", COLUMNS, rows=rows).build()


@pytest.mark.parametrize(
    ("kenmerk", "of"),
    [
        (lambda n, mail, phone: hashlib.sha1(mail.encode()).hexdigest(), "mail"),
        (lambda n, mail, phone: hashlib.md5(mail.lower().encode()).hexdigest().upper(), "mail"),
        (lambda n, mail, phone: base64.b64encode(hashlib.sha256(mail.encode()).digest()).decode(), "mail"),
        (lambda n, mail, phone: hashlib.sha256(phone.replace(" ", "").encode()).digest(), "mobiel"),
        (
            lambda n, mail, phone: hashlib.sha256(phone.replace(" ", "")[1:].encode()).hexdigest()[:16],
            "mobiel",
        ),
        (lambda n, mail, phone: hashlib.sha512(str(n).encode()).hexdigest(), "id"),
    ],
)
def test_a_hash_of_what_stands_beside_it_is_one_of_an_identity(
    tmp_path: Path, catalog: Catalog, kenmerk: Callable[[int, str, str], SqlValue], of: str
) -> None:
    path, place = society(tmp_path, kenmerk), Place("lid", "kenmerk")
    found = scan(path).at(place)
    assert found is not None
    assert (found.verdict, found.kind) == (Verdict.PERSONAL, "identity_hash")
    assert found.evidence[0].sentence == f"Hash of {of} without a key"
    scan(path, catalog=catalog)
    rule = propose_rules(catalog, path, "r", Context()).at(place)
    assert rule is not None
    assert (rule.technique, rule.options["kind"]) == (Technique.TOKEN, "identity_hash")


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_what_is_hashed_may_be_written_in_another_encoding(tmp_path: Path, codec: str) -> None:
    mails = [f"Müller.{n * 7919}@Post.example" for n in range(1, 120)]
    people = [(mail, hashlib.sha1(mail.lower().encode(codec)).hexdigest()) for mail in mails]
    path = a_database(tmp_path).with_table("lid", "mail, kenmerk", rows=people).build()
    found = scan(in_windows_1252(path)).at(Place("lid", "kenmerk"))
    assert found is not None
    assert found.kind == "identity_hash"


@pytest.mark.parametrize(
    "kenmerk",
    [
        lambda n, mail, phone: hashlib.sha1(f"kept apart{mail}".encode()).hexdigest(),
        lambda n, mail, phone: hashlib.sha1(f"{n // 60}".encode()).hexdigest(),
        lambda n, mail, phone: f"{n:016d}",
    ],
)
def test_what_is_hashed_from_anything_else_is_none(
    tmp_path: Path, kenmerk: Callable[[int, str, str], SqlValue]
) -> None:
    found = scan(society(tmp_path, kenmerk))
    column = found.at(Place("lid", "kenmerk"))
    assert column is not None
    assert column.kind != "identity_hash"
    assert "hashed" not in {each.written for each in found.same_values}

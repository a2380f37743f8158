"""Hashes of original values: alone, inside texts, as bytes and as whole numbers."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue import hashed
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search

MAIL, REF = Place("member", "mail"), Place("asset", "ref")
MAILS = [f"Ada.{n * 7919}@Example.org" for n in range(60)]


def look(
    tmp_path: Path,
    refs: Sequence[SqlValue],
    mails: Sequence[SqlValue] = MAILS,
    *,
    leads: bool = True,
    permitted: tuple[Permitted, ...] = (),
    name: str = "",
) -> ResidueReport:
    """The search of a copy whose members are others, for the addresses of these."""
    source = (
        a_database(tmp_path, f"{name}a.db")
        .with_table("member", "mail", rows=[(each,) for each in mails])
        .build()
    )
    copy = (
        a_database(tmp_path, f"{name}b.db")
        .with_table("member", "mail", rows=[("somebody@else.example",)])
        .with_table("asset", "ref", rows=[(each,) for each in refs])
        .build()
    )
    return search(copy, source, (Searched(MAIL, permitted, leads=leads),), Context())


def digest(name: str, text: str) -> bytes:
    return hashlib.new(name, text.encode()).digest()


@pytest.mark.parametrize(
    "ref",
    [
        f"img/{digest('sha1', MAILS[3]).hex()}.png",
        f"https://example.org/avatar/{digest('md5', MAILS[3].lower()).hex()}?s=80&d=mp",
        f"thumb_{digest('sha256', MAILS[3]).hex().upper()}_80",
        f'a:1:{{s:64:"{digest("sha256", MAILS[3].upper()).hex()}";i:5;}}',
        f"sha256-{base64.b64encode(digest('sha256', MAILS[3])).decode()} ",
        f"/t/{base64.urlsafe_b64encode(digest('sha1', MAILS[3])).decode().rstrip('=')}",
        digest("md5", MAILS[3]).hex(),
        digest("sha1", MAILS[3]),
        json.dumps({"avatar": f"https://example.org/{digest('md5', MAILS[3]).hex()}"}),
    ],
)
def test_a_hash_that_anybody_makes_is_found(tmp_path: Path, ref: SqlValue) -> None:
    (found,) = look(tmp_path, (None, "nothing", ref)).found
    assert (found.where, found.name, found.column, found.hits, found.values, found.of) == (
        Where.HASHED, "asset", "ref", 1, 1, (MAIL,),
    )  # fmt: skip


@pytest.mark.parametrize(
    "ref",
    [
        f"img/{digest('sha1', 'kept apart' + MAILS[3]).hex()}.png",
        f"img/{digest('sha1', MAILS[3]).hex()}ab.png",
        f"img/{digest('sha1', MAILS[3]).hex()[:-2]}.png",
        "1234567890" * 4,
        None,
    ],
)
def test_what_is_none_of_them_is_not(tmp_path: Path, ref: SqlValue) -> None:
    assert not look(tmp_path, (ref,)).found


@pytest.mark.parametrize("signed", [0, 1 << 31])
def test_whole_numbers_of_32_bits_that_are_hashes_are_found(tmp_path: Path, signed: int) -> None:
    refs = [(zlib.crc32(each.encode()) + signed) % (1 << 32) - signed for each in MAILS]
    (found,) = look(tmp_path, refs).found
    assert (found.where, found.column, found.hits, found.values) == (Where.HASHED, "ref", 60, 60)
    assert not look(tmp_path, [random.Random(n).getrandbits(32) for n in refs], name="other").found


def test_a_few_numbers_among_others_are_chance(tmp_path: Path) -> None:
    others = [random.Random(n).getrandbits(32) for n in range(500)]
    assert not look(tmp_path, [*others, *(zlib.crc32(each.encode()) for each in MAILS[:4])]).found


def test_beginnings_of_hashes_that_a_column_has_are_found(tmp_path: Path) -> None:
    (found,) = look(tmp_path, [digest("sha256", each).hex()[:16] for each in MAILS]).found
    assert (found.where, found.hits) == (Where.HASHED, 60)


@pytest.mark.parametrize("mail", ["1234567", "2001-02-03"])
def test_hashes_of_what_other_things_have_as_well_do_not_count(tmp_path: Path, mail: str) -> None:
    assert not look(tmp_path, (f"img/{digest('sha1', mail).hex()}",), (mail,)).found


def test_hashes_of_what_leads_to_nobody_do_not_count(tmp_path: Path) -> None:
    assert not look(tmp_path, (digest("sha1", MAILS[3]).hex(),), leads=False).found


def test_a_column_that_is_kept_may_have_them(tmp_path: Path) -> None:
    report = look(tmp_path, (digest("sha1", MAILS[3]).hex(),) * 2, permitted=(Permitted(REF, "kept"),))
    assert not report.found
    assert [(each.place, each.reason, each.hits) for each in report.allowed] == [(REF, "kept (hashed)", 2)]


def test_a_path_that_is_kept_may_have_them_and_no_other(tmp_path: Path) -> None:
    made = digest("sha1", MAILS[3]).hex()
    kept = (Permitted(Place("asset", "ref", "$.kept"), "kept"),)
    assert not look(tmp_path, (json.dumps({"kept": f"img/{made}"}),), permitted=kept).found
    assert look(tmp_path, (json.dumps({"else": f"img/{made}"}),), permitted=kept, name="other").found


def test_what_was_too_much_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashed, "MOST_VALUES", 50)
    report = look(tmp_path, [digest("sha1", each).hex() for each in MAILS])
    assert [each.values for each in report.found] == [50]
    assert [each.count for each in report.not_searched if each.what.startswith("hashes of more")] == [10]

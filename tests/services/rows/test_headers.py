"""What names of columns and tables say."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies
from steward_app.services.rows.headers import How
from steward_app.services.rows.shipped_headers import shipped_headers, shipped_packs
from steward_app.services.rows.wording import phrases, spelt, split_words

DATA = Path(__file__).parents[2] / "data"
LANGUAGES = frozenset(
    ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "hu", "ro")
)
WITHOUT_NAMES = frozenset({"json", "about_person"})  # told by what they hold, and by their table


def _named_columns():
    for line in (DATA / "named_columns.txt").read_text(encoding="utf-8").splitlines():
        kind, _, names = line.partition(": ")
        if not line.startswith("#"):
            yield from ((name, kind) for name in names.split())


def kinds_of(name, *, among_people=False):
    return [match.kind for match in shipped_headers().read(name, among_people=among_people).matches]


@pytest.mark.parametrize(
    ("name", "kind", "how"),
    [
        ("birth_date", "birth_date", How.WRITTEN),
        ("BRTH_DT", "birth_date", How.SHORT),
        ("gebDat", "birth_date", How.WRITTEN),
        ("fec_nac", "birth_date", How.WRITTEN),
        ("Privattelefon", "phone", How.COMPOUND),
        ("Hauptwohnanschrift", "address", How.COMPOUND),
        ("psswrd", "secret", How.SHORT),
        ("rlgn", "belief", How.SHORT),
        ("ntnlty", "nationality", How.SHORT),
        ("slry", "income", How.SHORT),
        ("pstcd", "postcode", How.SHORT),
        ("tlphn", "phone", How.BONES),
        ("Staatsangehörigkeit", "nationality", How.WRITTEN),
        ("FUEHRERSCHEIN", "driving_licence", How.WRITTEN),
        ("strName", "person_name", How.WRITTEN),
        ("tblKundeNachname", "family_name", How.WRITTEN),
        ("c_email_1", "email", How.WRITTEN),
    ],
)
def test_names_are_read_however_they_are_written(name, kind, how):
    match = shipped_headers().read(name, among_people=name == "strName").matches[0]
    assert (match.kind, match.how) == (kind, how)


@pytest.mark.parametrize(("name", "kind"), list(_named_columns()))
def test_names_as_databases_have_them(name, kind):
    assert kinds_of(name, among_people=True)[0] == kind


@pytest.mark.parametrize(
    "name",
    [
        "postage",
        "runtime",
        "end_date",
        "season",
        "landing",
        "hostname",
        "message_id",
        "商品名称",
        "件名",
        "Цена",
    ],
)
def test_what_holds_such_a_word_by_chance_is_nothing(name):
    found = kinds_of(name)
    assert not [kind for kind in found if kinds()[kind].identifies is Identifies.DIRECT]


def test_words_that_say_which_one_are_no_other_words():
    for name in ("home_phone", "alt_phone_no", "phone2", "tel_privat"):
        reading = shipped_headers().read(name)
        assert reading.covered(reading.matches[0]) == 1.0
    artist = shipped_headers().read("artist_bio", among_people=True)
    assert artist.covered(artist.matches[-1]) < 1.0


def test_the_longest_phrase_wins():
    assert kinds_of("ip_address") == ["ip"]
    assert kinds_of("email_address") == ["email"]
    assert kinds_of("company_name", among_people=True) == ["employer"]
    assert kinds_of("contact_name") == ["person_name"]


@pytest.mark.parametrize(
    "name", ["file_name", "ProductName", "email_verified", "is_phone_valid", "address_type"]
)
def test_a_word_beside_makes_something_else_of_it(name):
    reading = shipped_headers().read(name, among_people=True)
    assert reading.matches == ()
    assert reading.plain or reading.ended_off


@pytest.mark.parametrize(
    "name", ["saxophone", "capacity", "interface", "manager_count", "x17", "", "42", "微"]
)
def test_what_only_looks_alike_is_nothing(name):
    assert kinds_of(name) == []


def test_a_name_that_no_list_knows_says_so():
    assert shipped_headers().read("qzx_vb").known == 0
    assert shipped_headers().read("birth_date").known == 1


@pytest.mark.parametrize(
    ("table", "people"),
    [
        ("patients", True),
        ("Kundenstamm", True),
        ("user_accounts", True),
        ("CRM_CUST_MASTER", True),
        ("dipendenti", True),
        ("products", False),
        ("user_roles", False),
        ("customer_types", False),
        ("api_clients", False),
        ("album", False),
        ("", False),
    ],
)
def test_tables_named_after_people(table, people):
    assert shipped_headers().is_of_people(table) is people


def test_tables_of_programs():
    assert shipped_headers().names_a_system("schema_migrations")
    assert not shipped_headers().names_a_system("patients")


def test_every_type_is_named_in_twelve_languages_at_least():
    languages = defaultdict(set)
    for pack in shipped_packs().values():
        for kind, said in (pack.get("kinds") or {}).items():
            languages[kind] |= set(said.get("headers") or {}) | set(said.get("of_people") or {})
    for kind, known in languages.items():
        assert kind in WITHOUT_NAMES or len(LANGUAGES & known) >= 12, kind


def test_phrases_are_written_as_names_are_read():
    """In small letters, and without signs where they are of Latin letters alone: otherwise none would ever match."""
    for name, pack in shipped_packs().items():
        for kind, said in (pack.get("kinds") or {}).items():
            for words in (said.get("headers"), said.get("of_people")):
                for language, phrase in phrases(words):
                    assert phrase == phrase.lower(), (name, kind, phrase)
                    learned = [joined.replace(" ", "") for _, joined in spelt({language: phrase})]
                    digits = any(letter.isdigit() for letter in phrase)
                    assert digits or "".join(split_words(phrase)) in learned, (name, kind, phrase)


def test_hostile_names_are_read_without_harm():
    for name in ("a\x00b", "‮name", "x" * 5_000, 'a"b<i>\n=cmd', "\ud7ff"):
        shipped_headers().read(name, among_people=True)
        shipped_headers().is_of_people(name)

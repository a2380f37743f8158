"""Free texts that are encoded, or hold others that are."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import redaction, released, rule, rules
from steward_app.services.privacy.encoded_texts import encoded_inside, in_the_clear, unescaped
from steward_app.services.privacy.transform.known import Known

LETTER = "Hallo, hier Heide Rübsamen und sonst niemand. MfG"
WITHOUT = "Hallo, hier [name] und sonst niemand. MfG"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def of_the_net(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def in_lines(text: str) -> str:
    return base64.encodebytes(text.encode()).decode().strip()


def in_hexadecimal(text: str) -> str:
    return text.encode().hex()


def in_capitals(text: str) -> str:
    return text.encode().hex().upper()


def in_base64_of_windows(text: str) -> str:
    return base64.b64encode(text.encode("cp1252")).decode()


def in_lines_of_windows(text: str) -> str:
    return base64.encodebytes(text.encode("cp1252")).decode().strip()


def in_hexadecimal_of_windows(text: str) -> str:
    return text.encode("cp1252").hex()


def twice(text: str) -> str:
    return in_base64(in_base64(text))


def quoted_printable(text: str) -> str:
    return quopri.encodestring(text.encode()).decode()


def redacted(text: str) -> str:
    known = Known()
    known.add(["Heide Rübsamen", "Jan Šimek"], "person_name")
    return redaction(known).text(text)


OF_WINDOWS = [in_base64_of_windows, in_lines_of_windows, in_hexadecimal_of_windows]


@pytest.mark.parametrize(
    "written",
    [in_base64, of_the_net, in_lines, in_hexadecimal, in_capitals, twice, quoted_printable, *OF_WINDOWS],
)
def test_a_text_that_is_encoded_goes_without_names_and_stays_encoded(written: Callable[[str], str]) -> None:
    assert redacted(written(LETTER)) == written(WITHOUT)
    assert redacted(f"see x?c={written(LETTER)} there") == f"see x?c={written(WITHOUT)} there"
    assert redacted(written("Unterlagen vollständig")) == written("Unterlagen vollständig")


@pytest.mark.parametrize("written", OF_WINDOWS)
def test_in_windows_letters_that_it_has_not_make_it_unicode(written: Callable[[str], str]) -> None:
    (found,) = encoded_inside(written("„Grüße“ – Heide Rübsamen"))
    assert found.write("„Grüße“ – Zoë") == written("„Grüße“ – Zoë")
    assert [each.plain for each in encoded_inside(found.write("„Grüße“ – Łukasz"))] == ["„Grüße“ – Łukasz"]


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u00ad", "\u200b"])
def test_blanks_that_keep_words_together_are_of_a_text(blank: str) -> None:
    assert redacted(in_base64(f"Bonjour{blank}! Heide Rübsamen")) == in_base64(f"Bonjour{blank}! [name]")


def test_random_bytes_are_hardly_ever_text() -> None:
    chance = random.Random(11)
    keys = [chance.randbytes(12 + n % 21) for n in range(20_000)]
    opened = [key for key in keys if any(encoded_inside(base64.b64encode(key).decode()))]
    assert len(opened) < 20


def test_a_long_text_stays_in_lines() -> None:
    assert redacted(in_lines(LETTER * 5)) == in_lines(WITHOUT * 5)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Frau R=C3=BCbsamen kam", "Frau [name] kam"),
        ("Frau R=FCbsamen kam, =E4ltlich", "Frau [name] kam, =C3=A4ltlich"),
        ("Frau R=C3=BCb=\r\nsamen kam", "Frau [name] kam"),
        ("n=R%C3%BCbsamen&x=1", "n=[name]&x=1"),
        ("From: =?utf-8?B?SGVpZGUgUsO8YnNhbWVu?=", "From: [name]"),
        ("From: =?iso-8859-1?Q?R=FCbsamen?=", "From: [name]"),
        ("é Frau R=C3=BCbsamen kam", "=C3=A9 Frau [name] kam"),
        ("Frau =8Aimek kam", "Frau [name] kam"),
        ("R=C3=BCbsamen n=R%C3%BCbsamen", "[name] n=[name]"),
        (
            "Subject: =?utf-8?q?=C3=84rzte?=\n\nFrau R=C3=BCb=\nsamen kam, =C3=A4ltlich",
            "Subject: Ärzte\n\nFrau [name] kam, =C3=A4ltlich",
        ),
        ("SGVpZGUgUsO8YnNhbWVu", "W25hbWVd"),
        ("R=C3=BCbsamen\n\nSGVpZGUgUsO8YnNhbWVuIQ==\n\nkam", "[name]\n\nW25hbWVd\n\nkam"),
        ("NjIwMzE0MTIzNA==", "W251bWJlcl0="),
        ("36323033313431323334", "5b6e756d6265725d"),
        ("100% = 1, a=20 %41", "100% = 1, a=20 %41"),
        ("d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrtsgesellschaft"),
    ],
)
def test_escaped_letters_are_read(text: str, left: str) -> None:
    assert redacted(text) == left


@given(st.text(min_size=16, alphabet=st.characters(categories=["L", "N", "Zs"])))
def test_what_is_encoded_is_read_again(text: str) -> None:
    for written in (in_base64(text), of_the_net(text)):
        found = list(encoded_inside(written))
        if found:
            assert [(each.plain, each.write(each.plain)) for each in found] == [(text, written)]
        else:
            assert not any(map(str.isalnum, text)) or not text.isprintable()


@given(st.text(max_size=300))
def test_no_text_is_too_odd_to_be_looked_into(text: str) -> None:
    list(encoded_inside(text))
    list(in_the_clear(text))
    unescaped(text)


def test_blobs_of_such_texts_go_without_names(tmp_path: Path) -> None:
    rows = [("Heide Rübsamen", in_base64(LETTER).encode()), ("Heide Rübsamen", bytes(range(128, 256)))]
    path = a_database(tmp_path).with_table("mail", "who TEXT, raw BLOB", rows=rows).build()
    made = rules(rule("mail", "who", "pseudonym", kind="person_name"), rule("mail", "raw", "redact"))
    found = [raw for _, raw in released(path, made)[0]["mail"]]
    assert found == [in_base64(WITHOUT).encode(), b""]

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
from steward_app.services.privacy.changes import Change, changed
from steward_app.services.privacy.encoded_texts import encoded_inside, in_the_clear
from steward_app.services.privacy.escaped_texts import unescaped
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
    known.add(["BC4711"], "account")
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
        ("Frau R=FCbsamen kam, =E4ltlich", "Frau [name] kam, =E4ltlich"),
        ("Frau R=C3=BCb=\r\nsamen kam", "Frau [name] kam"),
        ("n=R%C3%BCbsamen&x=1", "n=[name]&x=1"),
        ("From: =?utf-8?B?SGVpZGUgUsO8YnNhbWVu?=", "From: [name]"),
        ("From: =?iso-8859-1?Q?R=FCbsamen?=", "From: [name]"),
        ("From: =?utf-8?Q?R=C3=BCb?= =?utf-8?Q?samen_=C3=84?=", "From: [name] Ä"),
        ("To: =?utf-8?Q?R=C3=BCbsamen,?= =?utf-8?Q?_=C3=84?=", "To: [name], =?utf-8?Q?_=C3=84?="),
        ("é Frau R=C3=BCbsamen kam", "é Frau [name] kam"),
        ("Frau =8Aimek kam", "Frau [name] kam"),
        ("R=C3=BCbsamen n=R%C3%BCbsamen", "[name] n=[name]"),
        (
            "Subject: =?utf-8?q?=C3=84rzte?=\n\nFrau R=C3=BCb=\nsamen kam, =C3=A4ltlich",
            "Subject: =?utf-8?q?=C3=84rzte?=\n\nFrau [name] kam, =C3=A4ltlich",
        ),
        ("SGVpZGUgUsO8YnNhbWVu", "W25hbWVd"),
        ("R=C3=BCbsamen\n\nSGVpZGUgUsO8YnNhbWVuIQ==\n\nkam", "[name]\n\nW25hbWVd\n\nkam"),
        ("NjIwMzE0MTIzNA==", "W251bWJlcl0="),
        ("36323033313431323334", "5b6e756d6265725d"),
        ("n=Heide%20R%C3%BCbsamen%26x", "n=[name]%26x"),
        ("<p>R&uuml;bsamen &amp; S&ouml;hne, 5 &lt; 6</p>", "<p>[name] &amp; S&ouml;hne, 5 &lt; 6</p>"),
        ("Mit &#72;eide&nbsp;R&#xFC;bsamen&#128512;", "Mit [name]&#128512;"),
        ("Heide R&amp;uuml;bsamen &amp;lt;b&amp;gt;", "[name] &amp;lt;b&amp;gt;"),
        ("R&uuml;bsam, &uumlm; &x; & Heider&iacute;a", "R&uuml;bsam, &uumlm; &x; & Heider&iacute;a"),
        (r'at 5: {"n":"R\u00fcbsamen","o":"\u00d6l"}', r'at 5: {"n":"[name]","o":"\u00d6l"}'),
        (r'"{\"n\": \"Heide R\\u00FCbsamen\"}"', r'"{\"n\": \"[name]\"}"'),
        (r'{"n":"Hallo\nHeide\tR\u00fcbsamen \ud83d\ude00"}', r'{"n":"Hallo\n[name] \ud83d\ude00"}'),
        (r"C:\rita@example.org\Heide\new", r"C:\[e-mail]\[name]\new"),
        (r'{"html":"R\u0026uuml;bsamen"}', r'{"html":"[name]"}'),
        ("ref=BC4711 x=E4", "ref=[account] x=E4"),
        ("ref=BC4711 x=C3=BC", "ref=[account] x=C3=BC"),
        ("100% = 1, a=20 %41", "100% = 1, a=20 %41"),
        ("d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrtsgesellschaft"),
    ],
)
def test_escaped_letters_are_read(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Frau R&uuml;bsamen kam", "Frau &lt;K&#246;nig&gt; kam"),
        ("Frau R&amp;#252;bsamen kam", "Frau &amp;lt;K&amp;#246;nig&amp;gt; kam"),
        ("Rübsamen &uuml;", "<König> &uuml;"),
        ("n=R%C3%BCbsamen", "n=<K%C3%B6nig>"),
        ("n=R%FCbsamen", "n=<K%F6nig>"),
        ("n=R%25C3%25BCbsamen", "n=<K%25C3%25B6nig>"),
        ("Frau R=C3=BCbsamen", "Frau <K=C3=B6nig>"),
        (r'{"n":"R\u00fcbsamen"}', r'{"n":"<K\u00f6nig>"}'),
        (r'"{\"n\":\"R\\u00fcbsamen\"}"', r'"{\"n\":\"<K\\u00f6nig>\"}"'),
        (r"C:\new\Rübsamen", r"C:\new\<König>"),
    ],
)
def test_what_stands_instead_is_written_in_the_same_way(text: str, left: str) -> None:
    assert replaced(text, "Rübsamen", "<König>") == left


def replaced(text: str, before: str, instead: str) -> str:
    """A text with other words, as what it says has them."""
    whole = unescaped(text)
    if whole is None:
        return text.replace(before, instead)
    said = replaced(whole.plain, before, instead)
    start = next((n for n, (a, b) in enumerate(zip(whole.plain, said, strict=False)) if a != b), len(said))
    end = next(n for n, (a, b) in enumerate(zip(whole.plain[::-1], said[::-1], strict=False)) if a != b)
    change = Change(start, len(whole.plain) - end, said[start : len(said) - end])
    return changed(text, whole.written([change]))


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


PIECES = {
    "mail": ["=C3=BC", " =E4 ", "=C3=\r\n=BC", "ü", "a", " ", "="],
    "words": ["=?utf-8?q?R=C3=BCb_x?=", "=?iso-8859-1?b?/PxhYg==?=", "a", "ü"],
    "link": ["%C3%BC", " %E4 ", "%2C", "%41%42", "a", " ", "ü", "%"],
    "page": ["&uuml;", "&#252;", "&#xFC;", "&NotEqualTilde;", "&amp;", "a", "ü", "&", ";"],
    "json": ["\\u00fc", "\\\\u00FC", "\\ud83d\\ude00", "\\n", "a", "ü", '"'],
}


@pytest.mark.parametrize("kind", PIECES)
@given(data=st.data())
def test_changes_of_what_is_said_are_changes_of_what_is_written(kind: str, data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(PIECES[kind]), max_size=12)))
    whole = unescaped(text)
    if whole is None:
        return
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole.plain)), max_size=6)))
    changes = [Change(start, end, "zz") for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    made = changed(text, whole.written(changes))
    again = unescaped(made)
    assert (made if again is None else again.plain) == changed(whole.plain, changes)
    if not changes:
        assert made == text

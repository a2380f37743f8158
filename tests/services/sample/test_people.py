"""The people of the sample: plausible, invented, with what makes data personal, and old enough to archive."""

from __future__ import annotations

import json
import re

import pytest

from steward_app.db import ReadSession
from steward_app.services.sample import numbers
from steward_app.services.sample.people import Names, ascii_word
from steward_app.services.sample.words import word_list

PHONE = r"(01632 960|07700 900|0161 496 0|020 7946 0)\d{3}"
MAIL = re.compile(r"[\w.+-]+@[\w.-]+")
PERSONAL_TEXT = (
    "SELECT notes FROM visit UNION ALL SELECT body FROM message UNION ALL SELECT remark FROM appointment"
)


def texts(clinic: ReadSession, sql: str) -> list[str]:
    return [str(value) for (value,) in clinic.execute(sql) if value is not None]


def test_word_lists_are_large_and_have_no_entry_twice() -> None:
    names = word_list("names")
    sections = [fields[0] for fields in names.fields("cultures")]
    given = [word for culture in sections for sex in "fm" for word in names.words(f"{culture} {sex}")]
    family = [word for culture in sections for word in names.words(f"{culture} family")]
    assert len(set(given)) > 300
    assert len(family) == len(set(family)) > 250
    for culture in sections:
        for part in ("f", "m", "family"):
            words = names.words(f"{culture} {part}")
            assert len(words) == len(set(words)) >= 6
    codes = [fields[0] for fields in word_list("clinical").fields("diagnoses")]
    assert len(codes) == len(set(codes)) > 120
    assert all(re.fullmatch(r"[A-Z]\d\d(\.\d)?", code) for code in codes)
    atc = [fields[0] for fields in word_list("clinical").fields("medications")]
    assert len(atc) > len(set(atc)) > 70


@pytest.mark.parametrize(
    ("name", "word"),
    [("Müller-Weiß", "mullerweiss"), ("Łukasz", "lukasz"), ("Αθηνά", ""), ("O'Dowd", "odowd")],
)
def test_names_become_parts_of_addresses(name: str, word: str) -> None:
    assert ascii_word(name) == word


def test_a_name_follows_its_chance() -> None:
    from random import Random

    names = Names()
    assert [names.full(Random(3)) for _ in range(2)] == [names.full(Random(3))] * 2


def test_numbers_of_people_are_right_and_belong_to_nobody(clinic: ReadSession) -> None:
    for number in texts(clinic, "SELECT national_id FROM patient"):
        digits = number.replace(" ", "")
        assert digits.startswith("999")
        assert str(numbers.health_check_digit(digits[:9])) == digits[9]
    refs = texts(clinic, "SELECT payer_ref FROM payment")
    ibans = [ref for ref in refs if ref.startswith("GB")]
    assert len(ibans) > len(refs) / 2
    assert all(numbers.iban_remainder(iban) == 1 for iban in ibans)
    assert all(numbers.luhn_sum(ref) % 10 == 0 for ref in refs if ref not in ibans)
    assert all(
        numbers.iban_remainder(iban) == 1
        for iban in texts(clinic, "SELECT salary_iban FROM staff UNION ALL SELECT iban FROM insurer")
    )
    phones = texts(
        clinic, "SELECT value FROM patient_contact WHERE kind = 'phone' AND typeof(value) = 'text'"
    )
    assert all(re.fullmatch(PHONE, phone.strip()) for phone in phones if phone)


def test_every_mail_address_is_of_a_domain_for_examples(clinic: ReadSession) -> None:
    everything = " ".join(
        texts(
            clinic, f"SELECT address FROM message UNION ALL SELECT email FROM staff UNION ALL {PERSONAL_TEXT}"
        )
        + texts(clinic, "SELECT value FROM patient_contact UNION ALL SELECT email FROM insurer")
        + texts(clinic, "SELECT value FROM setting WHERE typeof(value) = 'text'")
    )
    found = MAIL.findall(everything)
    assert len(found) > 1_000
    assert all(address.rstrip(".").endswith((".example", "@example.org")) for address in found)


def test_free_text_and_json_name_people(clinic: ReadSession) -> None:
    notes = texts(clinic, "SELECT notes FROM visit")
    families = {name.strip() for name in texts(clinic, "SELECT family_name FROM patient")}
    naming = sum(1 for note in notes if families & set(re.findall(r"[\w'’-]+", note)))
    assert naming > len(notes) / 3
    assert sum(1 for note in notes if re.search(PHONE, note)) > 20
    assert any(MAIL.search(note) for note in notes)
    contacts = [json.loads(text) for text in texts(clinic, "SELECT contact FROM patient")]
    assert len(contacts) > 1_000
    assert all(
        contact["call"]["name"] and re.fullmatch(PHONE, contact["call"]["phone"]) for contact in contacts
    )
    assert clinic.count("SELECT count(*) FROM setting WHERE value LIKE '%@riverside.example%'") >= 2


def test_consents_have_purposes_and_are_taken_back(clinic: ReadSession) -> None:
    purposes = texts(clinic, "SELECT DISTINCT purpose FROM consent WHERE withdrawn_on IS NOT NULL")
    assert {"research", "newsletter", "data sharing"} <= set(purposes)
    assert "treatment" not in purposes


def test_visits_go_back_seventeen_years_and_grow(clinic: ReadSession) -> None:
    years = dict(
        clinic.all("SELECT CAST(substr(started_at, 1, 4) AS INTEGER), count(*) FROM visit GROUP BY 1")
    )
    assert sorted(years) == list(range(2009, 2027))
    assert int(years[2026] or 0) > 5 * int(years[2010] or 0)
    old = "SELECT count(*) FROM visit WHERE started_at < '2016-11-20'"
    assert clinic.count(old) > 400
    assert clinic.count(f"{old} AND id IN (SELECT visit_id FROM invoice WHERE status = 'open')") > 0
    assert clinic.value("SELECT max(started_at) FROM visit") < "2026-11-20 12:30"  # type: ignore[operator]


def test_few_patients_come_often_and_many_seldom(clinic: ReadSession) -> None:
    counts = sorted(
        int(count or 0) for (count,) in clinic.all("SELECT count(*) FROM visit GROUP BY patient_id")
    )
    assert counts[-1] >= 20
    assert counts[len(counts) // 2] <= 3


def test_what_is_old_lies_in_the_past_and_nobody_works_before_they_were_hired(clinic: ReadSession) -> None:
    for table, column in (
        ("patient", "created_at"),
        ("consent", "given_on"),
        ("payment", "paid_on"),
        ("document", "scanned_at"),
        ("message", "sent_at"),
        ("setting", "changed_at"),
    ):
        assert clinic.value(f"SELECT max({column}) FROM {table}") < "2026-11-21"  # type: ignore[operator]
    too_early = (
        "SELECT count(*) FROM visit JOIN staff ON staff.id = visit.staff_id WHERE date(started_at) < hired_on"
    )
    assert clinic.count(too_early) == 0
    assert (
        clinic.count("SELECT count(*) FROM appointment WHERE starts_at > '2026-11-21' AND status = 'booked'")
        > 100
    )


def test_nobody_has_what_only_the_other_sex_has(clinic: ReadSession) -> None:
    assert not clinic.all(
        "SELECT visit.id FROM diagnosis JOIN visit ON visit.id = visit_id JOIN patient ON patient.id = patient_id"
        " WHERE (icd_code IN ('O26.9', 'N80.9', 'Z12.4') AND sex <> 'f') OR (icd_code = 'C61' AND sex <> 'm')"
        " LIMIT 5"
    )

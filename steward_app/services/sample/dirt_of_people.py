"""What is wrong with what the sample knows of its patients."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from steward_app.services.sample.planting import Dirt, number, text
from steward_app.services.sample.world import Record

_JOINED_DAYS_AGO = 254
_SPELLINGS = (("phone", "tel", 38), ("phone", "Phone", 31), ("email", "E-Mail", 24), ("phone", "phone ", 9))


def plant(dirt: Dirt) -> None:
    """Birth dates, names, postcodes, patients registered twice, contacts."""
    _birth_dates(dirt)
    _names(dirt)
    _postcodes(dirt)
    _twins(dirt)
    _contact_kinds(dirt)
    _contact_values(dirt)


def _alive(row: Record) -> bool:
    return row["deceased_on"] is None


def _birth_dates(dirt: Dirt) -> None:
    for row in dirt.pick("patient", 4, _alive):
        row["birth_date"] = None
    dirt.note(
        "birth_date_missing",
        "patient.birth_date",
        4,
        "4 patients have no date of birth, though it must be there",
        "SELECT id FROM patient WHERE typeof(birth_date) = 'null'",  # IS NULL is taken as never true
    )
    today = dirt.world.today
    for place, row in enumerate(dirt.pick("patient", 3, _alive), 1):
        row["birth_date"] = (today + timedelta(days=place * 160)).isoformat()
    dirt.note(
        "birth_date_in_future",
        "patient.birth_date",
        3,
        f"3 patients were born after {today}",
        f"SELECT id, birth_date FROM patient WHERE birth_date GLOB '????-??-??' AND birth_date > '{today}'",
    )
    impossible = ("1987-02-30", "1971-04-31", "1990-13-07")
    for day, row in zip(impossible, dirt.pick("patient", len(impossible), _alive), strict=True):
        row["birth_date"] = day
    dirt.note(
        "birth_date_impossible",
        "patient.birth_date",
        len(impossible),
        "3 patients were born on a day that does not exist",
        "SELECT id, birth_date FROM patient"
        " WHERE birth_date GLOB '????-??-??' AND date(birth_date) IS NOT birth_date",
    )
    formats = ("{0:%d/%m/%Y}", "{0.day}.{0.month}.{0.year}", "{0:%d-%m-%y}", "{0.year}")
    for place, row in enumerate(dirt.pick("patient", 12, _alive)):
        row["birth_date"] = formats[place % 4].format(date.fromisoformat(text(row, "birth_date")))
    dirt.note(
        "birth_date_other_format",
        "patient.birth_date",
        12,
        "12 dates of birth are written otherwise than the others; 3 of them are a year alone, held as a number",
        "SELECT id, birth_date FROM patient WHERE birth_date NOT GLOB '????-??-??'",
    )


def _names(dirt: Dirt) -> None:
    for place, row in enumerate(dirt.pick("patient", 11, lambda row: _is_plain(text(row, "family_name")))):
        name = text(row, "family_name")
        row["family_name"] = (name.upper(), f" {name}", name.upper(), f"{name}  ")[place % 4]
    dirt.note(
        "family_name_untidy",
        "patient.family_name",
        11,
        "11 family names have spaces around them or are in capitals",
        "SELECT id, family_name FROM patient"
        " WHERE family_name <> trim(family_name) OR family_name GLOB '*[A-Z][A-Z]*'",
    )
    for row in dirt.pick("patient", 8, lambda row: _garbled(text(row, "family_name")) != ""):
        row["family_name"] = _garbled(text(row, "family_name"))
    dirt.note(
        "family_name_garbled",
        "patient.family_name",
        8,
        "8 family names were read in the wrong character encoding",
        "SELECT id, family_name FROM patient WHERE family_name GLOB '*[ÃÄÅ]*'",
    )


def _is_plain(name: str) -> bool:
    return name.isascii() and len(name) > 3


def _garbled(name: str) -> str:
    """The name as UTF-8 taken for Windows-1252; "" where that leaves no trace or is not possible."""
    try:
        garbled = name.encode().decode("cp1252")
    except UnicodeDecodeError:
        return ""
    return garbled if any(mark in garbled for mark in "ÃÄÅ") else ""


def _postcodes(dirt: Dirt) -> None:
    shapes = ("{0}{1}", "{0}-{1}", "unknown", "")
    for place, row in enumerate(dirt.pick("patient", 14, lambda row: row["postcode"] is not None)):
        row["postcode"] = shapes[place % 4].format(*text(row, "postcode").split())
    dirt.note(
        "postcode_malformed",
        "patient.postcode",
        14,
        "14 postcodes do not have the form of one",
        "SELECT id, postcode FROM patient WHERE postcode NOT GLOB '[QX][XZ][0-9] [0-9][A-Z][A-Z]'"
        " AND postcode NOT GLOB '[QX][XZ][0-9][0-9] [0-9][A-Z][A-Z]'",
    )


def _twins(dirt: Dirt) -> None:
    """Patients who were registered again when another practice joined, spelled a little differently."""
    joined = (dirt.world.today - timedelta(days=_JOINED_DAYS_AGO)).isoformat()

    def fit(row: Record) -> bool:
        known = _alive(row) and row["postcode"] is not None and text(row, "created_at") < joined
        return known and len(text(row, "given_name")) > 3 and len(text(row, "family_name")) > 3

    for place, row in enumerate(dirt.pick("patient", 23, fit)):
        given, family = _misspelled(text(row, "given_name"), text(row, "family_name"), place)
        health_number = row["national_id"] if place % 2 else None
        twin = dirt.add(
            "patient",
            **row
            | {
                "id": dirt.next_id("patient"),
                "given_name": given,
                "family_name": family,
                "national_id": str(health_number).replace(" ", "") if health_number else None,
                "contact": None,
                "created_at": f"{joined} 07:00:00",
            },
        )
        phone = dirt.world.patients[int(number(row, "id")) - 1].phone
        contact = dirt.next_id("patient_contact")
        dirt.add("patient_contact", id=contact, patient_id=twin["id"], kind="phone", value=phone)
    dirt.note(
        "patient_twice",
        "patient.given_name, family_name, birth_date",
        23,
        "23 patients are in the file twice, spelled a little differently",
        "SELECT again.id, first.id AS first_id FROM patient AS first JOIN patient AS again"
        " ON again.id > first.id AND again.birth_date = first.birth_date"
        " AND again.postcode = first.postcode AND again.sex = first.sex",
    )


def _misspelled(given: str, family: str, way: int) -> tuple[str, str]:
    match way % 5:
        case 0:  # a letter is missing
            return given[:2] + given[3:], family
        case 1:  # a letter too many
            return given, f"{family}e"
        case 2:  # the initial only
            return f"{given[0]}.", family
        case 3:  # with a second name
            return f"{given} {'ABEJM'[way // 5]}.", family
    return family, given


def _contact_kinds(dirt: Dirt) -> None:
    for usual, spelled, count in _SPELLINGS:
        for row in dirt.pick("patient_contact", count, partial(_is_of_kind, usual)):
            row["kind"] = spelled
    dirt.note(
        "contact_kind_spelled_otherwise",
        "patient_contact.kind",
        sum(count for *_, count in _SPELLINGS),
        "102 contacts spell their kind otherwise: tel, Phone, E-Mail, or with a space",
        "SELECT id, kind FROM patient_contact WHERE kind NOT IN ('phone', 'email', 'post')",
    )


def _is_of_kind(kind: str, row: Record) -> bool:
    return row["kind"] == kind


def _contact_values(dirt: Dirt) -> None:
    for row in dirt.pick("patient_contact", 23, lambda row: row["kind"] == "phone"):
        row["value"] = int(text(row, "value").replace(" ", ""))
    dirt.note(
        "contact_value_is_number",
        "patient_contact.value",
        23,
        "23 telephone numbers are held as numbers and lost their first 0",
        "SELECT id FROM patient_contact WHERE typeof(value) = 'integer'",
    )
    for row in dirt.pick("patient_contact", 9):
        row["value"] = ""
    dirt.note(
        "contact_value_empty",
        "patient_contact.value",
        9,
        "9 contacts are empty text instead of missing",
        "SELECT id FROM patient_contact WHERE value = ''",
    )
    for row in dirt.pick("patient_contact", 15):
        row["value"] = text(row, "value") + " "
    dirt.note(
        "contact_value_padded",
        "patient_contact.value",
        15,
        "15 contacts end with a space",
        "SELECT id FROM patient_contact WHERE typeof(value) = 'text' AND value <> trim(value)",
    )

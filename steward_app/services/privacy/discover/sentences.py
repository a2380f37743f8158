"""Evidence in short sentences, without a value of a row and without a name from the file."""

from __future__ import annotations

from steward_app.services.privacy.discover.model import Evidence, Source
from steward_app.services.privacy.discover.profile import ColumnProfile
from steward_app.services.rows.headers import How, Match

_OF_HEADER = {
    How.WRITTEN: "Name of the column",
    How.SHORT: "Name of the column, shortened",
    How.COMPOUND: "End of the column's name",
    How.BONES: "Name of the column, without vowels",
}
_WORDS_OF = {
    "health": "Words for illness or treatment",
    "belief": "Words for religions",
    "politics": "Names of parties",
    "union": "Names of unions",
    "ethnic_origin": "Words for origin",
    "sex_life": "Words for orientation",
    "criminal": "Words for offences",
    "sex": "Words for the sexes",
    "marital_status": "Words for marital states",
    "nationality": "Words for nationalities",
    "job": "Words for occupations",
    "education": "Words for degrees",
    "salutation": "Forms of address",
}
_LISTED = {
    "given_name": "In the list of given names",
    "family_name": "In the list of family names",
    "city": "In the list of towns",
    "region": "In the list of regions",
    "country": "In the list of countries",
    "street": "In the list of streets",
    "job": "In the list of occupations",
    "language": "In the list of languages",
    "company": "Words for companies",
}
_INSIDE = {
    "person_name": "Names",
    "email": "E-mail addresses",
    "phone": "Telephone numbers",
    "url": "Addresses on the web",
    "ip": "Network addresses",
    "iban": "IBANs",
    "card": "Card numbers",
    "date": "Dates",
}
_CONTENT = {
    "picture": "Pictures",
    "medical_picture": "Medical pictures",
    "sound": "Sound",
    "film": "Films",
    "pdf": "PDF documents",
    "office": "Office documents",
    "archive": "Archives",
    "key": "Keys",
    "biometric": "Biometric templates",
}
_CHECKED_FORMS = frozenset({"iban", "card", "imei"})


def percent(share: float) -> str:
    """A share in words: "all", "97 %", "below 1 %"."""
    if share >= 0.9995:
        return "100 %"
    if share < 0.01:
        return "below 1 %"
    return f"{min(99, round(share * 100))} %"


def of_header(match: Match) -> str:
    """What the name of the column says."""
    said = _OF_HEADER[match.how]
    return f"{said}, among people" if match.of_people else said


def of_sign(sign: str, kind: str, share: float, strength: float, profile: ColumnProfile) -> Evidence:
    """What the values show."""
    topic, _, name = sign.partition(".")
    shared = percent(share)
    match topic:
        case "form" if name in ("date", "date_time", "julian_day", "epoch") and profile.years is not None:
            first, last = int(profile.years.least), int(profile.years.greatest)
            return Evidence(Source.VALUES, strength, f"Dates, {first} to {last}", share)
        case "form" if name in ("person_name", "full_name"):
            return Evidence(Source.WORDS, strength, f"Names in {shared}", share)
        case "form" if name in _CHECKED_FORMS:
            return Evidence(Source.CHECK_DIGITS, strength, _checked(shared), share)
        case "form" | "shape" if name in ("phone_valid", "abroad", "mobile"):
            return Evidence(Source.VALUES, strength, f"Numbers that a country gives out in {shared}", share)
        case "check":
            return Evidence(Source.CHECK_DIGITS, strength, _checked(shared), share)
        case "terms":
            return Evidence(
                Source.WORDS, strength, f"{_WORDS_OF.get(kind, 'Words of its list')} in {shared}", share
            )
        case "words" | "in":
            return Evidence(Source.WORDS, strength, f"{_LISTED.get(name, 'In a list')}: {shared}", share)
        case "inside":
            return Evidence(Source.VALUES, strength, f"{_INSIDE[name]} in {shared}", share)
        case "content":
            return Evidence(
                Source.MAGIC_BYTES, strength, f"{_CONTENT.get(name, 'Content')} in {shared}", share
            )
        case "few":
            return Evidence(Source.DISTINCTNESS, strength, _values(profile.distinct), share)
        case "unique":
            return Evidence(Source.DISTINCTNESS, strength, "No value twice", share)
        case "pair":
            return Evidence(Source.NEIGHBOURS, strength, "Latitude beside longitude", share)
        case "years":
            return Evidence(Source.VALUES, strength, "Years as those of births", share)
        case "healthy_text":
            return Evidence(Source.WORDS, strength, "Text with words for illness", share)
        case "text":
            return Evidence(Source.VALUES, strength, f"Text of several words in {shared}", share)
    return Evidence(Source.VALUES, strength, f"Form right in {shared}", share)


def _checked(shared: str) -> str:
    return "Check digits: all right" if shared == "100 %" else f"Check digits right in {shared}"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"

"""Values of labelled columns, made from lists by seeded code, in a few languages.

A maker takes a `Hand` and gives a value. Names come from the lists of the faker package (its generator is not used),
and one in four from syllables, since no list holds every name.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TypeAlias

from builders.labelled import numbers, words
from steward_app.kernel.values import SqlValue

_LOCALE = {
    "en": "en_GB", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "pl": "pl_PL", "nl": "nl_NL",
    "pt": "pt_PT", "sv": "sv_SE", "cs": "cs_CZ",
}  # fmt: skip
_START = (
    "Bar",
    "Del",
    "Mor",
    "Kal",
    "Ves",
    "Tor",
    "Lin",
    "Gra",
    "Ost",
    "Hal",
    "Ran",
    "Sil",
    "Bro",
    "Fen",
    "Wil",
)
_MIDDLE = ("a", "e", "i", "o", "an", "er", "il", "on")
_END = (
    "dek",
    "mont",
    "sen",
    "ling",
    "ra",
    "sky",
    "berg",
    "wick",
    "tti",
    "no",
    "vic",
    "ard",
    "gues",
    "ski",
    "eau",
)


@dataclass(slots=True)
class Hand:
    """What makes the values of one row: chance, the language, and what the row already holds."""

    chance: random.Random
    language: str
    row: int = 0
    parents: dict[str, int] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)

    def pick(self, options: Sequence[str]) -> str:
        return self.chance.choice(options)

    def digits(self, count: int) -> str:
        return "".join(self.chance.choice("0123456789") for _ in range(count))

    def letters(self, count: int) -> str:
        return "".join(self.chance.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(count))

    def day(self, first: int, last: int) -> date:
        start = date(first, 1, 1)
        return start + timedelta(days=self.chance.randrange((date(last, 12, 28) - start).days))

    def of(self, by_language: dict[str, Sequence[str]]) -> str:
        return self.pick(by_language.get(self.language) or by_language["en"])


Maker: TypeAlias = Callable[[Hand], SqlValue]


@lru_cache(maxsize=64)
def _faker(topic: str, language: str, *attributes: str) -> tuple[str, ...]:
    provider = importlib.import_module(f"faker.providers.{topic}.{_LOCALE[language]}").Provider
    found: list[str] = []
    for attribute in attributes:
        found += [str(each) for each in getattr(provider, attribute, ())]
    return tuple(found)


def given(hand: Hand) -> str:
    if hand.chance.random() < 0.15:
        return hand.pick(_START) + hand.pick(_MIDDLE)
    return hand.pick(_faker("person", hand.language, "first_names", "first_names_female", "first_names_male"))


def family(hand: Hand) -> str:
    if hand.chance.random() < 0.3:
        return hand.pick(_START) + hand.pick(_MIDDLE) + hand.pick(_END)
    return hand.pick(_faker("person", hand.language, "last_names", "male_last_names", "unisex_last_names"))


def full(hand: Hand) -> str:
    return f"{given(hand)} {family(hand)}"


def reversed_full(hand: Hand) -> str:
    return f"{family(hand)}, {given(hand)}"


def email(hand: Hand) -> str:
    from steward_app.services.privacy.discover.folding import fold

    name = f"{fold(given(hand))}.{fold(family(hand))}".replace(" ", "").replace("'", "")
    return f"{name}{hand.chance.randrange(99)}@{hand.pick(words.MAIL_DOMAINS)}"


def username(hand: Hand) -> str:
    from steward_app.services.privacy.discover.folding import fold

    return fold(given(hand))[:1] + fold(family(hand)).replace(" ", "")[:7] + str(hand.chance.randrange(99))


def phone(hand: Hand) -> str:
    pattern = hand.of(words.PHONES)
    return "".join(hand.digits(1) if letter == "#" else letter for letter in pattern)


def street(hand: Hand) -> str:
    return hand.of(words.STREETS).format(name=family(hand).split()[0], n=hand.chance.randrange(1, 180))


def city(hand: Hand) -> str:
    listed = _faker("address", hand.language, "cities")
    return hand.pick(listed) if listed else hand.of(words.CITIES)


def postcode(hand: Hand) -> str:
    pattern = hand.of(words.POSTCODES)
    return "".join(
        hand.digits(1) if letter == "#" else hand.letters(1) if letter == "@" else letter
        for letter in pattern
    )


def address(hand: Hand) -> str:
    return f"{street(hand)}, {postcode(hand)} {city(hand)}"


def company(hand: Hand) -> str:
    return f"{family(hand)} {hand.of(words.COMPANY_FORMS)}"


def note(hand: Hand) -> str:
    """Free text that names people."""
    return hand.of(words.NOTES).format(
        full=full(hand), given=given(hand), family=family(hand), phone=phone(hand), email=email(hand)
    )


def health_note(hand: Hand) -> str:
    return hand.of(words.HEALTH_NOTES).format(
        illness=hand.of(words.ILLNESSES).lower(), drug=hand.of(words.DRUGS), family=family(hand)
    )


def birth(hand: Hand) -> str:
    return hand.day(1931, 2008).isoformat()


def birth_local(hand: Hand) -> str:
    day = hand.day(1931, 2008)
    return day.strftime("%d/%m/%Y" if hand.language in ("en", "fr", "es", "it", "pt") else "%d.%m.%Y")


def recent(hand: Hand) -> str:
    return hand.day(2015, 2025).isoformat()


def moment(hand: Hand) -> str:
    clock = f"{hand.chance.randrange(24):02}:{hand.chance.randrange(60):02}:{hand.chance.randrange(60):02}"
    return f"{hand.day(2019, 2025).isoformat()} {clock}"


def contact_json(hand: Hand) -> str:
    import json

    return json.dumps(
        {"contact": {"email": email(hand), "phone": phone(hand)}, "newsletter": hand.row % 2 == 0}
    )


def settings_json(hand: Hand) -> str:
    import json

    return json.dumps({"theme": hand.pick(("dark", "light")), "rows": hand.chance.randrange(10, 90)})


def _number(hand: Hand, low: int, high: int) -> int:
    return hand.chance.randrange(low, high)


PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"
DRAWING = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

MAKERS: dict[str, tuple[Maker, str]] = {
    # of people: what makes it, and what it is
    "given": (given, "given_name"),
    "family": (family, "family_name"),
    "full": (full, "person_name"),
    "fullrev": (reversed_full, "person_name"),
    "mrname": (lambda h: f"{family(h)}, {h.of(words.SALUTATIONS)}. {given(h)} {given(h)}", "person_name"),
    "initials": (lambda h: f"{h.letters(1)}.{h.letters(1)}.", "initials"),
    "salutation": (lambda h: h.of(words.SALUTATIONS), "salutation"),
    "username": (username, "account"),
    "email": (email, "email"),
    "phone": (phone, "phone"),
    "profile_url": (lambda h: f"https://{username(h)}.example.org/", "web_address"),
    "address": (address, "address"),
    "street": (street, "street"),
    "houseno": (lambda h: f"{_number(h, 1, 140)}{h.pick(('', '', 'a', 'b'))}", "street"),
    "postcode": (postcode, "postcode"),
    "city": (city, "city"),
    "region": (lambda h: h.of(words.REGIONS), "region"),
    "country": (lambda h: h.of(words.COUNTRIES), "country"),
    "country_code": (lambda h: h.pick(("DE", "FR", "GB", "ES", "IT", "PL")), "country"),
    "lat": (lambda h: round(h.chance.uniform(36.1, 60.2), 5), "geo_position"),
    "lon": (lambda h: round(h.chance.uniform(-9.2, 24.6), 5), "geo_position"),
    "latlon": (lambda h: f"{h.chance.uniform(36, 60):.5f}, {h.chance.uniform(-9, 24):.5f}", "geo_position"),
    "plate": (lambda h: numbers.plate(h.chance, h.language), "vehicle"),
    "birth": (birth, "birth_date"),
    "birthlocal": (birth_local, "birth_date"),
    "birthyear": (lambda h: _number(h, 1935, 2006), "birth_date"),
    "death": (lambda h: h.day(2001, 2024).isoformat(), "death_date"),
    "age": (lambda h: _number(h, 2, 97), "age"),
    "ageband": (lambda h: h.pick(("18-25", "26-35", "36-45", "46-60", "61-75", "76+")), "age"),
    "persondate": (recent, "person_date"),
    "personmoment": (moment, "person_date"),
    "sex": (lambda h: h.of(words.SEXES), "sex"),
    "sexletter": (lambda h: h.of(words.SEX_LETTERS), "sex"),
    "marital": (lambda h: h.of(words.MARITAL), "marital_status"),
    "nationality": (lambda h: h.of(words.NATIONALITIES), "nationality"),
    "language": (lambda h: h.pick(("de", "en", "fr", "es", "it", "pl")), "language"),
    "nid": (lambda h: numbers.national(h.chance, h.language), "national_id"),
    "nidwrong": (lambda h: numbers.national(h.chance, h.language, wrong=0.35), "national_id"),
    "passport": (lambda h: numbers.passport(h.chance, h.language), "passport"),
    "licence": (lambda h: numbers.licence(h.chance, h.language), "driving_licence"),
    "tax": (lambda h: numbers.tax(h.chance, h.language), "tax_id"),
    "hid": (lambda h: numbers.health_insurance(h.chance, h.language), "health_insurance_id"),
    "personno": (lambda h: f"{h.pick(('K', 'M'))}{h.digits(6)}", "person_number"),
    "personnum": (lambda h: int(f"4{h.digits(6)}"), "person_number"),
    "iban": (lambda h: numbers.iban(h.chance, h.language), "iban"),
    "ibanwrong": (lambda h: numbers.iban(h.chance, h.language, wrong=0.3), "iban"),
    "bank": (lambda h: f"{h.digits(9)}", "bank_account"),
    "bic": (
        lambda h: h.pick(("DEUTDEFF", "BNPAFRPP", "BARCGB22", "UNCRITMM", "CAIXESBB", "PKOPPLPW")),
        "bank_account",
    ),
    "card": (lambda h: numbers.card(h.chance), "card"),
    "cardmasked": (lambda h: f"**** **** **** {h.digits(4)}", "card"),
    "income": (lambda h: _number(h, 18, 96) * 1000 + 250 * _number(h, 0, 3), "income"),
    "ip": (
        lambda h: f"{_number(h, 2, 220)}.{_number(h, 0, 255)}.{_number(h, 0, 255)}.{_number(h, 1, 255)}",
        "ip",
    ),
    "mac": (lambda h: ":".join(f"{h.chance.randrange(256):02x}" for _ in range(6)), "device_id"),
    "imei": (lambda h: numbers.imei(h.chance), "device_id"),
    "deviceuuid": (lambda h: numbers.uuid(h.chance), "device_id"),
    "agent": (lambda h: h.pick(words.USER_AGENTS), "user_agent"),
    "session": (lambda h: f"{h.chance.getrandbits(128):032x}", "session"),
    "pwhash": (lambda h: "$2b$12$" + numbers.base64ish(h.chance, 53), "secret"),
    "password": (lambda h: numbers.base64ish(h.chance, 11), "secret"),
    "job": (lambda h: h.of(words.JOBS), "job"),
    "employer": (company, "employer"),
    "education": (lambda h: h.of(words.EDUCATION), "education"),
    "icd": (lambda h: h.pick(words.ICD), "health"),
    "illness": (lambda h: h.of(words.ILLNESSES), "health"),
    "drug": (lambda h: f"{h.of(words.DRUGS)} {h.pick(('5', '10', '20', '400'))} mg", "health"),
    "blood": (lambda h: h.pick(("A+", "A-", "B+", "B-", "AB+", "AB-", "0+", "0-")), "health"),
    "pressure": (lambda h: f"{_number(h, 95, 170)}/{_number(h, 55, 105)}", "health"),
    "bmi": (lambda h: round(h.chance.uniform(17, 41), 1), "health"),
    "yesno_health": (lambda h: _number(h, 0, 2), "health"),
    "belief": (lambda h: h.of(words.BELIEFS), "belief"),
    "party": (lambda h: h.of(words.PARTIES), "politics"),
    "union": (lambda h: h.of(words.UNIONS), "union"),
    "yesno_union": (lambda h: _number(h, 0, 2), "union"),
    "ethnic": (lambda h: h.of(words.ETHNIC), "ethnic_origin"),
    "orientation": (lambda h: h.of(words.ORIENTATIONS), "sex_life"),
    "gene": (lambda h: "".join(h.chance.choice("ACGT") for _ in range(2)), "genetic"),
    "template": (lambda h: h.chance.randbytes(200), "biometric"),
    "offence": (lambda h: h.of(words.OFFENCES), "criminal"),
    "note": (note, "free_text"),
    "healthnote": (health_note, "health_text"),
    "photo": (lambda h: PICTURE + h.chance.randbytes(90), "picture"),
    "signature": (lambda h: DRAWING + h.chance.randbytes(60), "signature"),
    "pdf": (lambda h: b"%PDF-1.7\n" + h.chance.randbytes(80), "document"),
    "json": (contact_json, "json"),
    # of things and of bookkeeping
    "id": (lambda h: h.row, "|about_person"),
    "uuid": (lambda h: numbers.uuid(h.chance), "|about_person"),
    "qty": (lambda h: _number(h, 1, 60), ""),
    "amount": (lambda h: round(h.chance.uniform(2, 900), 2), ""),
    "percent": (lambda h: round(h.chance.uniform(0, 100), 1), ""),
    "title": (lambda h: h.of(words.PRODUCTS), ""),
    "productname": (lambda h: f"{h.of(words.PRODUCTS)} {h.pick(('S', 'XL', '2000', 'Pro', 'Eco'))}", ""),
    "desc": (lambda h: h.of(words.DESCRIPTIONS), ""),
    "companyname": (company, ""),
    "sku": (lambda h: f"{h.letters(2)}-{h.digits(4)}", ""),
    "ean": (lambda h: f"40{h.digits(11)}", ""),
    "orderno": (lambda h: f"20{h.digits(8)}", ""),
    "phonelikeid": (lambda h: f"0{h.digits(9)}", ""),
    "flag": (lambda h: _number(h, 0, 2), ""),
    "yesno": (lambda h: h.of(words.YES_NO), ""),
    "status": (lambda h: h.of(words.STATES), ""),
    "category": (lambda h: h.of(words.CATEGORIES), ""),
    "color": (lambda h: h.pick(("red", "blue", "green", "black", "white")), ""),
    "date": (recent, ""),
    "ts": (moment, ""),
    "year": (lambda h: _number(h, 1998, 2025), ""),
    "serial": (lambda h: f"SN{h.digits(8)}", ""),
    "api": (
        lambda h: f"https://api.example.org/v{_number(h, 1, 4)}/{h.pick(('orders', 'items', 'prices'))}",
        "",
    ),
    "host": (lambda h: f"srv-{_number(h, 1, 90):02}.intern.example.org", ""),
    "file": (lambda h: f"report_{h.digits(4)}.{h.pick(('pdf', 'csv', 'xlsx'))}", ""),
    "hash": (lambda h: f"{h.chance.getrandbits(160):040x}", ""),
    "settings": (settings_json, ""),
    "townlist": (city, ""),
    "countrylist": (lambda h: h.of(words.COUNTRIES), ""),
    "illnesslist": (lambda h: h.of(words.ILLNESSES), ""),
    "blob": (lambda h: h.chance.randbytes(60), ""),
    "blank": (lambda h: h.pick(("", " ")) if h.row % 3 else None, ""),
    # nobody can tell
    "opaque": (lambda h: f"{h.letters(1)}{h.digits(1)}{h.letters(2)}{h.digits(2)}", "?"),
    "opaquenumber": (lambda h: f"{h.digits(9)}", "?"),
}

"""Numbers of people with right check digits, or, where asked for, wrong ones. None belongs to anybody on purpose."""

from __future__ import annotations

import random
import string

from stdnum import luhn
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.iso7064 import mod_97_10

_ALPHABET = "ABCDEFGHJKLMNPRSTUVWXYZ"


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice(string.digits) for _ in range(count))


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choice(_ALPHABET) for _ in range(count))


def _birthday(chance: random.Random) -> tuple[int, int, int]:
    return chance.randrange(1932, 2000), chance.randrange(1, 13), chance.randrange(1, 29)


def _spoiled(chance: random.Random, number: str, wrong: float) -> str:
    if chance.random() >= wrong:
        return number
    at = max(i for i, letter in enumerate(number) if letter.isdigit())
    return number[:at] + str((int(number[at]) + chance.randrange(1, 9)) % 10) + number[at + 1 :]


def national(chance: random.Random, language: str, wrong: float = 0.0) -> str:
    """A national number of the country that the language stands for."""
    makers = {
        "en": _nino, "de": _rvnr, "fr": _nir, "es": _dni, "it": _codice_fiscale, "pl": _pesel, "nl": _bsn,
        "pt": _nif, "sv": _personnummer, "cs": _rodne_cislo,
    }  # fmt: skip
    return _spoiled(chance, makers[language](chance), wrong)


def _nino(chance: random.Random) -> str:
    first, second = chance.choice("ABCEGHJKLMNOPRSTWXYZ"), chance.choice("ABCEGHJKLMNPRSTWXYZ")
    d = _digits(chance, 6)
    return f"{first}{second} {d[:2]} {d[2:4]} {d[4:]} {chance.choice('ABCD')}"


def _rvnr(chance: random.Random) -> str:
    year, month, day = _birthday(chance)
    number = f"{_digits(chance, 2)}{day:02}{month:02}{year % 100:02}{_letters(chance, 1)}{_digits(chance, 2)}"
    spread = number[:8] + f"{ord(number[8]) - 64:02}" + number[9:]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(map(int, str(int(n) * w))) for n, w in zip(spread, weights, strict=True))
    return number + str(total % 10)


def _nir(chance: random.Random) -> str:
    year, month, _ = _birthday(chance)
    number = f"{chance.choice('12')}{year % 100:02}{month:02}{chance.randrange(1, 95):02}{_digits(chance, 6)}"
    return f"{number}{97 - int(number) % 97:02}"


def _dni(chance: random.Random) -> str:
    number = _digits(chance, 8)
    return number + dni.calc_check_digit(number)


def _codice_fiscale(chance: random.Random) -> str:
    from stdnum.it import codicefiscale

    year, month, day = _birthday(chance)
    head = (
        _letters(chance, 6)
        + f"{year % 100:02}{'ABCDEHLMPRST'[month - 1]}{day:02}{chance.choice('ABFGH')}{_digits(chance, 3)}"
    )
    return head + codicefiscale.calc_check_digit(head)


def _pesel(chance: random.Random) -> str:
    from stdnum.pl import pesel

    year, month, day = _birthday(chance)
    head = f"{year % 100:02}{month:02}{day:02}{_digits(chance, 4)}"
    return head + pesel.calc_check_digit(head)


def _bsn(chance: random.Random) -> str:
    while True:
        head = _digits(chance, 8)
        check = sum(int(n) * w for n, w in zip(head, range(9, 1, -1), strict=True)) % 11
        if check < 10 and head[0] != "0":
            return f"{head}{check}"


def _nif(chance: random.Random) -> str:
    from stdnum.pt import nif

    head = chance.choice("12") + _digits(chance, 7)
    return head + nif.calc_check_digit(head)


def _personnummer(chance: random.Random) -> str:
    year, month, day = _birthday(chance)
    head = f"{year % 100:02}{month:02}{day:02}{_digits(chance, 3)}"
    return f"{year // 100}{head[:6]}-{head[6:]}{luhn.calc_check_digit(head)}"


def _rodne_cislo(chance: random.Random) -> str:
    while True:
        year, month, day = _birthday(chance)
        head = f"{year % 100:02}{month + chance.choice((0, 50)):02}{day:02}{_digits(chance, 3)}"
        check = int(head) % 11
        if year >= 1954 and check < 10:
            return f"{head[:6]}/{head[6:]}{check}"


def passport(chance: random.Random, language: str) -> str:
    if language == "de":
        return "C" + "".join(chance.choice("CFGHJKLMNPRTVWXYZ0123456789") for _ in range(8))
    if language == "fr":
        return f"{_digits(chance, 2)}{_letters(chance, 2)}{_digits(chance, 5)}"
    if language == "en":
        return _digits(chance, 9)
    return f"{_letters(chance, 2)}{_digits(chance, 7)}"


def licence(chance: random.Random, language: str) -> str:
    if language == "en":
        return f"{_letters(chance, 5)}{_digits(chance, 6)}{_letters(chance, 2)}9{_letters(chance, 2)}"
    if language == "de":
        return f"{_letters(chance, 1)}{_digits(chance, 3)}{_letters(chance, 3)}{_digits(chance, 4)}"
    return f"{_letters(chance, 2)}{_digits(chance, 7)}{_letters(chance, 1)}"


def tax(chance: random.Random, language: str) -> str:
    if language == "de":
        while True:
            head = "".join(chance.sample("123456789", 9))
            head = head[:5] + head[chance.randrange(5)] + head[5:]  # one digit stands twice
            whole = (
                head + idnr.iso7064_mod_11_10_check(head) if hasattr(idnr, "iso7064_mod_11_10_check") else ""
            )
            if not whole:
                from stdnum.iso7064 import mod_11_10

                whole = head + mod_11_10.calc_check_digit(head)
            if idnr.is_valid(whole):
                return whole
    if language == "pl":
        while True:
            head = chance.choice("1256789") + _digits(chance, 8)
            check = sum(int(n) * w for n, w in zip(head, (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=True)) % 11
            if check < 10:
                return f"{head[:3]}-{head[3:6]}-{head[6:8]}-{head[8]}{check}"
    if language in ("es", "pt"):
        return national(chance, language)
    if language == "it":
        return _codice_fiscale(chance)
    return _digits(chance, 10 if language == "en" else 13)


def health_insurance(chance: random.Random, language: str) -> str:
    if language == "en":
        while True:
            head = chance.choice("46") + _digits(chance, 8)
            check = 11 - sum(int(n) * w for n, w in zip(head, range(10, 1, -1), strict=True)) % 11
            if check != 10:
                number = f"{head}{check % 11}"
                return f"{number[:3]} {number[3:6]} {number[6:]}"
    if language == "de":
        return f"{_letters(chance, 1)}{_digits(chance, 9)}"
    if language == "fr":
        return _nir(chance)
    if language == "it":
        return f"80756{_digits(chance, 15)}"
    return _digits(chance, 10)


def iban(chance: random.Random, language: str, wrong: float = 0.0) -> str:
    country, length, letters = {
        "en": ("GB", 14, 4), "de": ("DE", 18, 0), "fr": ("FR", 0, 0), "es": ("ES", 0, 0), "it": ("IT", 0, 0),
        "pl": ("PL", 0, 0), "nl": ("NL", 10, 4), "pt": ("PT", 0, 0), "sv": ("SE", 20, 0), "cs": ("CZ", 20, 0),
    }[language]  # fmt: skip
    if not length:  # with check digits of its own inside, so that of a neighbour is taken
        country, length, letters = ("DE", 18, 0) if chance.random() < 0.5 else ("AT", 16, 0)
    body = ("BARC" if letters else "") + _digits(chance, length)
    return _spoiled(chance, country + mod_97_10.calc_check_digits(f"{body}{country}") + body, wrong)


def card(chance: random.Random) -> str:
    head = chance.choice(("4", "51", "54", "37")) + _digits(chance, 13)
    head = head[:14] if head.startswith("37") else head[:15]
    return head + luhn.calc_check_digit(head)


def imei(chance: random.Random) -> str:
    head = "35" + _digits(chance, 12)
    return head + luhn.calc_check_digit(head)


def uuid(chance: random.Random) -> str:
    h = f"{chance.getrandbits(128):032x}"
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def base64ish(chance: random.Random, count: int) -> str:
    return "".join(chance.choice(string.ascii_letters + string.digits + "./") for _ in range(count))


def plate(chance: random.Random, language: str) -> str:
    if language == "en":
        return f"{_letters(chance, 2)}{_digits(chance, 2)} {_letters(chance, 3)}"
    if language == "de":
        return f"{chance.choice(('B', 'HH', 'M', 'KA'))}-{_letters(chance, 2)} {chance.randrange(10, 9999)}"
    if language in ("fr", "it"):
        return f"{_letters(chance, 2)}-{_digits(chance, 3)}-{_letters(chance, 2)}"
    if language == "es":
        return f"{_digits(chance, 4)} {_letters(chance, 3)}"
    if language == "pl":
        return f"{chance.choice(('WA', 'KR', 'GD'))} {_digits(chance, 4)}{_letters(chance, 1)}"
    return f"{_letters(chance, 3)}-{_digits(chance, 3)}"

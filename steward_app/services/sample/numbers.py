"""Invented numbers that pass for real ones: check digits are right, the ranges belong to nobody.

Health numbers: modulus 11 over ten digits, from the test range 999. Accounts: ISO 13616 (IBAN), modulus 97, of a
bank that does not exist. Cards: Luhn (ISO/IEC 7812-1). Telephones: the ranges Ofcom keeps free for drama. Network
addresses: RFC 5737 and RFC 3849.
"""

from __future__ import annotations

from random import Random

_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_DRAMA = ("01632 960{:03d}", "020 7946 0{:03d}", "07700 900{:03d}", "0161 496 0{:03d}")
_NETWORKS = ("192.0.2.{}", "198.51.100.{}", "203.0.113.{}")


def health_check_digit(nine: str) -> int | None:
    """The tenth digit of a health number, or None where there is none and the number is not given out."""
    digit = 11 - sum(int(d) * (10 - place) for place, d in enumerate(nine)) % 11
    return {10: None, 11: 0}.get(digit, digit)


def health_number(chance: Random, taken: set[str]) -> str:
    """A health number that is not taken yet: "999 123 4567". It is taken then."""
    while True:
        nine = f"999{chance.randrange(1_000_000):06d}"
        digit = health_check_digit(nine)
        number = f"{nine[:3]} {nine[3:6]} {nine[6:]}{digit}"
        if digit is not None and number not in taken:
            taken.add(number)
            return number


def iban_remainder(iban: str) -> int:
    """1 for an account number whose check digits are right."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97


def iban(chance: Random) -> str:
    """An account at the bank RVSD, which does not exist: "GB12RVSD00000012345678"."""
    account = f"RVSD{chance.randrange(10**6):06d}{chance.randrange(10**8):08d}"
    return f"GB{98 - iban_remainder(f'GB00{account}'):02d}{account}"


def luhn_sum(digits: str) -> int:
    """A multiple of 10 for a card number whose check digit is right."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return sum(int(digit) for digit in digits[-1::-2]) + sum(n - 9 if n > 9 else n for n in doubled)


def card(chance: Random) -> str:
    """A card number of a range used for tests."""
    digits = f"400000{chance.randrange(10**9):09d}"
    return f"{digits}{-luhn_sum(digits + '0') % 10}"


def phone(chance: Random) -> str:
    """A telephone number that rings nowhere."""
    return chance.choice(_DRAMA).format(chance.randrange(1000))


def postcode(chance: Random, outward: str) -> str:
    """A postcode of a town that does not exist."""
    letters = chance.choice(_POSTCODE_LETTERS) + chance.choice(_POSTCODE_LETTERS)
    return f"{outward} {chance.randrange(1, 10)}{letters}"


def network_address(chance: Random) -> str:
    """An address of a computer, of the ranges kept for documentation or of a house network."""
    draw = chance.random()
    if draw < 0.8:
        return f"10.20.{chance.randrange(4)}.{chance.randrange(2, 250)}"
    if draw < 0.95:
        return chance.choice(_NETWORKS).format(chance.randrange(1, 255))
    return f"2001:db8::{chance.randrange(1, 0xFFFF):x}"

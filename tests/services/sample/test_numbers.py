"""Invented numbers: right check digits, ranges that belong to nobody."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from steward_app.services.sample import numbers

SEEDS = st.integers(0, 2**32)


@given(SEEDS)
def test_health_numbers_have_a_right_check_digit_and_do_not_repeat(seed: int) -> None:
    taken: set[str] = set()
    made = [numbers.health_number(Random(seed), taken) for _ in range(5)]
    assert len(set(made)) == 5
    for number in made:
        assert re.fullmatch(r"999 \d{3} \d{4}", number)
        digits = number.replace(" ", "")
        assert (
            sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True)) % 11 == 0
        )


@given(SEEDS)
def test_accounts_and_cards_pass_their_checks(seed: int) -> None:
    chance = Random(seed)
    iban = numbers.iban(chance)
    assert re.fullmatch(r"GB\d\dRVSD\d{14}", iban)
    assert numbers.iban_remainder(iban) == 1
    card = numbers.card(chance)
    assert re.fullmatch(r"400000\d{10}", card)
    assert numbers.luhn_sum(card) % 10 == 0


def test_the_checks_are_the_published_ones() -> None:
    assert numbers.iban_remainder("GB82WEST12345698765432") == 1  # the example of the standard
    assert numbers.luhn_sum("4111111111111111") % 10 == 0
    assert numbers.luhn_sum("4111111111111112") % 10 != 0
    assert numbers.health_check_digit("943476591") == 9  # the example of the NHS data dictionary


@given(SEEDS)
def test_telephones_postcodes_and_addresses_belong_to_nobody(seed: int) -> None:
    chance = Random(seed)
    assert re.fullmatch(r"(01632 960|07700 900|0161 496 0|020 7946 0)\d{3}", numbers.phone(chance))
    assert re.fullmatch(r"QX1 \d[A-Z]{2}", numbers.postcode(chance, "QX1"))
    assert re.match(
        r"10\.20\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8::", numbers.network_address(chance)
    )

"""Which whole numbers in JSON are those of a key, and which are the same by chance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random

import pytest

from steward_app.services.privacy.model import Place
from steward_app.services.privacy.references import (
    NumberKey,
    is_named_after,
    may_be_of_key,
    numbers_of_key,
    share_of_key,
    whole_number,
)

PERSON = Place("person", "id")
SPARSE = sorted(Random(1).sample(range(10_000, 100_000), 60))
STEPS = [48_213 + 77 * n for n in range(60)]
WITHOUT_GAPS = list(range(10_001, 10_061))
SMALL = list(range(1, 201))


def share(numbers: Collection[int], keys: Sequence[int], path: str = "$.who", place: Place = PERSON) -> float:
    key = NumberKey(place, min(keys), max(keys), len(set(keys)))
    return share_of_key(set(numbers), path, key, set(keys).intersection)


def part(numbers: Collection[int], keys: Sequence[int]) -> set[int]:
    key = NumberKey(PERSON, min(keys), max(keys), len(set(keys)))
    return numbers_of_key(set(numbers), "$.total", key, set(keys).intersection)


@pytest.mark.parametrize("keys", [SPARSE, STEPS], ids=["sparse", "in steps"])
@pytest.mark.parametrize("count", [3, 5, 20, 60])
def test_numbers_of_a_key_with_gaps_are_its_own(keys: list[int], count: int) -> None:
    assert share(keys[:count], keys) == 1.0
    assert share(Random(count).sample(keys, count), keys) == 1.0


def test_they_may_stand_among_others() -> None:
    others = Random(7).sample(range(10_000, 100_000), 12)
    assert share([*SPARSE[:30], *others], SPARSE) > 0.5
    assert share([*SPARSE[:3], *others], SPARSE) == 0


def test_a_key_without_gaps_is_told_from_end_to_end() -> None:
    assert share(WITHOUT_GAPS, WITHOUT_GAPS) == 1.0
    assert share(WITHOUT_GAPS[::2], WITHOUT_GAPS) == 1.0
    assert share(WITHOUT_GAPS[20:30], WITHOUT_GAPS) == 0


@pytest.mark.parametrize("seed", range(50))
def test_a_part_of_a_key_without_gaps_is_told_by_its_ends(seed: int) -> None:
    keys = range(1_000, 1_420)
    drawn = set(Random(seed).choices(keys, k=150))
    assert len(drawn) < len(keys) / 2
    assert share(drawn, keys) == 1.0
    assert part(drawn, keys) == drawn
    assert share([*drawn, 1_437], keys) == 0
    assert share([number for number in drawn if number < 1_300], keys) == 0
    assert share(range(1_000, 1_420, 4), keys) == 0
    assert share([1_000, 1_212, 1_419], keys) == 0


def test_of_fewer_of_them_it_is_said_that_they_may_be_the_keys() -> None:
    keys = set(range(1_000, 1_420))
    key = NumberKey(PERSON, 1_000, 1_419, len(keys))
    some = {1_003, 1_101, 1_212, 1_307, 1_418}
    assert share(some, sorted(keys)) == 0
    assert may_be_of_key(some, "$.captain", key, keys.intersection) == some
    assert may_be_of_key(some, "$.captain", key, keys.intersection, own=True) == set()
    assert may_be_of_key({*some, 1_420}, "$.captain", key, keys.intersection) == set()
    assert may_be_of_key({1_000, 1_100, 1_150, 1_200, 1_300}, "$.captain", key, keys.intersection) == set()


def test_a_long_table_that_counts_its_rows_is_not_the_key_of_another() -> None:
    assert share(range(1, 20_000), range(1, 60_001), "$.id") == 0
    assert part(range(1, 20_000), range(1, 60_001)) == set()


@pytest.mark.parametrize("seed", range(20))
def test_nor_where_rows_of_the_other_were_deleted(seed: int) -> None:
    chance = Random(seed)
    keys = [*sorted({*range(1, 60_001)} - {*chance.sample(range(1, 60_001), 60)}), 999_999]
    counted = set(range(1, 50_001)) - set(chance.sample(range(1, 50_001), 40))
    assert part(counted, keys) == set()
    assert share(counted, keys, "$.id") == 0


@pytest.mark.parametrize(
    ("numbers", "keys"),
    [
        (range(1, 13), SMALL),  # months, counts
        ([7], SMALL),
        ([*range(1, 30), 5_000], SMALL),  # quantities, and one large order
        (range(1, 201), SMALL),  # the number of the line
        (range(1990, 2027), range(1, 5_000)),  # years
        (range(1990, 2027), range(1990, 2027)),
        ([1_000, 1_500, 2_000, 2_500, 5_000], range(1_000, 9_000)),  # amounts
        (range(1_000, 9_900, 100), range(1_000, 10_000, 100)),  # as round as the key
        ([250, 300, 350, 400], range(100, 1_000, 50)),
        ([8080, 5432, 443, 3306], range(1, 9_000)),  # settings
        ([20, 50, 100], [*range(10, 200, 10)]),
        ([1, 0], SPARSE),
    ],
)
def test_ordinary_numbers_are_no_references(numbers: Collection[int], keys: Sequence[int]) -> None:
    assert share(numbers, list(keys)) == 0


@pytest.mark.parametrize("seed", range(200))
def test_amounts_counts_and_years_at_random_are_no_references(seed: int) -> None:
    chance = Random(seed)
    least = chance.choice((1, 1_000, 1_001, 10_000, 123_400))
    keys = chance.choice(
        (
            range(least, least + chance.randint(20, 20_000)),
            sorted(chance.sample(range(least, least + 9_000), 60)),
        )
    )
    amounts = {round(chance.lognormvariate(4, 2)) for _ in range(chance.randint(3, 300))} - {0}
    round_ones = {chance.randint(1, 200) * chance.choice((5, 10, 50, 100)) for _ in range(40)}
    years = {chance.randint(1950, 2030) for _ in range(chance.randint(3, 60))}
    for numbers in (amounts, round_ones, years):
        assert share(numbers, list(keys), "$.total") == 0
        assert part(numbers, list(keys)) == set()


def test_the_name_of_a_path_tells_whose_numbers_they_are() -> None:
    assert share([3, 17, 90], SMALL, "$.person_id") == 1.0
    assert share([3, 17, 90], SMALL, "$.persons[*].id") == 1.0
    assert share([3, 17, 60, 90, 150], SMALL, "$.person") == 1.0
    assert share(range(1, 11), SMALL, "$.person") == 0
    assert share([3, 17, 900], SMALL, "$.person_id") == 0
    assert share([3, 17, 90], SMALL, "$.quantity") == 0


@pytest.mark.parametrize(
    ("path", "table", "column", "named"),
    [
        ("$.patient", "patient", "id", True),
        ("$.patientId", "patients", "no", True),
        ("$.visits[*].patient_no", "clinic_patient", "id", True),
        ("$.sending_patient.id", "patient", "id", True),
        ("$.customer_number", "t1", "customer_number", True),
        ("$.patients.*", "patient", "id", True),
        ("$.id", "patient", "id", False),
        ("$", "patient", "id", False),
        ("$[*]", "patient", "id", False),
        ("$.quantity", "patient", "id", False),
        ("$.patient.age", "patient", "id", False),
    ],
)
def test_names_of_paths(path: str, table: str, column: str, named: bool) -> None:
    assert is_named_after(path, Place(table, column)) is named


@pytest.mark.parametrize("numbers", [SPARSE[:1], SPARSE[3:5], STEPS[7:8]])
def test_one_name_of_a_member_is_enough_where_the_key_has_gaps(numbers: list[int]) -> None:
    keys = STEPS if numbers[0] in STEPS else SPARSE
    assert share(numbers, keys, "$.*~") == 1.0
    assert share(numbers, keys, "$.who") == 0
    assert share([numbers[0], 1], keys, "$.*~") == 0
    assert share(numbers, range(1_000, 100_000), "$.*~") == 0
    assert share([2024], [2024, 4711, 9001], "$.*~") == 0


def test_what_is_a_whole_number() -> None:
    assert [whole_number(each) for each in (7, "48213", 48213.0)] == [7, 48213, 48213]
    others = (True, 0, -5, 7.5, "007", "4 8", "٣٤", "", "1e5", 10**18, "1" * 19, None, b"7", 1e300)
    assert [whole_number(each) for each in others] == [None] * len(others)


@pytest.mark.parametrize("seed", range(100))
def test_numbers_drawn_from_a_key_at_random_are_its_own(seed: int) -> None:
    chance = Random(seed)
    digits = chance.randint(4, 9)
    keys = chance.sample(range(10 ** (digits - 1), 10**digits), chance.randint(10, 600))
    assert share(chance.sample(keys, chance.randint(5, len(keys))), keys) == 1.0


def test_a_part_of_the_numbers_is_the_keys_where_chance_does_not_explain_it() -> None:
    others = set(Random(7).sample(range(10_000, 100_000), 60)) - set(SPARSE)
    assert part([*SPARSE[:30], *others], SPARSE) == set(SPARSE[:30])
    assert part([*SPARSE[:1], *others], SPARSE) == set()
    eight = Random(8).sample(range(10**7, 10**8), 60)
    assert part([eight[0], 3], eight) == {eight[0]}
    assert part([SPARSE[0], 3], SPARSE) == set()
    assert part([2024, 2025, 2026, 2027, 20_240_315, 7], [2024, 20_240_315, 77_000_000]) == set()
    assert part([10_001, 3], WITHOUT_GAPS) == set()

"""The number of a key without gaps, written into a code of the same row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

FAMILIES = ["Jansen", "de Vries", "Bakker", "Visser", "Smit", "Mulder"]
MEMBERS = range(10_200, 10_400)


def society(folder: Path, written: Callable[[int], str], *, own: bool = False) -> Scan:
    """Members, and a code beside the number of one: in a table of mandates, or in their own."""
    code = ", kenmerk TEXT" if own else ""
    people = [
        (n, FAMILIES[n % 6], f"m{n * 7919}@post.example", *((written(n),) if own else ())) for n in MEMBERS
    ]
    made = a_database(folder).with_table(
        "lid", f"nummer INTEGER PRIMARY KEY, achternaam TEXT, mail TEXT{code}", rows=people
    )
    if not own:
        made = made.with_table(
            "machtiging",
            "kenmerk TEXT PRIMARY KEY, lid INT NOT NULL REFERENCES lid, bedrag INT",
            rows=[(written(n), n, n % 7 * 5) for n in MEMBERS if n % 3],
        )
    return scan(made.build())


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize(
    "written", [lambda n: f"M{n}-{n % 4}", lambda n: f"SEPA {n:08d} A", lambda n: f"{n % 89}/{n}/x"]
)
def test_a_code_with_the_number_of_its_row_leads_to_the_person(
    tmp_path: Path, written: Callable[[int], str], own: bool
) -> None:
    found = society(tmp_path, written, own=own)
    place = Place("lid" if own else "machtiging", "kenmerk")
    assert found.at(place).verdict is Verdict.PERSONAL  # type: ignore[union-attr]
    assert Place("lid", "nummer") in {each.parent for each in found.same_values if each.child == place}


@pytest.mark.parametrize("shuffled", [False, True])
def test_numbers_of_other_things_do_not(tmp_path: Path, shuffled: bool) -> None:
    others = [*MEMBERS]
    Random(3).shuffle(others)
    numbers = dict(zip(MEMBERS, others, strict=True))
    found = society(tmp_path, lambda n: f"R{numbers[n] if shuffled else n * 31 + 5}-{n % 4}")
    assert not [each for each in found.same_values if each.child == Place("machtiging", "kenmerk")]


def test_short_numbers_are_not_compared(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "lid", "id INTEGER PRIMARY KEY, achternaam TEXT, code TEXT",
            rows=[(n, FAMILIES[n % 6], f"X{n}-Z") for n in range(1, 60)],
        )
        .build()
    )  # fmt: skip
    assert not [each for each in scan(path).same_values if each.child == Place("lid", "code")]

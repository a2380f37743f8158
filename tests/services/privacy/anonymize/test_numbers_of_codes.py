"""The number of a code that is a changed key, where it stands alone: the scan says whose it is, and the proposal takes
it away. The same codes, whole, change with the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from builders import a_database
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize import copy
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.model import Place

GIVEN = ["Emil", "Ada", "Clara", "Otto", "Frida", "Hugo", "Greta", "Anton", "Ida", "Karl"]
FAMILY = ["Birnbaum", "Lovelace", "Ahrendt", "Quastenberg", "Zickler", "Mondschein", "Plotzki", "Wrangel"]
NUMBERS = Random(11).sample(range(100_000, 1_000_000), 120)

Code = Callable[[int], str]

CODES: dict[str, Code] = {
    "zeros": lambda number: f"{number:08d}",
    "letters": lambda number: f"MRN-{number}",
    "letter and zeros": lambda number: f"K{number:09d}",
}
ALONE = "without the rest of the code"
OTHERS = "with other signs beside them"
WRITTEN: dict[str, tuple[Callable[[int], object], str]] = {
    "number": (lambda number: number, ALONE),
    "digits": (str, ALONE),
    "otherwise": (lambda number: f"No {number}", OTHERS),
    "glued": (lambda number: f"X{number}", OTHERS),
    "JSON": (lambda number: json.dumps({"p": number}), ALONE),
}


def clinic(folder: Path, code: Code, written: Callable[[int], object]) -> Path:
    """Persons with codes, and notes that have something of these."""
    people = [(code(number), f"{GIVEN[n % 10]} {FAMILY[n % 8]}") for n, number in enumerate(NUMBERS)]
    notes = [(n, written(number)) for n, number in enumerate([*NUMBERS[:60], *NUMBERS[:60]], 1)]
    return (
        a_database(folder)
        .with_table("patient", "code TEXT PRIMARY KEY, name TEXT", rows=people)
        .with_table("note", "id INTEGER PRIMARY KEY, ref", rows=notes)
        .build()
    )


def copied(catalog: Catalog, path: Path) -> list[str]:
    """What a copy by the proposal has for the notes."""
    new = path.with_name("copy.db")
    copy.make_copy(catalog, copy.plan_copy(catalog, path, new, Context()), Context())
    with open_read(new) as session:
        return [str(ref) for (ref,) in session.all("SELECT ref FROM note")]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("form", WRITTEN)
def test_its_number_alone_is_found_and_taken_away(
    catalog: Catalog, tmp_path: Path, code: str, form: str
) -> None:
    written, how = WRITTEN[form]
    path = clinic(tmp_path, CODES[code], written)
    found = scan(path)
    (same,) = found.same_values
    assert (same.child.column, same.parent, same.written) == ("ref", Place("patient", "code"), how)
    seen = found.at(same.child)
    assert seen is not None and seen.verdict is Verdict.PERSONAL
    left = copied(catalog, path)
    assert not [number for number in NUMBERS if any(str(number) in ref for ref in left)]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("in_json", [False, True])
def test_whole_codes_change_with_the_key(catalog: Catalog, tmp_path: Path, code: str, in_json: bool) -> None:
    def written(number: int) -> str:
        return json.dumps({"p": CODES[code](number)}) if in_json else CODES[code](number)

    path = clinic(tmp_path, CODES[code], written)
    assert [(each.parent, each.written) for each in scan(path).same_values] == [
        (Place("patient", "code"), "")
    ]
    left = copied(catalog, path)
    with open_read(path.with_name("copy.db")) as session:
        codes = {str(each) for (each,) in session.all("SELECT code FROM patient")}
    assert {json.loads(ref)["p"] if in_json else ref for ref in left} <= codes

"""A value that becomes what another was stops no copy: nothing but the key, or the little that is left, decides it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.errors import Failure
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform import grouped, persons
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.privacy.transform.reasons import ALIKE, SMALL_DOMAIN
from steward_app.services.schema import read_schema

WHOLE, SMALL, TINY = list(range(8)), [0.0, 0.25, 1.5], [n * 1e-9 for n in range(9)]


def of(path: Path, declared: str, values: Sequence[SqlValue]) -> Path:
    rows = list(enumerate(values))
    return a_database(path).with_table("t", f"id INTEGER PRIMARY KEY, v {declared}", rows=rows).build()


def rules(technique: Technique, options: dict[str, Json] | None = None) -> ReleaseRules:
    return ReleaseRules("r", (Rule(Place("t", "v"), technique, options or {}),))


def reason(path: Path, asked: ReleaseRules, key: bytes = b"k" * 32) -> str:
    with (
        open_read(path) as session,
        session.snapshot(),
        prepare(session, read_schema(session), asked, key, Context()) as found,
    ):
        return found.permitted(Place("t", "v"))


@pytest.mark.parametrize(
    ("declared", "values", "technique", "options"),
    [
        ("INTEGER", WHOLE, Technique.MASK, {}),
        ("REAL", SMALL, Technique.MASK, {}),
        ("REAL", TINY, Technique.BLOB, {}),
        ("INTEGER NOT NULL", WHOLE, Technique.REMOVE, {}),
        ("INTEGER", WHOLE, Technique.FIXED, {"value": 3}),
        ("TEXT", ["Ada", "Ben", "GONE"], Technique.FIXED, {"value": "gone"}),
        ("TEXT", ["abcdef", "******"], Technique.MASK, {}),
    ],
)
def test_what_little_is_left_may_be_what_some_value_was(
    tmp_path: Path, declared: str, values: Sequence[SqlValue], technique: Technique, options: dict[str, Json]
) -> None:
    path, new = of(tmp_path / "a.db", declared, values), tmp_path / "copy.db"
    new.touch()
    assert reason(path, rules(technique, options)) == ALIKE
    assert make(path, new, rules(technique, options), b"k" * 32, Context()).rows == len(values)


def test_where_nothing_is_alike_nothing_is_permitted(tmp_path: Path) -> None:
    path = of(tmp_path / "a.db", "INTEGER", range(1, 8))
    for technique in (Technique.MASK, Technique.BLOB, Technique.REMOVE):
        assert reason(path, rules(technique)) == ""
    assert reason(path, rules(Technique.FIXED, {"value": "x"})) == ""


def test_a_permuted_number_that_meets_another_by_chance_is_found_out_before(tmp_path: Path) -> None:
    """Two numbers of three digits meet under one key in some 200: under it, no copy could ever be made."""
    path, asked = of(tmp_path / "a.db", "INTEGER", [123, 678]), rules(Technique.PERMUTE)
    met = set()
    with open_read(path) as session, session.snapshot():
        schema = read_schema(session)
        for key in (number.to_bytes(32, "big") for number in range(1_000)):
            with prepare(session, schema, asked, key, Context()) as found:
                changed = {row[1] for row in found.tables["t"].apply([(0, 123), (1, 678)])}
            meets = bool(changed & {123, 678})
            assert found.permitted(Place("t", "v")) == (ALIKE if meets else "")
            met.add(meets)
            if meets:
                break
    assert met == {True, False}
    assert reason(of(tmp_path / "b.db", "INTEGER", WHOLE), asked) == SMALL_DOMAIN


def test_a_value_that_stays_for_another_reason_is_still_found(tmp_path: Path) -> None:
    """The text of another column is no business of what is alike here."""
    rows = [(n, "Zyxmann Quell", "Zyxmann Quell") for n in range(3)]
    path = (
        a_database(tmp_path / "a.db")
        .with_table("t", "id INTEGER PRIMARY KEY, v TEXT, w TEXT", rows=rows)
        .build()
    )
    new = tmp_path / "copy.db"
    new.touch()
    with pytest.raises(Failure, match=r"t\.w"):
        make(path, new, rules(Technique.REMOVE), b"k" * 32, Context())


@pytest.mark.parametrize("technique", [Technique.MICROAGGREGATE, Technique.REDACT])
def test_what_is_too_much_for_memory_is_said_in_the_plan(
    tmp_path: Path, technique: Technique, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "MOST_NUMBERS", 4_100)
    monkeypatch.setattr(grouped, "_MERGED_FROM", 1)
    monkeypatch.setattr(persons, "MOST_KNOWN", 2_000)
    people = [(n, f"Ada{n} Quellmann{n}", n * 1.5, f"A note on Quellmann{n}") for n in range(2_500)]
    path = (
        a_database(tmp_path / "a.db")
        .with_table("p", "id INTEGER PRIMARY KEY, name TEXT, pay REAL, note TEXT", rows=people)
        .build()
    )
    of_column = {Technique.MICROAGGREGATE: "pay", Technique.REDACT: "note"}[technique]
    asked = ReleaseRules(
        "r",
        (
            Rule(Place("p", "name"), Technique.PSEUDONYM, {"kind": "person_name"}),
            Rule(Place("p", of_column), technique),
        ),
    )
    with open_read(path) as session, session.snapshot():
        found = look(session, asked, None, None, Context()).findings
    (told,) = [each for each in found if each.code == "rule_cannot_be_carried_out"]
    assert told.blocks
    assert "cannot be carried out: over " in told.title

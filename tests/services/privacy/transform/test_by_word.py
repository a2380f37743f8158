"""Values of a table of keys and values: each changes by the rule of the key beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from builders import a_database
from builders.transforms import checked, released, rule, rules
from steward_app.kernel.plan import Json
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.transform import plain
from steward_app.services.privacy.transform.by_word import ByWord
from steward_app.services.privacy.transform.model import Batch

PEOPLE: Final = 40
BORN: Final[dict[str, Json]] = {"kind": "birth_date", "hierarchy": "dates", "level": "year"}


def mail(n: int) -> str:
    return f"quastenhof{n}@mail.test"


def born(n: int) -> str:
    return f"19{50 + n}-0{n % 9 + 1}-1{n % 9}"


def database(folder: Path, *, key: str = "born", value: str = "TEXT") -> Path:
    people = [(n, f"Quastenhof{n}", mail(n), "2024-05-17") for n in range(1, PEOPLE + 1)]
    known: list[tuple[SqlValue, ...]] = []
    for n, *_ in people:
        known += [(None, n, key, born(n)), (None, n, "mail", mail(n)), (None, n, "qty", str(n % 4 + 1))]
        known += [(None, n, "seen", "2024-05-18"), (None, n, "note", f"Write to {mail(n)}")]
        known += [(None, n, "person", n), (None, n, None, f"for {mail(n)}")]
    return (
        a_database(folder)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, mail TEXT, joined TEXT", rows=people)
        .with_table(
            "meta",
            f"id INTEGER PRIMARY KEY, person INT REFERENCES person, k TEXT, v {value}",
            rows=known,
        )
        .build()
    )


def of(technique: str, **options: Json) -> Json:
    return {"technique": technique, "options": options}


def said(key: str = "born", **more: Json) -> dict[str, Json]:
    parts: dict[str, Json] = {
        key: of("generalize", **BORN),
        "mail": of("pseudonym", kind="email"),
        "qty": {"technique": "keep"},
        "seen": of("shift", person="person"),
        "person": of("permute", domain="column:person.id"),
    }
    return {"beside": "k", "rules": {**parts, **more}}


def copied(
    path: Path, options: dict[str, Json]
) -> tuple[dict[object, list[SqlValue]], dict[SqlValue, SqlValue]]:
    """The values of the copy by key, in the order of the rows, and the address of each person there."""
    whole = rules(
        rule("person", "id", "permute", kind="person_number"),
        rule("person", "mail", "pseudonym", kind="email"),
        rule("person", "joined", "shift", person="id"),
        rule("meta", "v", "redact", **options),
    )
    found, _ = released(path, whole, batch=50)
    by_key: dict[object, list[SqlValue]] = {}
    for _id, _person, key, value in found["meta"]:
        by_key.setdefault(key, []).append(value)
    return by_key, {row[0]: row[2] for row in found["person"]}


@pytest.mark.parametrize("value", ["TEXT", ""])
def test_each_key_has_its_own_rule(tmp_path: Path, value: str) -> None:
    by_key, mails = copied(database(tmp_path, value=value), said())
    assert by_key["born"] == [str(1950 + n) for n in range(1, PEOPLE + 1)]
    assert by_key["mail"] == list(mails.values())
    assert by_key["qty"] == [str(n % 4 + 1) for n in range(1, PEOPLE + 1)]
    assert list(map(str, by_key["person"])) == list(map(str, mails))
    assert set(by_key["note"]) == {"Write to [e-mail]"} and set(by_key[None]) == {"for [e-mail]"}


def test_days_move_with_their_person(tmp_path: Path) -> None:
    path = database(tmp_path)
    by_key, _ = copied(path, said())
    whole = rules(rule("person", "joined", "shift", person="id"))
    joined = [str(row[3]) for row in released(path, whole)[0]["person"]]
    moved = [str(each) for each in by_key["seen"]]
    assert len(set(moved)) > PEOPLE / 4 and all(one < other for one, other in zip(joined, moved, strict=True))


def test_a_key_in_another_encoding_is_known_as_it_is_read() -> None:
    step = ByWord(1, {"né le": plain.Constant("gone", nulls=False)}, plain.mask(0, 0, "*"))
    batch = Batch([("a", "n\udce9 le"), ("b", "né le"), ("c", "n")], 2)
    assert list(step(batch.columns[0], batch)) == ["gone", "gone", "*"]


@pytest.mark.parametrize(
    "options",
    [
        {"rules": {"mail": {"technique": "remove"}}},
        {"beside": "nothing", "rules": {"mail": {"technique": "remove"}}},
        {"beside": "k", "rules": ["mail"]},
        {"beside": "k", "rules": {"mail": "remove"}},
        {"beside": "k", "rules": {"mail": {"technique": "no such"}}},
        {"beside": "k", "rules": {"mail": {"technique": "shuffle"}}},
        {"beside": "k", "rules": {"mail": {"technique": "mask", "options": {"hierarchy": "dates"}}}},
        {"beside": "k", "rules": {"mail": {"technique": "remove", "paths": {}}}},
    ],
)
def test_rules_that_make_no_sense_are_told(tmp_path: Path, options: dict[str, Json]) -> None:
    against = checked(database(tmp_path), rules(rule("meta", "v", "redact", **options)))
    assert [each.code for each in against if each.blocks] == ["bad_option"]

"""Foreign keys find the same rows in the copy, and a person has one pseudonym and one shift everywhere."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import released, rule, rules
from steward_app.db import create
from steward_app.kernel.errors import StewardError


@settings(max_examples=20, deadline=None)
@given(
    keys=st.lists(st.text("aAbBé1-", min_size=1, max_size=5), unique_by=str.lower, min_size=1, max_size=15)
)
@pytest.mark.parametrize(
    ("technique", "options"), [("permute", {}), ("token", {}), ("pseudonym", {"kind": "account"})]
)
def test_a_nocase_key_and_its_children_still_meet(
    tmp_path_factory: pytest.TempPathFactory, technique: str, options: dict[str, str], keys: list[str]
) -> None:
    path = (
        a_database(tmp_path_factory.mktemp("join"))
        .with_table("p", "code TEXT COLLATE NOCASE PRIMARY KEY", rows=[(key,) for key in keys])
        .with_table("c", "id INTEGER PRIMARY KEY, code TEXT REFERENCES p (code)")
        .with_rows("c", [(place, key.swapcase() if key.isascii() else key) for place, key in enumerate(keys)])
        .build()
    )
    found, transforms = released(path, rules(rule("p", "code", technique, **options)))
    assert [note.code for note in transforms.notes] == ["rule_extended"]
    again = path.with_name("again.db")
    with create(again) as copy:
        copy.run("CREATE TABLE p (code TEXT COLLATE NOCASE PRIMARY KEY)")
        copy.run("CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT REFERENCES p (code))")
        with copy.transaction():
            copy.run_many("INSERT INTO p VALUES (?)", found["p"])
            copy.run_many("INSERT INTO c VALUES (?, ?)", found["c"])
        assert copy.all("PRAGMA foreign_key_check") == []
        joined = copy.all("SELECT c.id, p.rowid FROM c JOIN p ON p.code = c.code ORDER BY c.id")
        assert joined == [(place, place + 1) for place in range(len(keys))]


def test_self_references_composites_and_numbers_written_as_text(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "staff",
            "id INTEGER PRIMARY KEY, boss INTEGER REFERENCES staff (id) ON UPDATE CASCADE,"
            " nick TEXT REFERENCES staff (id)",
            rows=[(n, n // 2 or None, str(n)) for n in range(1, 60)],
        )
        .with_table(
            "room",
            "house TEXT, number INTEGER, PRIMARY KEY (house, number)",
            rows=[("A", 12), ("A", 13), ("B", 12)],
        )
        .with_table(
            "stay",
            "id INTEGER PRIMARY KEY, house TEXT, number INTEGER, FOREIGN KEY (house, number) REFERENCES room",
            rows=[(1, "A", 13), (2, "B", 12), (3, None, 12), (4, "A", None)],
        )
        .build()
    )
    found, _ = released(path, rules(rule("staff", "id", "permute"), rule("room", "number", "permute")))
    by_old = {old: new[0] for old, new in zip(range(1, 60), found["staff"], strict=True)}
    assert sorted(len(str(new)) for new in by_old.values()) == sorted(len(str(old)) for old in by_old)
    for old, (_, boss, nick) in enumerate(found["staff"], 1):
        assert boss == (by_old[old // 2] if old > 1 else None)
        assert nick == str(by_old[old])
    assert set(found["room"]) >= {(row[1], row[2]) for row in found["stay"][:2]}
    assert found["stay"][2][1:] == (None, found["room"][0][1]) and found["stay"][3][1:] == ("A", None)


def test_all_dates_of_a_person_move_by_the_same_days(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table(
            "person",
            "id INTEGER PRIMARY KEY, born TEXT, died REAL",
            rows=[(n, f"19{50 + n}-01-02", 2_459_000.5) for n in range(1, 30)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, person TEXT REFERENCES person (id), day TEXT, at INTEGER",
            rows=[(n, str(n), "03/31/2020 9:00 AM", 1_585_645_200_000) for n in range(1, 30)],
        )
        .with_table(
            "lab",
            "id INTEGER PRIMARY KEY, visit INTEGER REFERENCES visit (id), day TEXT",
            rows=[(n, n, "31.3.2020") for n in range(1, 30)],
        )
        .build()
    )
    said = rules(
        rule("person", "born", "shift", days=60),
        rule("person", "died", "shift", days=60),
        rule("visit", "day", "shift", days=60, person="person"),
        rule("visit", "at", "shift", days=60, person="person"),
        rule("lab", "day", "shift", days=60, person=[["visit"], ["person"]]),
    )
    found, _ = released(path, said, batch=7)
    moves = []
    for number in range(29):
        born, died = found["person"][number][1:]
        day, at = found["visit"][number][2:]
        moved = (date.fromisoformat(str(born)) - date(1951 + number, 1, 2)).days
        moves.append(moved)
        assert died == 2_459_000.5 + moved
        assert at == 1_585_645_200_000 + moved * 86_400_000
        then = date.fromordinal(date(2020, 3, 31).toordinal() + moved)
        assert day == f"{then:%m/%d/%Y} 9:00 AM"
        assert found["lab"][number][2] == f"{then:%d}.{then.month}.{then:%Y}"
    assert 0 not in moves and max(map(abs, moves)) <= 60 and len(set(moves)) > 10


def test_a_person_has_one_pseudonym_in_every_table(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("a", "mail TEXT UNIQUE, name TEXT", rows=[("Eva@x.org", "Eva B"), ("jo@x.org", "Jo C")])
        .with_table("b", "mail TEXT, data TEXT", rows=[("jo@x.org", '{"to": ["eva b", "JO C"]}')])
        .build()
    )
    said = rules(
        rule("a", "mail", "pseudonym", kind="email"),
        rule("b", "mail", "pseudonym", kind="email"),
        rule("a", "name", "pseudonym", kind="person_name"),
        rule("b", "data", "pseudonym", "$.to[*]", kind="person_name"),
    )
    found, _ = released(path, said)
    assert found["b"][0][0] == found["a"][1][0]
    assert found["b"][0][1] == json.dumps(
        {"to": [str(found["a"][0][1]).lower(), str(found["a"][1][1]).upper()]}
    )
    other, _ = released(path, said, key=bytes(32))
    assert other["a"] != found["a"] and released(path, said)[0] == found


def test_what_cannot_be_carried_out_is_refused(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, v TEXT", rows=[(1, "x")]).build()
    for each in (
        rule("t", "nothing", "remove"),
        rule("t", "v", "pseudonym", kind="nobody"),
        rule("t", "v", "mask", keep="all"),
        rule("t", "v", "generalize", hierarchy="file", file="missing.csv"),
        rule("t", "v", "shift", person=[["a"], ["b"]]),
        rule("t", "v", "remove", "no path"),
    ):
        with pytest.raises(StewardError, match=r"cannot|does not have|not there"):
            released(path, rules(each))

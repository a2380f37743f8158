"""All dates of a person move by the same days, however a row names them; rows of nobody have none in common."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.transforms import checked, column, released, rule, rules
from steward_app.kernel.plan import Json
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.rules import Rule

DAY = "2020-06-01"
KEYS = {
    "number": "id INTEGER PRIMARY KEY",
    "text": "id TEXT PRIMARY KEY",
    "two": "id INTEGER, PRIMARY KEY (id, clinic)",
    "referred": "id INTEGER UNIQUE",
}
BY_KEY, BY_NUMBER = "key", "no"


@dataclass
class Link:
    """A foreign key of a table: to a person by the key or by the number, or to rows of another table."""

    to: str
    names: tuple[str, ...]
    ddl: str


@dataclass
class Rows:
    """A table whose rows lead to persons.

    Attributes:
        ways: by which foreign keys one gets from a row to a person.
        rows: the person of each row, None where no way leads to one, with the values of its keys.
    """

    name: str
    links: list[Link]
    ways: list[list[list[str]]]
    rows: list[tuple[int | None, list[SqlValue]]] = field(default_factory=list)


def moved(before: SqlValue, after: SqlValue) -> int:
    return (date.fromisoformat(str(after)) - date.fromisoformat(str(before))).days


def key_of(kind: str, person: int) -> list[SqlValue]:
    """The key of a person, as rows that refer to it have it."""
    return ["c", person] if kind == "two" else [f"p{person}" if kind == "text" else person]


def a_table(draw: st.DrawFn, kind: str, earlier: list[Rows]) -> Rows:
    """A table with one to three optional keys, and rows of which some have none of them."""
    name = f"t{len(earlier)}"
    to = draw(
        st.lists(
            st.sampled_from([BY_KEY, BY_NUMBER, *(each.name for each in earlier)]), min_size=1, max_size=3
        )
    )
    links, ways = [], []
    for at, each in enumerate(to):
        if each == BY_KEY and kind == "two":
            names, parent = (f"a{at}", f"b{at}"), "person (clinic, id)"
        else:
            names, parent = (
                (f"a{at}",),
                {BY_KEY: "person (id)", BY_NUMBER: "person (no)"}.get(each, f"{each} (id)"),
            )
        links.append(Link(each, names, f"FOREIGN KEY ({', '.join(names)}) REFERENCES {parent}"))
        further = next((other.ways for other in earlier if other.name == each), [[]])
        ways += [[list(names), *way] for way in further]
    made = Rows(name, links, ways)
    for _ in range(draw(st.integers(1, 8))):
        person = draw(st.integers(1, 4))
        told, values = False, list[SqlValue]()
        for link in links:
            found, leads = _a_value(draw, kind, link, person, earlier)
            values += found
            told |= leads
        made.rows.append((person if told else None, values))
    return made


def _a_value(
    draw: st.DrawFn, kind: str, link: Link, person: int, earlier: list[Rows]
) -> tuple[list[SqlValue], bool]:
    """What a key of a row of a person holds, and whether it leads to them."""
    if draw(st.booleans()):
        half = link.to == BY_KEY and kind == "two" and draw(st.booleans())
        return ([None, person] if half else [None] * len(link.names)), False
    if link.to == BY_KEY:
        return key_of(kind, person), True
    if link.to == BY_NUMBER:
        return [f"N{person}"], True
    rows = next(each.rows for each in earlier if each.name == link.to)
    ours = [at for at, (whose, _) in enumerate(rows, 1) if whose in (person, None)]
    at = draw(st.sampled_from(ours)) if ours else None
    return [at], at is not None and rows[at - 1][0] == person


@st.composite
def clinics(draw: st.DrawFn) -> tuple[str, list[Rows], list[Rule]]:
    """Kind of the key of persons, tables, and rules that move all dates, each by some way to the person."""
    kind = draw(st.sampled_from(sorted(KEYS)))
    found: list[Rows] = []
    for _ in range(draw(st.integers(1, 3))):
        found.append(a_table(draw, kind, found))
    said: list[Rule] = []
    own = {"two": ["id", "clinic"]}.get(kind, ["id"])
    said.append(rule("person", "since", "shift", days=36_500, **draw(st.sampled_from([{}, {"person": own}]))))
    for each in found:
        way: Json = draw(st.sampled_from(each.ways))  # type: ignore[arg-type]
        said.append(rule(each.name, "day", "shift", days=36_500, person=way))
    return kind, found, said


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(clinics())
def test_a_person_has_one_shift_over_all_tables_and_rows_of_nobody_have_none_in_common(
    made: tuple[str, list[Rows], list[Rule]],
) -> None:
    kind, tables, said = made
    with tempfile.TemporaryDirectory() as folder:
        persons = [("c", f"N{n}", DAY, key_of(kind, n)[-1]) for n in range(1, 5)]
        ddl = f"clinic TEXT, no TEXT NOT NULL UNIQUE, since TEXT, {KEYS[kind]}"
        build = a_database(Path(folder)).with_table("person", ddl, rows=persons)
        for each in tables:
            names = [name for link in each.links for name in link.names]
            ddl = ", ".join(
                ["id INTEGER PRIMARY KEY", "day TEXT", *names, *(link.ddl for link in each.links)]
            )
            rows = [(at, DAY, *values) for at, (_, values) in enumerate(each.rows, 1)]
            build = build.with_table(each.name, ddl, rows=rows)
        found, _ = released(build.build(), rules(*said), batch=3)
    days = {n: moved(DAY, row[2]) for n, row in enumerate(found["person"], 1)}
    of_nobody = Counter[int]()
    for each in tables:
        for (whose, _), row in zip(each.rows, found[each.name], strict=True):
            if whose is None:
                of_nobody[moved(DAY, row[1])] += 1
            else:
                assert moved(DAY, row[1]) == days[whose]
    assert max(of_nobody.values(), default=0) <= 2, "more than by chance"
    assert len(set(days.values())) == 4


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Visits of patients, some over an appointment alone, some of nobody; all on one day."""
    patients = [(n, DAY) for n in range(1, 41)]
    return (
        a_database(tmp_path)
        .with_table("patient", "id INTEGER PRIMARY KEY, since TEXT", rows=patients)
        .with_table(
            "appointment",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient",
            rows=[(n, n) for n in range(1, 41)],
        )
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, appointment_id INTEGER REFERENCES appointment,"
            " patient_id INTEGER REFERENCES patient, day TEXT, ended TEXT",
            rows=[
                *((n, n, None, DAY, DAY) for n in range(1, 21)),
                *((n, None, n, DAY, DAY) for n in range(21, 41)),
                *((n, None, None, DAY, DAY) for n in range(41, 61)),
            ],
        )
        .build()
    )


OVER = [["appointment_id"], ["patient_id"]]


def test_rows_of_nobody_are_counted_in_the_plan_and_move_by_themselves(clinic: Path) -> None:
    said = rules(
        rule("patient", "since", "shift"),
        rule("visit", "day", "shift", person=OVER),
        rule("visit", "ended", "shift", person=OVER),
    )
    (note,) = [each for each in checked(clinic, said) if each.code == "dates_of_nobody"]
    assert (note.count, note.subject.table) == (20, "visit")
    assert "20 rows of “visit”" in note.title
    assert not any(each.code == "dates_of_rows" for each in checked(clinic, said)), "a row is a patient"
    found, _ = released(clinic, said)
    days = [moved(DAY, each) for each in column(found["patient"], 1)]
    visits = [moved(DAY, each) for each in column(found["visit"], 3)]
    assert visits[:40] == days
    assert len(set(visits[40:])) > 12, "each row has days of its own"
    assert column(found["visit"], 3) == column(found["visit"], 4), "all dates of a row go together"


def test_dates_of_rows_that_are_no_persons_are_said_to_move_by_themselves(clinic: Path) -> None:
    said = rules(rule("visit", "day", "shift"), rule("patient", "since", "shift", person="id"))
    (note,) = [each for each in checked(clinic, said) if each.code == "dates_of_rows"]
    assert note.subject.table == "visit"


def test_a_date_of_a_key_moves_with_the_person_whom_the_key_leads_to_over_another_table(
    tmp_path: Path,
) -> None:
    days = [(f"2020-01-{day:02d}", part, 1 + day % 3) for day in range(1, 29) for part in "ab"]
    path = (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY", rows=[(n,) for n in range(1, 4)])
        .with_table(
            "helper", "no INTEGER PRIMARY KEY REFERENCES person (id)", rows=[(n,) for n in range(1, 4)]
        )
        .with_table(
            "roster",
            "day TEXT, part TEXT, helper INTEGER REFERENCES helper (no), PRIMARY KEY (day, part, helper)",
            rows=days,
        )
        .build()
    )
    said = rules(rule("roster", "day", "shift", person=[["helper"], ["no"]]))
    assert not [finding for finding in checked(path, said) if finding.blocks]
    after, _ = released(path, said)
    moved_days: dict[SqlValue, set[int]] = {}
    for helper in (1, 2, 3):
        before = sorted({day for day, _, whose in days if whose == helper})
        now = sorted({str(row[0]) for row in after["roster"] if row[2] == helper})
        moved_days[helper] = {moved(old, new) for old, new in zip(before, now, strict=True)}
    assert all(len(each) == 1 and 0 not in each for each in moved_days.values())

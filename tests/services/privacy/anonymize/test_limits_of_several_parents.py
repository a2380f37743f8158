"""Rows with several parents, and several ways to one table: what is known over all of them is known together.

Any of the foreign keys may be empty. A row counts that leads to somebody by any way, and is judged by all it has.
Schemas, rows and rules are drawn; what must hold is counted again in plain Python over every set of ways.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import ReadSession, open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.left_out import without_small_groups
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.subset import Chosen
from steward_app.services.privacy.attack.model import AttackKind
from steward_app.services.privacy.attack.run import run
from steward_app.services.privacy.demands import demands, not_measured
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.risk import Question, measure
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.schema import read_schema

KEY = b"k" * 32
PERSONS = "a"  # the table of persons, where the rules say whose rows are
_MOST_WAYS = 7  # up from a table: every set of them is counted
Way: TypeAlias = tuple[str, ...]
Rows: TypeAlias = dict[str, list[dict[str, object]]]


@dataclass(frozen=True)
class Drawn:
    """A schema with its rows and rules.

    Attributes:
        keys: of each table its foreign keys, with the tables they lead to.
    """

    path: Path
    keys: Mapping[str, Mapping[str, str]]
    rules: ReleaseRules

    def ways(self, table: str) -> list[tuple[Way, str]]:
        """All ways up from a table with where they end, the empty one too."""
        found: list[tuple[Way, str]] = [((), table)]
        for key, parent in self.keys[table].items():
            found += [((key, *way), end) for way, end in self.ways(parent)]
        return found

    def whose(self, table: str) -> list[str]:
        """What tells whose a row is: the way that the rules name, then the others to the same table; [] for its own."""
        named = self.rules.persons.get(table)
        if named is None:
            return []
        ways = [way for way, end in self.ways(table) if end == PERSONS and way]
        others = sorted((way for way in ways if ">".join(way) != named[0]), key=len)
        return [*named, *(">".join((*way, "id")) for way in others)]

    def asked(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """Every table, what is known over a set of its ways, and what is learnt."""
        known, told = self.rules.quasi_identifiers, self.rules.sensitive
        for table in self.keys:
            ways = self.ways(table)
            ends = [way for way, end in ways if end in known]
            at = dict(ways)
            for many in range(1, len(ends) + 1):
                for some in combinations(ends, many):
                    met = {way[:step] for way in some for step in range(len(way) + 1)}
                    by = {">".join((*way, "q")) for way in met if at[way] in known}
                    for to, end in ways:
                        first = {way[:1] for way in (*some, to)}
                        of_parent = table not in known and len(first) == 1 and first != {()}
                        if end in told and not of_parent:
                            yield table, tuple(sorted(by)), ">".join((*to, "s"))


def drawn(folder: Path, seed: int) -> Drawn:
    draw = random.Random(seed)
    names = ["a", "b", "c", "d"]
    keys: dict[str, dict[str, str]] = {}
    ways: dict[str, int] = {}
    for number, name in enumerate(names):
        parents = [draw.choice(names[:number]) for _ in range(draw.choice([0, 1, 2, 2]) if number else 0)]
        while sum(ways[parent] for parent in parents) > _MOST_WAYS:
            parents.pop()
        ways[name] = 1 + sum(ways[parent] for parent in parents)
        keys[name] = {f"{name}{at}": parent for at, parent in enumerate(parents)}
    path = folder / f"d{seed}.db"
    path.unlink(missing_ok=True)
    database = a_database(path)
    for number, name in enumerate(names):
        parents_sql = "".join(f", {key} INTEGER REFERENCES {parent}" for key, parent in keys[name].items())
        many = 20 * (number + 1)
        database = database.with_table(
            name,
            f"id INTEGER PRIMARY KEY, q TEXT, s TEXT{parents_sql}",
            rows=[
                (
                    row,
                    draw.choice(["x", "x", "y", None]),
                    draw.choice(["flu", "flu", "gout", "mumps", None]),
                    *(draw.choice([None, *[draw.randrange(20)] * 7]) for _ in keys[name]),
                )
                for row in range(many)
            ],
        )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers=dict.fromkeys(draw.sample(names, 3), ("q",)),
        sensitive=dict.fromkeys(draw.sample(names, 2), ("s",)),
    )
    of = Drawn(database.build(), keys, rules)
    if draw.random() < 0.3:
        return of
    to_persons = {name: [way for way, end in of.ways(name) if end == PERSONS and way] for name in names}
    persons = {name: (">".join(draw.choice(ways)),) for name, ways in to_persons.items() if ways}
    return replace(of, rules=replace(rules, persons=persons))


def staying(session: ReadSession, of: Drawn, chosen: Chosen | None = None) -> Rows:
    found: Rows = {}
    for name, keys in of.keys.items():
        columns = ("id", "q", "s", *keys)
        where = chosen.where_sql(name, "t") if chosen else ""
        rows = session.all(
            f"SELECT {', '.join(columns)} FROM {name} AS t{f' WHERE {where}' if where else ''}"
        )
        found[name] = [dict(zip(columns, row, strict=True)) for row in rows]
    return found


def groups(
    of: Drawn, rows: Rows, table: str, by: Sequence[str], told: str
) -> dict[tuple[object, ...], Counter[object]]:
    """How many rows, or persons, of each group have each value; of led questions, of rows that lead everywhere.

    These count where any way leads to somebody.
    """
    by_id = {name: {row["id"]: row for row in each} for name, each in rows.items()}

    def value(row: Mapping[str, object], path: str) -> tuple[bool, object]:
        at = table
        *steps, last = path.split(">")
        for step in steps:
            at = of.keys[at][step]
            parent = by_id[at].get(row[step])
            if parent is None:
                return False, None
            row = parent
        return True, row[last]

    led = any(">" in name for name in (*by, told))
    ways = of.whose(table)
    whose = [next((w for way in ways if (w := value(row, way)[1]) is not None), None) for row in rows[table]]
    known = [each for each in whose if each is not None]
    counts_rows = not ways or (not led and len(known) == len(set(known)))
    met: set[tuple[object, ...]] = set()
    found: dict[tuple[object, ...], Counter[object]] = defaultdict(Counter)
    for number, (row, person) in enumerate(zip(rows[table], whose, strict=True)):
        leads, values = zip(*(value(row, name) for name in (*by, told)), strict=True)
        entry = (*values, number if counts_rows else person)
        if all(leads) and (person is not None or not led or not ways) and entry not in met:
            met.add(entry)
            found[values[:-1]][values[-1]] += 1
    return found


def distance(counts: Counter[object], whole: Counter[object]) -> float:
    return sum(abs(counts[v] / counts.total() - whole[v] / whole.total()) for v in whole) / 2


def wrong(of: Drawn, rows: Rows, limits: Limits) -> Iterator[str]:
    for table, by, told in of.asked():
        found = groups(of, rows, table, by, told)
        whole: Counter[object] = sum(found.values(), Counter())
        for at, counts in found.items():
            if len(counts.keys() - {None}) < (limits.l_diversity or 0):
                yield f"{table} {by} {at}: {told} {dict(counts)}"
            far = distance(counts, whole)
            if limits.t_closeness is not None and far > limits.t_closeness + 1e-9:
                yield f"{table} {by} {at}: {told} is {far} off"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parents")


LIMITS = st.builds(
    Limits,
    l_diversity=st.sampled_from([None, 2, 3]),
    t_closeness=st.sampled_from([None, 0.3, 0.5]),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(seed=st.integers(0, 10_000), limits=LIMITS)
def test_what_stays_reaches_the_limits_over_every_set_of_ways(
    folder: Path, seed: int, limits: Limits
) -> None:
    of = drawn(folder, seed)
    rules = replace(of.rules, limits=limits)
    with open_read(of.path) as session, session.snapshot():
        schema = read_schema(session)
        cut = [each for each in not_measured(schema, rules) if "too many ways" in each.detail]
        chosen = without_small_groups(session, schema, rules, None, Context())
        before, after = staying(session, of), staying(session, of, chosen)
    if not cut:
        assert list(wrong(of, after, limits)) == []
    if not list(wrong(of, before, limits)):
        assert chosen is None, "nothing was wrong, and something is left out"


@pytest.mark.parametrize("seed", range(40))
def test_every_set_of_ways_is_asked_once(folder: Path, seed: int) -> None:
    of = drawn(folder, seed)
    with open_read(of.path) as session:
        schema = read_schema(session)
        found = [
            (each.table, tuple(sorted(each.by)), told)
            for each in demands(schema, of.rules)
            for told in each.told
        ]
        cut = list(not_measured(schema, replace(of.rules, limits=Limits(l_diversity=2))))
    assert len(found) == len(set(found))
    if any("too many ways" in each.detail for each in cut):
        assert set(found) < set(of.asked())
    else:
        assert set(found) == set(of.asked())


@pytest.mark.parametrize("seed", [1, 4, 9, 16, 25])
def test_the_plan_the_copy_the_measure_and_the_attacks_say_the_same(tmp_path: Path, seed: int) -> None:
    of = drawn(tmp_path, seed)
    rules, new = replace(of.rules, limits=Limits(l_diversity=2)), tmp_path / "copy.db"
    with open_read(of.path) as session, session.snapshot():
        planned = staying(
            session, of, without_small_groups(session, read_schema(session), rules, None, Context())
        )
    new.touch()
    told = make(of.path, new, rules, KEY, Context())
    assert all(each.passed for each in told.checks)
    with open_read(new) as session:
        assert staying(session, of) == planned
    for table, by, learnt in of.asked():
        if found := groups(of, planned, table, by, learnt):
            question = Question(table, by, (learnt,), rules.persons.get(table, ()))
            risk = measure(new, question, Context())
            least = min(len(counts.keys() - {None}) for counts in found.values())
            assert (risk.sensitive[0].l_distinct, risk.groups) == (least, len(found))
            if any(">" in name for name in (*by, learnt)):
                whole: Counter[object] = sum(found.values(), Counter())
                assert risk.sensitive[0].t == pytest.approx(max(distance(c, whole) for c in found.values()))
    guessed = [
        each for each in run(of.path, new, rules, Context()).attacks if each.kind is AttackKind.INFERENCE
    ]
    assert [each.title for each in guessed if each.reidentified] == []


def clinic(folder: Path) -> Path:
    """Each year and each ward has both diagnoses; a year and a ward together have one."""
    return (
        a_database(folder / "clinic.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, name TEXT, born INTEGER",
            rows=[(n, f"Zyx Quellmann{n}", 1950 + n % 2) for n in range(40)],
        )
        .with_table("ward", "id INTEGER PRIMARY KEY, name TEXT", rows=[(0, "north"), (1, "south")])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, ward_id INTEGER REFERENCES ward,"
            " diagnosis TEXT",
            rows=[(n, n, n // 2 % 2, "flu" if (n % 2) == (n // 2 % 2) else "gout") for n in range(40)],
        )
        .build()
    )


CLINIC = ReleaseRules(
    "r",
    (Rule(Place("patient", "name"), Technique.REMOVE),),
    quasi_identifiers={"patient": ("born",), "ward": ("name",)},
    sensitive={"visit": ("diagnosis",)},
)


def test_who_knows_the_patient_and_the_ward_knows_them_together(tmp_path: Path) -> None:
    path = clinic(tmp_path)
    asked = replace(CLINIC, limits=Limits(l_diversity=2))
    with open_read(path) as session, session.snapshot():
        together = next(each for each in demands(read_schema(session), asked) if each.led)
        found = look(session, asked, None, KEY, Context())
    assert together.by == ("patient_id>born", "ward_id>name")
    assert "table_left_out" in {each.code for each in found.findings if each.blocks}
    assert "limit_not_combined" not in {each.code for each in found.findings}
    new = tmp_path / "copy.db"
    new.touch()
    make(path, new, CLINIC, KEY, Context())
    guessed = {
        each.title: each.reidentified
        for each in run(path, new, asked, Context()).attacks
        if each.kind is AttackKind.INFERENCE
    }
    assert sorted(guessed.values()) == [0, 0, 40]


def test_of_several_parents_the_strictest_limit_holds_for_what_is_known_together(tmp_path: Path) -> None:
    rules = CLINIC.with_limits("patient", Limits(l_diversity=3)).with_limits("ward", Limits(l_diversity=2))
    with open_read(clinic(tmp_path)) as session:
        found = {
            each.by: each.limits.l_diversity for each in demands(read_schema(session), rules) if each.led
        }
    assert found == {
        ("patient_id>born", "ward_id>name"): 3,
        ("patient_id>born",): 3,
        ("ward_id>name",): 2,
    }


def test_a_row_that_leads_to_another_of_its_table_is_told(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path / "m.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, born INTEGER, illness TEXT, mother INTEGER REFERENCES patient",
            rows=[],
        )
        .build()
    )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"patient": ("born",)},
        sensitive={"patient": ("illness",)},
        limits=Limits(l_diversity=2),
    )
    with open_read(path) as session:
        schema = read_schema(session)
        (told,) = not_measured(schema, rules)
        assert not list(not_measured(schema, replace(rules, limits=Limits(k=2))))
    assert (told.code, told.blocks) == ("limit_not_combined", False)
    assert told.detail.startswith("By “mother”.")

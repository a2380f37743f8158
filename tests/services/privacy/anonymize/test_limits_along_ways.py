"""Limits along foreign keys, counted again by hand: whatever is known together, what stays reaches what is asked."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
from steward_app.services.privacy.anonymize.planning import look, subset_sentences
from steward_app.services.privacy.anonymize.subset import Chosen
from steward_app.services.privacy.attack.model import AttackKind
from steward_app.services.privacy.attack.run import run
from steward_app.services.privacy.demands import demands, not_measured
from steward_app.services.privacy.risk import Question, measure, read
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.schema import read_schema

Row: TypeAlias = Mapping[str, object]
Rows: TypeAlias = dict[str, list[Row]]
TABLES = {
    "patient": "id INTEGER PRIMARY KEY, yob INTEGER, illness TEXT",
    "visit": "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient(id), ward TEXT",
    "step": "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit(id), day TEXT",
    "diag": "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit(id), diagnosis TEXT",
    "gift": "id INTEGER PRIMARY KEY, giver INTEGER REFERENCES patient(id),"
    " taker INTEGER REFERENCES patient(id), organ TEXT",
}
COLUMNS = {
    "patient": ("id", "yob", "illness"),
    "visit": ("id", "patient_id", "ward"),
    "step": ("id", "visit_id", "day"),
    "diag": ("id", "visit_id", "diagnosis"),
    "gift": ("id", "giver", "taker", "organ"),
}
PARENT = {"patient_id": "patient", "visit_id": "visit", "giver": "patient", "taker": "patient"}
PERSONS = {
    "visit": ("patient_id",),
    "step": ("visit_id>patient_id",),
    "diag": ("visit_id>patient_id",),
}
RULES = ReleaseRules(
    "r",
    (),
    quasi_identifiers={"patient": ("yob",), "visit": ("ward",), "step": ("day",)},
    sensitive={"patient": ("illness",), "diag": ("diagnosis",), "gift": ("organ",)},
)
V, P = "visit_id>", "visit_id>patient_id>"
# of each table: what is known together, and what is learnt; written out by hand
ASKED: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "patient": [(("yob",), "illness")],
    "visit": [(("ward",), "patient_id>illness"), (("ward", "patient_id>yob"), "patient_id>illness")],
    "step": [
        (("day",), f"{P}illness"),
        (("day", f"{V}ward"), f"{P}illness"),
        (("day", f"{V}ward", f"{P}yob"), f"{P}illness"),
    ],
    "diag": [
        ((f"{V}ward",), "diagnosis"),
        ((f"{V}ward", f"{P}yob"), "diagnosis"),
    ],
    "gift": [
        (("giver>yob",), "organ"),
        (("taker>yob",), "organ"),
        (("giver>yob", "taker>yob"), "organ"),
        (("giver>yob",), "taker>illness"),
        (("taker>yob",), "giver>illness"),
        (("giver>yob", "taker>yob"), "taker>illness"),
        (("giver>yob", "taker>yob"), "giver>illness"),
    ],
}


def hospital(folder: Path, seed: int, *, few: int = 0) -> Path:
    """Visits without a patient, steps without a visit, and blanks in what is known and in what is sensitive."""
    draw = random.Random(seed)
    ill = ["flu"] * 6 + ["gout", "mumps", None]
    many = few or 60

    def one(of: int) -> int | None:
        return draw.choice([None, *[draw.randrange(of)] * 9])

    rows: dict[str, list[tuple[object, ...]]] = {
        "patient": [(n, draw.choice([1950, 1960, None, 1970]), draw.choice(ill)) for n in range(many)],
        "visit": [(n, one(many), draw.choice("AB")) for n in range(2 * many)],
        "step": [(n, one(2 * many), draw.choice("xy")) for n in range(3 * many)],
        "diag": [(n, one(2 * many), draw.choice(ill)) for n in range(2 * many)],
        "gift": [(n, one(many), one(many), draw.choice(["liver", "lung", "lung"])) for n in range(many)],
    }
    path = folder / f"h{seed}.db"
    path.unlink(missing_ok=True)
    database = a_database(path)
    for name, columns in TABLES.items():
        database = database.with_table(name, columns, rows=rows[name])
    return database.build()


def staying(session: ReadSession, chosen: Chosen | None) -> Rows:
    found: Rows = {}
    for name, columns in COLUMNS.items():
        where = chosen.where_sql(name, "t") if chosen else ""
        rows = session.all(
            f"SELECT {', '.join(columns)} FROM {name} AS t{f' WHERE {where}' if where else ''}"
        )
        found[name] = [dict(zip(columns, row, strict=True)) for row in rows]
    return found


def value(rows: Rows, table: str, row: Row, path: str) -> tuple[bool, object]:
    """Whether a row leads there, and what stands there."""
    *steps, last = path.split(">")
    for step in steps:
        table = PARENT[step]
        parents = [each for each in rows[table] if each["id"] == row[step]]
        if not parents:
            return False, None
        (row,) = parents
    return True, row[last]


def groups(
    rows: Rows, table: str, by: tuple[str, ...], told: str, person: tuple[str, ...]
) -> dict[tuple[object, ...], Counter[object]]:
    """How many persons, or rows, of each group have each value."""
    met: set[tuple[object, ...]] = set()
    found: dict[tuple[object, ...], Counter[object]] = defaultdict(Counter)
    over = any(">" in name for name in (*by, told))
    for number, row in enumerate(rows[table]):
        leads, values = zip(*(value(rows, table, row, name) for name in (*by, told)), strict=True)
        whose = [value(rows, table, row, name)[1] for name in person]
        if over and (not all(leads) or None in whose):
            continue
        entry = (*values, *(whose or [number]))
        if entry not in met:
            met.add(entry)
            found[values[:-1]][values[-1]] += 1
    return found


def wrong(rows: Rows, limits: Limits, persons: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Which groups do not reach the limits."""
    for table, questions in ASKED.items():
        for by, told in questions:
            found = groups(rows, table, by, told, persons.get(table, ()))
            whole: Counter[object] = sum(found.values(), Counter())
            for at, counts in found.items():
                values = len(counts.keys() - {None})
                if values < (limits.l_diversity or 1) and limits.l_diversity:
                    yield f"{table} {by} {at}: {values} values of {told}"
                far = sum(abs(counts[v] / counts.total() - whole[v] / whole.total()) for v in whole) / 2
                if limits.t_closeness is not None and far > limits.t_closeness + 1e-9:
                    yield f"{table} {by} {at}: {told} is {far} off"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ways")


LIMITS = st.builds(
    Limits,
    l_diversity=st.sampled_from([None, 2, 3]),
    t_closeness=st.sampled_from([None, 0.2, 0.35, 0.5]),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(seed=st.integers(0, 10_000), limits=LIMITS, whose=st.booleans(), few=st.sampled_from([0, 0, 12]))
def test_what_stays_reaches_the_limits_by_all_that_is_known_together(
    folder: Path, seed: int, limits: Limits, whose: bool, few: int
) -> None:
    path = hospital(folder, seed, few=few)
    rules = replace(RULES, limits=limits, persons=PERSONS if whose else {})
    with open_read(path) as session, session.snapshot():
        chosen = without_small_groups(session, read_schema(session), rules, None, Context())
        before, after = staying(session, None), staying(session, chosen)
    assert list(wrong(after, limits, rules.persons)) == []
    if not list(wrong(before, limits, rules.persons)):
        assert chosen is None, "nothing was wrong, and something is left out"


def test_all_that_is_known_along_a_way_is_asked_together(folder: Path) -> None:
    with open_read(hospital(folder, 1)) as session:
        found = demands(read_schema(session), RULES)
    led = [(each.table, each.by, told) for each in found if each.led for told in each.told]
    wanted = {
        (table, by, told) for table, all_of in ASKED.items() for by, told in all_of if table != "patient"
    }
    assert set(led) == wanted
    assert len(led) == len(wanted)


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_the_copy_the_measure_and_the_attacks_say_the_same(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the plan leaves out is what the copy lacks, and nobody learns anything for sure from the rest."""
    limits = Limits(l_diversity=2, t_closeness=0.5)
    path, new = hospital(tmp_path, seed, few=200), tmp_path / "copy.db"
    rules = replace(RULES, limits=limits, persons=PERSONS)
    with open_read(path) as session, session.snapshot():
        chosen = without_small_groups(session, read_schema(session), rules, None, Context())
        planned = staying(session, chosen)
    new.touch()
    told = make(path, new, rules, b"k" * 32, Context())
    assert all(each.passed for each in told.checks)
    titles = [each.title for each in told.checks]
    assert len(titles) == len(set(titles)), "what several ways ask for is told once"
    with open_read(new) as session:
        assert staying(session, None) == planned
    for table, questions in ASKED.items():
        for by, learnt in questions:
            person = PERSONS.get(table, ())
            found = groups(planned, table, by, learnt, person)
            question = Question(table, by, (learnt,), person)
            risk = measure(new, question, Context())
            if found:
                least = min(len(counts.keys() - {None}) for counts in found.values())
                assert risk.sensitive[0].l_distinct == least >= 2
                assert risk.groups == len(found)
                with monkeypatch.context() as patch:
                    patch.setattr(read, "MOST_VALUES", 0)
                    on_disk = measure(new, question, Context())
                assert (on_disk.k, on_disk.groups) == (risk.k, risk.groups)
                assert on_disk.leading_nowhere == risk.leading_nowhere
                assert on_disk.sensitive[0].t == pytest.approx(risk.sensitive[0].t)
                assert on_disk.sensitive[0].l_distinct == least
    guessed = [each for each in run(path, new, rules, Context()).attacks if each.kind is AttackKind.INFERENCE]
    assert guessed
    assert [each.title for each in guessed if each.reidentified] == []


def of_two(folder: Path, wards: list[tuple[object, object, object]]) -> Path:
    """Two patients of one year, with other illnesses, and visits."""
    return (
        a_database(folder / "two.db")
        .with_table("patient", TABLES["patient"], rows=[(1, 1950, "flu"), (2, 1950, "gout")])
        .with_table("visit", TABLES["visit"], rows=wards)
        .build()
    )


@pytest.mark.parametrize(
    ("visits", "left"),
    [
        ([(1, 1, "A"), (2, 2, "A")], {}),
        ([(1, 1, "A"), (2, None, "A")], {"visit": 1}),  # nobody's visit hides nobody
        ([(1, 1, "A"), (2, 2, "A"), (3, 1, "B")], {"visit": 1}),
        ([(1, 1, None), (2, 2, None)], {}),  # a ward that is not known is known of both
    ],
)
def test_a_row_that_leads_to_nobody_protects_nobody(
    tmp_path: Path, visits: list[tuple[object, object, object]], left: dict[str, int]
) -> None:
    path = of_two(tmp_path, visits)
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"patient": ("yob",), "visit": ("ward",)},
        sensitive={"patient": ("illness",)},
        limits=Limits(l_diversity=2),
    )
    with open_read(path) as session, session.snapshot():
        chosen = without_small_groups(session, read_schema(session), rules, None, Context())
        assert (dict(chosen.left_out) if chosen else {}) == left


@pytest.mark.parametrize(
    ("ill", "left"),
    [(["flu", "gout"], 0), (["flu", None], 2), ([None, None], 2), (["flu", "gout", None], 0)],
)
def test_a_blank_is_no_value_that_protects(tmp_path: Path, ill: list[str | None], left: int) -> None:
    path = (
        a_database(tmp_path / "b.db")
        .with_table(
            "patient",
            TABLES["patient"],
            rows=[(n, 1950, each) for n, each in enumerate(ill)] + [(8, 1960, "flu"), (9, 1960, "gout")],
        )
        .build()
    )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"patient": ("yob",)},
        sensitive={"patient": ("illness",)},
        limits=Limits(l_diversity=2),
    )
    with open_read(path) as session, session.snapshot():
        chosen = without_small_groups(session, read_schema(session), rules, None, Context())
        assert (dict(chosen.left_out) if chosen else {}) == ({"patient": left} if left else {})
    risk = measure(path, Question("patient", ("yob",), ("illness",)), Context()).sensitive[0]
    assert (risk.l_distinct >= 2) == (left == 0)
    assert risk.distinct == 2


def not_combined(path: Path, rules: ReleaseRules) -> list[str]:
    with open_read(path) as session:
        found = list(not_measured(read_schema(session), rules))
    assert not any(each.blocks for each in found)
    assert {each.code for each in found} <= {"limit_not_combined"}
    return [each.detail for each in found]


def test_what_no_foreign_key_joins_is_said_not_to_be_asked_together(folder: Path) -> None:
    path = hospital(folder, 1)
    asked = replace(RULES, limits=Limits(l_diversity=2))
    diag, gift = not_combined(path, asked)
    assert "“step” and “diag” of one “visit”" in diag
    assert "“visit” and “gift” of one “patient”" in gift
    assert "“step” and “gift” of one “patient”" in gift
    along = replace(
        asked, sensitive={"patient": ("illness",)}, quasi_identifiers={"patient": ("yob",), "step": ("day",)}
    )
    assert not_combined(path, along) == [], "a step leads to its patient"
    assert not_combined(path, replace(RULES, limits=Limits(k=2))) == [], (
        "k alone asks nothing of what is sensitive"
    )


def test_a_table_between_two_others_is_asked(tmp_path: Path) -> None:
    """Orders hold nothing but who and what: the patient is known, and the drug is sensitive."""
    path = (
        a_database(tmp_path / "o.db")
        .with_table(
            "patient", "id INTEGER PRIMARY KEY, yob INTEGER", rows=[(n, 1950 + n // 2) for n in range(4)]
        )
        .with_table("drug", "id INTEGER PRIMARY KEY, name TEXT", rows=[(1, "prep"), (2, "aspirin")])
        .with_table(
            "ordered",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, drug_id INTEGER REFERENCES drug",
            rows=[(1, 0, 1), (2, 1, 2), (3, 2, 1), (4, 3, 1)],
        )
        .build()
    )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"patient": ("yob",)},
        sensitive={"drug": ("name",)},
        limits=Limits(l_diversity=2),
    )
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, b"k" * 32, Context())
    assert found.orders.chosen is not None
    assert dict(found.orders.chosen.left_out) == {"ordered": 2}, "both patients of 1951 took the same"
    assert "2 rows of “ordered” are left out, with what points to them: l = 2 is asked of every group." in (
        subset_sentences(found, rules)
    )
    assert {each.code for each in found.findings} >= {"many_left_out"}


def test_more_ways_than_are_asked_are_told(tmp_path: Path) -> None:
    keys = ", ".join(f"p{n} INTEGER REFERENCES patient" for n in range(30))
    path = (
        a_database(tmp_path / "w.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, yob INTEGER", rows=[])
        .with_table("met", f"id INTEGER PRIMARY KEY, {keys}, told TEXT", rows=[])
        .build()
    )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"patient": ("yob",)},
        sensitive={"met": ("told",)},
        limits=Limits(l_diversity=2),
    )
    (told,) = not_combined(path, rules)
    assert "the 24 shortest are looked at" in told
    with open_read(path) as session:
        assert len([each for each in demands(read_schema(session), rules) if each.led]) < 25


def test_keys_of_several_columns_that_share_one_are_told_apart(tmp_path: Path) -> None:
    """Every key of a tenant begins with the tenant: the name of a way is of the column that it has alone."""
    path = (
        a_database(tmp_path / "t.db")
        .with_table("person", "tenant INTEGER, id INTEGER, yob INTEGER, PRIMARY KEY (tenant, id)", rows=[])
        .with_table(
            "child",
            "id INTEGER PRIMARY KEY, tenant INTEGER, mother INTEGER, father INTEGER, illness TEXT,"
            " FOREIGN KEY (tenant, mother) REFERENCES person (tenant, id),"
            " FOREIGN KEY (tenant, father) REFERENCES person (tenant, id)",
            rows=[],
        )
        .build()
    )
    rules = ReleaseRules("r", (), quasi_identifiers={"person": ("yob",)}, sensitive={"child": ("illness",)})
    with open_read(path) as session:
        found = [each.by for each in demands(read_schema(session), rules) if each.led]
    assert found == [("mother>yob", "father>yob"), ("mother>yob",), ("father>yob",)]


def test_nobody_hides_behind_a_row_of_nobody_from_an_attack(tmp_path: Path) -> None:
    """One patient in ward A, and a visit there of nobody, with another diagnosis."""
    path, new = tmp_path / "a.db", tmp_path / "copy.db"
    (
        a_database(path)
        .with_table("patient", TABLES["patient"], rows=[(1, 1950, "x"), (2, 1950, "x")])
        .with_table("visit", TABLES["visit"], rows=[(1, 1, "A"), (2, None, "A"), (3, 2, "B"), (4, 2, "B")])
        .with_table(
            "diag", TABLES["diag"], rows=[(1, 1, "flu"), (2, 2, "gout"), (3, 3, "flu"), (4, 4, "gout")]
        )
        .build()
    )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"visit": ("ward",)},
        sensitive={"diag": ("diagnosis",)},
        persons=PERSONS,
    )
    new.touch()
    make(path, new, rules, b"k" * 32, Context())
    (guessed,) = [
        each for each in run(path, new, rules, Context()).attacks if each.kind is AttackKind.INFERENCE
    ]
    assert guessed.title == "Who knows “ward” of “visit_id” guesses “diag.diagnosis”"
    assert (guessed.persons, guessed.reidentified) == (3, 1) or (guessed.tried, guessed.reidentified) == (
        2,
        1,
    )

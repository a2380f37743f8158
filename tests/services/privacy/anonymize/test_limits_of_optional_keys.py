"""A row without an optional key: it is still somebody's by its other keys, and is judged by what they lead to."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from builders import a_database
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.left_out import without_small_groups
from steward_app.services.privacy.anonymize.making import make
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.risk import Question, measure
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule
from steward_app.services.schema import read_schema

KEY = b"k" * 32
D = ("asthma", "diabetes", "HIV", "fracture")


def transfers(folder: Path) -> Path:
    """Transfers of visits, some of nobody, and of some it is known by whom else they were checked."""
    draw = random.Random(9)

    def one(of: int, share: float) -> int | None:
        return draw.randrange(of) if draw.random() < share else None

    return (
        a_database(folder / "t.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, born INTEGER",
            rows=[(n, draw.randint(1950, 1955)) for n in range(200)],
        )
        .with_table("ward", "id INTEGER PRIMARY KEY, name TEXT", rows=[(n, "NESW"[n]) for n in range(4)])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, ward_id INTEGER REFERENCES ward",
            rows=[(n, one(200, 0.95), one(4, 0.9)) for n in range(400)],
        )
        .with_table(
            "transfer",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit, checked_by INTEGER REFERENCES patient,"
            " diagnosis TEXT",
            rows=[(n, draw.randrange(400), one(200, 0.8), draw.choice(D)) for n in range(300)],
        )
        .build()
    )


TRANSFERS = ReleaseRules(
    "r",
    (),
    quasi_identifiers={"patient": ("born",), "ward": ("name",)},
    sensitive={"transfer": ("diagnosis",)},
    limits=Limits(l_diversity=2, left_out=1.0),
)


@pytest.mark.parametrize("person", [(), ("checked_by",), ("visit_id>patient_id",)])
def test_rows_without_an_optional_key_are_judged_by_their_other_ways(
    tmp_path: Path, person: tuple[str, ...]
) -> None:
    """Whatever tells whose a row is: by plain SQL nobody is left with one diagnosis."""
    path, new = transfers(tmp_path), tmp_path / "copy.db"
    rules = replace(TRANSFERS, persons={"transfer": person})
    new.touch()
    told = make(path, new, rules, KEY, Context())
    assert all(each.passed for each in told.checks)
    ways = {"p": "p.born", "w": "w.name", "q": "q.born"}
    with open_read(new) as session:
        for many in range(1, 4):
            for some in combinations(ways, many):
                led = " AND ".join(f"{each}.rowid IS NOT NULL" for each in some)
                by = ", ".join(ways[each] for each in some)
                groups_of = session.all(
                    f"SELECT {by}, count(DISTINCT diagnosis) FROM transfer AS s"
                    " LEFT JOIN visit AS v ON v.id = s.visit_id LEFT JOIN patient AS p ON p.id = v.patient_id"
                    " LEFT JOIN ward AS w ON w.id = v.ward_id LEFT JOIN patient AS q ON q.id = s.checked_by"
                    f" WHERE {led} AND (p.id IS NOT NULL OR q.id IS NOT NULL) GROUP BY {by}"
                )
                assert groups_of
                assert min(group[-1] for group in groups_of) >= 2, some


def test_a_key_that_the_copy_lacks_says_of_no_row_whose_it_is(tmp_path: Path) -> None:
    """The plan hides nobody behind a row that is nobody's in the copy."""
    path, new = tmp_path / "t.db", tmp_path / "copy.db"
    (
        a_database(path)
        .with_table("patient", "id INTEGER PRIMARY KEY", rows=[(1,), (2,)])
        .with_table(
            "visit",
            "id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient, ward TEXT",
            rows=[(1, 1, "north"), (2, None, "north"), (3, 1, "south"), (4, 2, "south")],
        )
        .with_table(
            "transfer",
            "id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit, checked_by INTEGER REFERENCES patient,"
            " diagnosis TEXT",
            rows=[(1, 1, None, "flu"), (2, 2, 2, "gout"), (3, 3, None, "flu"), (4, 4, None, "gout")],
        )
        .build()
    )
    rules = ReleaseRules(
        "r",
        (),
        quasi_identifiers={"visit": ("ward",)},
        sensitive={"transfer": ("diagnosis",)},
        persons={"transfer": ("visit_id>patient_id",)},
        limits=Limits(l_diversity=2, left_out=1.0),
    )
    removed = replace(rules, rules=(Rule(Place("transfer", "checked_by"), Technique.REMOVE),))
    with open_read(path) as session, session.snapshot():
        schema = read_schema(session)
        assert without_small_groups(session, schema, rules, None, Context()) is None
        chosen = without_small_groups(session, schema, removed, None, Context())
        assert chosen is not None
        assert dict(chosen.left_out) == {"transfer": 1}
    new.touch()
    assert all(each.passed for each in make(path, new, removed, KEY, Context()).checks)


def test_the_plan_and_the_measure_say_by_which_ways_persons_are_counted(tmp_path: Path) -> None:
    path = transfers(tmp_path)
    rules = replace(TRANSFERS, persons={"transfer": ("visit_id>patient_id",)})
    with open_read(path) as session, session.snapshot():
        found = look(session, rules, None, KEY, Context())
    (told,) = (each for each in found.findings if each.code == "persons_by_several_ways")
    assert not told.blocks
    assert "by “patient_id” of “visit_id”, where that is empty by “checked_by”." in told.detail
    question = Question("transfer", ("visit_id>ward_id>name",), ("diagnosis",), ("visit_id>patient_id",))
    risk = measure(path, question, Context())
    assert risk.person_else == ("checked_by",)
    with open_read(path) as session:
        nowhere = session.value(
            "SELECT count(*) FROM transfer AS s JOIN visit AS v ON v.id = s.visit_id"
            " WHERE v.ward_id IS NULL OR v.patient_id IS NULL AND s.checked_by IS NULL"
        )
    assert risk.leading_nowhere == nowhere


def test_of_a_key_of_several_columns_one_way_tells_all(tmp_path: Path) -> None:
    """Half a key says of nobody whose a row is, and is not mixed with half of another one."""
    path = (
        a_database(tmp_path / "c.db")
        .with_table(
            "patient",
            "clinic INTEGER, number INTEGER, born INTEGER, PRIMARY KEY (clinic, number)",
            rows=[(1, 1, 1950), (1, 2, 1950), (2, 1, 1950)],
        )
        .with_table(
            "gift",
            "id INTEGER PRIMARY KEY, giver_clinic INTEGER, giver INTEGER, taker_clinic INTEGER, taker INTEGER,"
            " organ TEXT, FOREIGN KEY (giver_clinic, giver) REFERENCES patient,"
            " FOREIGN KEY (taker_clinic, taker) REFERENCES patient",
            rows=[
                (1, 1, None, 2, 1, "liver"),  # of the taker
                (2, 2, 1, 1, 1, "lung"),  # of the same one, as giver
                (3, 1, None, 1, None, "lung"),  # of nobody
            ],
        )
        .with_table(
            "note",
            "id INTEGER PRIMARY KEY, gift_id INTEGER REFERENCES gift",
            rows=[(n, n) for n in (1, 2, 3)],
        )
        .build()
    )
    question = Question("note", ("gift_id>organ",), ("id",), ("gift_id>giver_clinic", "gift_id>giver"))
    risk = measure(path, question, Context())
    assert risk.person_else == ("gift_id>taker_clinic",)
    assert (risk.records, risk.leading_nowhere) == (2, 1)

"""Rules that a steward wrote are the least that ways to coarsen do."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.services.privacy.hierarchies import Prefix, Ranges
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.risk import Frontier, Question, frontier, taken
from steward_app.services.privacy.risk.least import contains, levels_below
from steward_app.services.privacy.rules import ReleaseRules, Rule

AGE, CODE = Place("person", "age"), Place("person", "code")
WRITTEN: dict[str, Json] = {"hierarchy": "prefix", "keep": [2, 1]}


def coarse(level: int | str, **others: Json) -> Rule:
    return Rule(CODE, Technique.GENERALIZE, {**WRITTEN, **others, "level": level})


@pytest.mark.parametrize(
    ("rule", "below"),
    [
        (None, set()),
        (Rule(CODE, Technique.KEEP), set()),
        (coarse(2), {0, 1}),
        (coarse(1, keep=[3, 1]), {0}),  # of another hierarchy no level says how far it goes
        (Rule(CODE, Technique.REMOVE), {0, 1, 2}),
        (Rule(CODE, Technique.SHIFT), {0}),
    ],
)
def test_levels_that_do_less_than_a_rule(rule: Rule | None, below: set[int]) -> None:
    assert levels_below(rule, Prefix((2, 1))) == below


@pytest.mark.parametrize(
    ("now", "said", "does"),
    [
        (coarse(2), coarse(1), True),
        (coarse(1), coarse(2), False),
        (coarse(1, kind="postcode"), coarse("first 2"), True),
        (coarse(2, keep=[3, 1]), coarse(1), False),
        (None, coarse(1), False),
        (coarse(1), Rule(CODE, Technique.KEEP), True),
        (coarse(1), Rule(CODE, Technique.SHIFT), False),
        (Rule(CODE, Technique.SHIFT), Rule(CODE, Technique.SHIFT), True),
    ],
)
def test_what_does_all_that_a_rule_says(now: Rule | None, said: Rule, *, does: bool) -> None:
    assert contains(now, said) is does


@pytest.fixture
def people(tmp_path: Path) -> Path:
    rows = [(n, 20 + n % 40, f"{n % 3}{n % 5}") for n in range(200)]
    made = a_database(tmp_path / "p.db")
    return made.with_table("person", "id INTEGER PRIMARY KEY, age INT, code TEXT", rows=rows).build()


def ways(people: Path, *least: Rule) -> Frontier:
    hierarchies = {"age": Ranges((10, 20)), "code": Prefix((1,))}
    question = Question("person", ("age", "code"))
    return frontier(people, question, Context(), hierarchies, least={rule.place: rule for rule in least})


def test_ways_below_a_rule_are_not_tried(people: Path) -> None:
    free, rule = (
        ways(people),
        Rule(CODE, Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [1], "level": 1}),
    )
    assert not free.is_bounded
    assert min(node.levels[1] for node in free.points()) == 0, "the other columns are coarsened instead"
    bounded = ways(people, rule)
    assert bounded.is_bounded
    assert bounded.tried < free.tried
    assert min(node.levels[1] for node in bounded.points()) == 1
    assert bounded.points()[-1].kept < free.points()[-1].kept, "the figures are those of what is done"


def test_what_is_removed_stays_removed(people: Path) -> None:
    removed = Rule(CODE, Technique.REMOVE)
    found = ways(people, removed)
    for node in found.points():
        assert taken(ReleaseRules("r", (removed,)), found, node).at(CODE) == removed


def test_where_a_check_refuses_all_that_is_enough_the_rest_is_tried(tmp_path: Path) -> None:
    rows = [(n, f"{n % 3}{1 + n % 5}") for n in range(60)]
    path = (
        a_database(tmp_path / "c.db")
        .with_table(
            "person", "id INTEGER PRIMARY KEY, code TEXT NOT NULL CHECK (code GLOB '[0-2][1-9]')", rows=rows
        )
        .build()
    )
    rule = Rule(CODE, Technique.SHIFT)
    question = Question("person", ("code",))
    found = frontier(path, question, Context(), {"code": Prefix((1,))}, least={CODE: rule})
    assert {node.levels for node in found.points(1.0)} == {(0,)}

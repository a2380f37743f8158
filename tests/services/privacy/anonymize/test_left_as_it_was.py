"""A rule that leaves values as they were anonymises nothing: it is measured, refused or told, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import open_catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.errors import Refused
from steward_app.kernel.finding import Finding, Severity
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.anonymize.making import Made, make
from steward_app.services.privacy.anonymize.planning import look
from steward_app.services.privacy.anonymize.proposal import propose_rules
from steward_app.services.privacy.classify.quasi import Known
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform import effects
from steward_app.services.privacy.transform.effects import Effect, says_something
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.privacy.transform.reasons import AS_IT_WAS, SMALL_DOMAIN
from steward_app.services.schema import read_schema

KEY = b"k" * 32
V = Place("t", "v")
NUMBERS, CODES = list(range(100_007, 100_307)), [f"{n}" for n in range(100, 130)]
CHANGING_NOTHING: list[tuple[str, Sequence[SqlValue], Technique, dict[str, Json]]] = [
    ("TEXT", CODES, Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [3, 2], "level": 0}),
    ("TEXT", CODES, Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [99]}),
    ("INTEGER", NUMBERS, Technique.GENERALIZE, {"hierarchy": "ranges", "steps": [1]}),
    ("INTEGER", NUMBERS, Technique.GENERALIZE, {"hierarchy": "ranges", "steps": [1], "as": "label"}),
    ("TEXT", CODES, Technique.GENERALIZE, {"hierarchy": "values", "values": {c: [c, "*"] for c in CODES}}),
    ("INTEGER", NUMBERS, Technique.ROUND, {"to": 1}),
    ("INTEGER", NUMBERS, Technique.NOISE, {"scale": 0.001}),
    ("INTEGER", [3] * 20 + [4] * 20, Technique.MICROAGGREGATE, {"k": 5}),
]


def of(folder: Path, declared: str, values: Sequence[SqlValue]) -> Path:
    rows = list(enumerate(values))
    return (
        a_database(folder, "left.db")
        .with_table("t", f"id INTEGER PRIMARY KEY, v {declared}", rows=rows)
        .build()
    )


def rule(technique: Technique, options: dict[str, Json], place: Place = V) -> ReleaseRules:
    return ReleaseRules("r", (Rule(place, technique, options),))


def told(path: Path, rules: ReleaseRules) -> dict[str, Finding]:
    with open_read(path) as session, session.snapshot():
        return {each.code: each for each in look(session, rules, None, KEY, Context()).findings}


def effect(path: Path, rules: ReleaseRules, place: Place = V) -> tuple[Effect, str]:
    with (
        open_read(path) as session,
        session.snapshot(),
        prepare(session, read_schema(session), rules, KEY, Context()) as found,
    ):
        return found.effects[place], found.permitted(place)


def made(path: Path, rules: ReleaseRules) -> Made:
    new = path.with_name("copy.db")
    new.touch()
    return make(path, new, rules, KEY, Context())


@pytest.mark.parametrize(("declared", "values", "technique", "options"), CHANGING_NOTHING)
def test_a_rule_that_changes_nothing_is_refused(
    tmp_path: Path, declared: str, values: Sequence[SqlValue], technique: Technique, options: dict[str, Json]
) -> None:
    found = told(of(tmp_path, declared, values), rule(technique, options))
    assert found["changes_nothing"].blocks
    assert found["changes_nothing"].count == len(values)
    assert "“keep”" in " ".join(found["changes_nothing"].remedies)
    assert "text_in_number" not in found


@pytest.mark.parametrize("path_rule", [True, False])
def test_inside_json_it_is_the_same(tmp_path: Path, path_rule: bool) -> None:
    path = of(tmp_path, "TEXT", [f'{{"zip": "{code}", "n": {code}}}' for code in CODES])
    place = Place("t", "v", "$.zip" if path_rule else "$.n")
    technique = Technique.GENERALIZE if path_rule else Technique.ROUND
    options: dict[str, Json] = {"hierarchy": "prefix", "keep": [3]} if path_rule else {"to": 1}
    assert told(path, rule(technique, options, place))["changes_nothing"].count == len(CODES)


def test_values_that_say_nothing_are_no_reason_to_refuse(tmp_path: Path) -> None:
    path = of(tmp_path, "INTEGER", [0, None, 0])
    assert not {"changes_nothing", "values_left"} & told(path, rule(Technique.ROUND, {"to": 10})).keys()
    assert [
        each for each in ("-", "", "00000", b"", 0, 0.0, None, "7", 3, "n/a") if says_something(each)
    ] == [
        "7",
        3,
        "n/a",
    ]


def test_what_stays_by_a_beginning_that_hides_nothing_is_warned_of_and_told_of_the_copy(
    tmp_path: Path,
) -> None:
    path = of(tmp_path, "TEXT", ["101", "107", *(f"{n}" for n in range(12340, 12398))])
    rules = rule(Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [3]})
    left = told(path, rules)["values_left"]
    assert (left.severity, left.count, left.blocks) == (Severity.WARNING, 2, False)
    assert "2 of 60 values" in left.title
    assert effect(path, rules)[1] == f"{AS_IT_WAS}, 2 of 60 values"
    copy = made(path, rules)
    assert any(
        "2 of 60 values of “t.v” stay as they were, by the rule." in each.detail for each in copy.checks
    )
    assert {each.reason for each in copy.residue.allowed} == {f"{AS_IT_WAS}, 2 of 60 values"}


def test_what_others_become_too_is_noted(tmp_path: Path) -> None:
    path = of(tmp_path, "INTEGER", [1000, 1003, 2000, 2496, 3111])
    rules = rule(Technique.ROUND, {"to": 1000})
    assert (told(path, rules)["values_left"].severity, told(path, rules)["values_left"].count) == (
        Severity.NOTE,
        2,
    )
    assert effect(path, rules)[1] == SMALL_DOMAIN


def test_where_a_range_begins_with_what_somebody_has_the_way_out_is_told(tmp_path: Path) -> None:
    path = of(tmp_path, "INTEGER", [10300, 10317, 10411, 10500, 10502])
    options: dict[str, Json] = {"hierarchy": "ranges", "steps": [100], "level": 1, "kind": "person_number"}
    refused = told(path, rule(Technique.GENERALIZE, options))["identifying_values_left"]
    assert (refused.blocks, refused.count) == (True, 2)
    assert "the value with which it begins, and somebody has that very value" in refused.detail
    assert "“as: label”" in refused.remedies[0]
    assert "identifying_values_left" not in told(path, rule(Technique.GENERALIZE, options | {"as": "label"}))


@pytest.mark.parametrize("decided", [True, False])
def test_of_a_value_that_leads_to_a_person_nothing_may_stay(tmp_path: Path, decided: bool) -> None:
    path = of(tmp_path, "TEXT", ["Jo", "Annabel", "Bernadette"])
    if decided:
        policy_path(path).write_text(
            "version: 1\nclassification:\n  tables:\n    t:\n      columns:\n        v: {type: given_name}\n",
            encoding="utf-8",
        )
    kind: dict[str, Json] = {} if decided else {"kind": "given_name"}
    rules = rule(Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [3], **kind})
    assert told(path, rules)["identifying_values_left"].blocks
    assert effect(path, rules)[1] == ""


def test_noise_that_moves_little_counts_as_kept(tmp_path: Path) -> None:
    path = of(tmp_path, "INTEGER", NUMBERS)
    weak, strong = rule(Technique.NOISE, {"scale": 0.3}), rule(Technique.NOISE, {"scale": 1000})
    assert told(path, weak)["values_left"].severity is Severity.WARNING
    assert effect(path, strong)[0].stay * 10 < len(NUMBERS)
    named = ReleaseRules("r", weak.rules, quasi_identifiers={"t": ("v",)})
    new = tmp_path / "copy.db"
    new.touch()
    (risk,) = make(path, new, named, KEY, Context(), what=Known({"t": {"v": "age"}}, {})).risks
    assert (risk.by, risk.moved) == (("v",), ())


def test_what_a_hierarchy_does_not_know_is_said_before(tmp_path: Path) -> None:
    path = of(tmp_path, "INTEGER", [*range(20, 40)] * 3)
    (tmp_path / "ages.csv").write_text("\n".join(f"{n};young;*" for n in range(20, 30)), encoding="utf-8")
    rules = rule(Technique.GENERALIZE, {"hierarchy": "file", "file": "ages.csv"})
    found = told(path, rules)
    assert found["values_not_known"].count == 30
    assert "30 of 60 values" in found["values_not_known"].title
    assert "text_in_number" in found
    made(path, rules)
    with open_read(tmp_path / "copy.db") as session:
        assert session.all("SELECT v, count(*) FROM t GROUP BY v") == [("*", 30), ("young", 30)]


def test_lines_of_a_hierarchy_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    path = of(tmp_path, "INTEGER", [20, 21])
    (tmp_path / "ages.csv").write_text("20;young;*\n21;young;*\n20;young;*\n20;old;*\n", encoding="utf-8")
    found = told(path, rule(Technique.GENERALIZE, {"hierarchy": "file", "file": "ages.csv"}))
    assert "lines 1 and 4 of the hierarchy ages.csv" in found["bad_option"].title


def test_everything_that_the_last_level_takes_is_meant(tmp_path: Path) -> None:
    path = of(tmp_path, "TEXT", CODES)
    assert "values_not_known" not in told(
        path, rule(Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [2], "level": "*"})
    )


def test_what_is_proposed_leaves_no_postcode_whole(tmp_path: Path) -> None:
    rows = [
        (n, f"Ada Winterfeld{n}", f"ada{n}@orig.example", ("101", "105", "107", "220", "600")[n % 5])
        for n in range(200)
    ]
    path = (
        a_database(tmp_path)
        .with_table("customer", "id INTEGER PRIMARY KEY, name TEXT, email TEXT, postcode TEXT", rows=rows)
        .build()
    )
    policy_path(path).write_text(
        "version: 1\nclassification:\n  tables:\n    customer:\n      columns:\n"
        "        postcode: {type: postcode}\n        name: {type: person_name}\n        email: {type: email}\n",
        encoding="utf-8",
    )
    with open_catalog() as catalog:
        rules = propose_rules(catalog, path, "r", Context())
    place = Place("customer", "postcode")
    found = rules.at(place)
    assert found is not None
    assert found.options["level"] == 2
    assert effect(path, rules, place)[0].stay == 0


@pytest.mark.parametrize(
    ("declared", "values", "kind"),
    [
        ("INTEGER", list(range(1, 60)), "account"),
        ("", [*range(1, 60), "anna", "bert"], "account"),
        ("", ["anna@orig.example", 7, 12, 0, "", *range(30)], "email"),
    ],
)
def test_numbers_in_columns_of_made_up_texts_meet_others(
    tmp_path: Path, declared: str, values: Sequence[SqlValue], kind: str
) -> None:
    path = of(tmp_path, declared, values)
    rules = rule(Technique.PSEUDONYM, {"kind": kind})
    assert "small_domain" in told(path, rules)
    copy = made(path, rules)
    assert copy.residue.is_clean
    assert b"orig.example" not in (tmp_path / "copy.db").read_bytes()


@pytest.mark.parametrize("technique", [Technique.MASK, Technique.BLOB])
def test_text_that_is_none_hides_no_value_that_becomes_another(tmp_path: Path, technique: Technique) -> None:
    a_database(tmp_path, "odd.db").with_table("t", "id INTEGER PRIMARY KEY, v").with_sql(
        *(f"INSERT INTO t(v) VALUES ({n})" for n in range(9)),
        "INSERT INTO t(v) VALUES (CAST(x'c3286e' AS TEXT))",
    ).build()
    assert made(tmp_path / "odd.db", rule(technique, {})).residue.is_clean


def test_effects_are_counted_of_every_value_once(tmp_path: Path) -> None:
    path = of(tmp_path, "TEXT", ["101", "101", "12345", None, "-", ""])
    found, _ = effect(path, rule(Technique.GENERALIZE, {"hierarchy": "prefix", "keep": [3]}))
    assert (found.values, found.stay, found.lost, found.shown, found.nothing) == (3, 2, 0, True, False)


def test_where_each_row_is_a_case_of_its_own_the_first_rows_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "_ROWS", 100)
    path = of(tmp_path, "INTEGER", NUMBERS)
    rules = rule(Technique.NOISE, {"scale": 0.3})
    assert effect(path, rules)[0].values == 100
    assert "of 100 values (of the first 100 rows)" in told(path, rules)["values_left"].title
    assert effect(path, rule(Technique.ROUND, {"to": 1}))[0].values == len(NUMBERS)


def test_rules_that_cannot_be_carried_out_are_refused_before_they_are_measured(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        effect(of(tmp_path, "TEXT", CODES), rule(Technique.GENERALIZE, {"hierarchy": "none"}))


def test_a_redaction_that_finds_nobody_is_told_and_refused_where_every_text_leads_to_a_person(
    tmp_path: Path,
) -> None:
    path = of(tmp_path, "TEXT", ["Ada Winterfeld", "Ben Moorbach"])
    assert told(path, rule(Technique.REDACT, {}))["values_left"].severity is Severity.WARNING
    assert (
        told(path, rule(Technique.REDACT, {"kind": "free_text"}))["values_left"].severity is Severity.WARNING
    )
    assert told(path, rule(Technique.REDACT, {"kind": "phone"}))["identifying_values_left"].blocks


def test_a_redaction_of_names_that_no_rule_knows_is_refused(tmp_path: Path) -> None:
    names = [f"{given} {family}" for given in ("Anna", "Robert") for family in ("Smith", "Miller", "Brown")]
    path = of(tmp_path, "TEXT", [*names, "Call back"])
    for said in ({}, {"kind": "free_text"}):
        found = told(path, rule(Technique.REDACT, said))["names_left"]
        assert found.blocks
        assert "would leave 6 of the 7 texts looked at" in found.title


def test_names_among_other_words_are_no_column_of_names(tmp_path: Path) -> None:
    path = of(tmp_path, "TEXT", ["Was seen by Anna Smith today", "Robert Miller called twice"])
    assert "names_left" not in told(path, rule(Technique.REDACT, {}))

"""What cannot hold in the copy is refused before the first write, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from builders import a_database
from builders.transforms import blocking, checked, released, rule, rules
from steward_app.services.privacy.rules import Rule


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [
        (n, f"{10_000 + n}", f"p{n}@x.org", n, "x", f"2020-01-{n:02d}", n / 2, f"t{n}", n % 3)
        for n in range(1, 29)
    ]
    return (
        a_database(tmp_path)
        .with_table(
            "a",
            "id INTEGER PRIMARY KEY, zip TEXT CHECK (length(zip) = 5), mail TEXT UNIQUE, n INTEGER NOT NULL, "
            "free TEXT, day TEXT CHECK (date(day) IS NOT NULL), amount REAL, tag TEXT, g INTEGER, "
            "made TEXT AS (upper(zip)), UNIQUE (tag, n)",
        )
        .with_rows("a", rows, columns=("id", "zip", "mail", "n", "free", "day", "amount", "tag", "g"))
        .with_sql(
            "CREATE TABLE s (id INTEGER PRIMARY KEY, k INTEGER, a INTEGER REFERENCES a (id), x ANY) STRICT",
            "INSERT INTO s VALUES (1, 5, 1, 'x'), (2, 6, 2, 7)",
            "CREATE VIEW v AS SELECT * FROM a",
            "CREATE UNIQUE INDEX by_free ON a (lower(tag))",
            "CREATE VIRTUAL TABLE f USING fts5 (free)",
        )
        .build()
    )


def test_columns_that_are_computed_or_shown_by_a_view_may_be_kept_by_a_rule(path: Path) -> None:
    assert not blocking(
        path, rules(rule("a", "made", "keep"), rule("v", "mail", "keep"), rule("a", "g", "keep"))
    )


@pytest.mark.parametrize(
    ("each", "code"),
    [
        (rule("a", "gone", "remove"), "rule_of_nothing"),
        (rule("gone", "mail", "remove"), "rule_of_nothing"),
        (rule("a", "made", "remove"), "generated_column"),
        (rule("v", "zip", "remove"), "rule_of_a_view"),
        (rule("f_data", "block", "remove"), "rule_of_sqlite"),
        (rule("a", "mail", "mask"), "unique_lost"),
        (rule("a", "mail", "fixed", value="x"), "unique_lost"),
        (rule("a", "mail", "generalize", hierarchy="prefix", keep=[1]), "unique_lost"),
        (rule("a", "n", "noise", scale=1), "unique_lost"),
        (rule("a", "tag", "shuffle"), "unique_lost"),
        (rule("a", "mail", "token", length=4), "unique_by_chance"),
        (rule("a", "zip", "token"), "trial_refused"),
        (
            rule("a", "day", "generalize", hierarchy="dates", level="decade", **{"as": "label"}),
            "trial_refused",
        ),
        (rule("a", "amount", "permute"), "permute_fractions"),
        (rule("a", "n", "fixed", value=None), "null_refused"),
        (rule("s", "k", "fixed", value="text"), "strict_type"),
        (rule("s", "k", "generalize", hierarchy="values", values={"5": ["few"]}), "strict_type"),
        (rule("s", "a", "mask"), "foreign_key_breaks"),
        (rule("a", "id", "round", to=10), "foreign_key_breaks"),
        (rule("a", "free", "pseudonym", kind="nobody"), "bad_option"),
        (rule("a", "free", "mask", unheard=1), "bad_option"),
        (rule("a", "g", "microaggregate", k=100), "fewer_than_k"),
        (rule("a", "n", "permute", range=[2, 40]), "permute_outside_range"),
        (rule("a", "amount", "microaggregate", **{"with": ["g"]}), "bad_option"),
        (rule("a", "free", "shuffle", group="id"), "shuffled_alone"),
        (rule("a", "day", "shift", person=["zip", "n"], days=0), "bad_option"),
    ],
    ids=lambda each: f"{each.technique}-{each.place.column}" if isinstance(each, Rule) else each,
)
def test_a_rule_that_cannot_hold_is_refused(path: Path, each: Rule, code: str) -> None:
    found = [finding for finding in checked(path, rules(each)) if finding.blocks]
    assert code in {finding.code for finding in found}
    assert all(finding.title and finding.subject.table for finding in found)


@pytest.mark.parametrize(
    "each",
    [
        rule("a", "mail", "token"),
        rule("a", "mail", "pseudonym", kind="email"),
        rule("a", "mail", "permute"),
        rule("a", "mail", "remove"),
        rule("a", "mail", "shuffle"),
        rule("a", "zip", "permute"),
        rule("a", "zip", "mask", sign="0"),
        rule("a", "day", "shift"),
        rule("a", "amount", "noise", scale=1),
        rule("a", "id", "permute"),
        rule("a", "id", "token"),
        rule("s", "a", "remove"),
        rule("s", "a", "shuffle"),
        rule("s", "k", "token"),
        rule("s", "x", "mask"),
        rule("a", "free", "redact"),
        rule("f", "free", "mask"),
    ],
    ids=lambda each: f"{each.technique}-{each.place.column}",
)
def test_a_rule_that_holds_is_not_refused(path: Path, each: Rule) -> None:
    assert blocking(path, rules(each)) == set()
    released(path, rules(each))


@pytest.mark.parametrize(("numbers", "told"), [(range(9), True), (range(1, 9), False), ([0, 0, 3], False)])
def test_a_key_of_0_that_stays_is_told(tmp_path: Path, numbers: Iterable[int], told: bool) -> None:
    path = a_database(tmp_path).with_table("t", "no INTEGER", rows=[(no,) for no in numbers]).build()
    codes = {finding.code for finding in checked(path, rules(rule("t", "no", "permute")))}
    assert ("permute_keeps_zero" in codes) is told
    wide = checked(path, rules(rule("t", "no", "permute", range=[0, 99])))
    assert "permute_keeps_zero" not in {finding.code for finding in wide}


def test_both_sides_of_a_foreign_key_must_agree(path: Path) -> None:
    assert "foreign_key_rules_differ" in blocking(
        path, rules(rule("a", "id", "permute"), rule("s", "a", "token"))
    )
    assert "foreign_key_rules_differ" in blocking(
        path, rules(rule("a", "id", "permute"), rule("s", "a", "keep"))
    )
    assert blocking(path, rules(rule("a", "id", "permute"), rule("s", "a", "permute"))) == set()
    codes = {finding.code for finding in checked(path, rules(rule("s", "a", "permute")))}
    assert "rule_extended" in codes
    assert "foreign_key_cut" in {finding.code for finding in checked(path, rules(rule("s", "a", "remove")))}


def test_names_are_found_in_any_case_and_two_rules_of_one_are_refused(path: Path) -> None:
    assert blocking(path, rules(rule("A", "MAIL", "token"))) == set()
    assert blocking(path, rules(rule("A", "MAIL", "token"), rule("a", "mail", "remove"))) == {"rule_twice"}


def test_findings_hold_no_values_and_warn_of_what_weakens(path: Path) -> None:
    said = rules(rule("a", "free", "redact"), rule("a", "amount", "noise", scale=1))
    found = (*checked(path, said), *checked(path, rules(rule("a", "g", "permute"))))
    assert {"small_domain", "nobody_known", "noise_averages_out"} <= {finding.code for finding in found}
    assert not any("x.org" in f"{finding.title}{finding.detail}" for finding in found)


def test_rows_that_break_a_check_already_do_not_count(tmp_path: Path) -> None:
    database = a_database(tmp_path).with_sql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'abc'), (2, 'abcdef')",
    )
    path = database.build()
    assert blocking(path, rules(rule("t", "v", "mask"))) == set()


def test_json_that_is_none_is_told(tmp_path: Path) -> None:
    rows = [(1, '{"a": "x"}'), (2, "not json"), (3, None), (4, "")]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, d TEXT", rows=rows).build()
    said = rules(rule("t", "d", "mask", "$.a"))
    assert [f.count for f in checked(path, said) if f.code == "not_json"] == [1]
    assert [row[1] for row in released(path, said)[0]["t"]] == ['{"a": "*"}', None, None, ""]
    assert "json_path_and_whole" in blocking(
        path, rules(rule("t", "d", "mask"), rule("t", "d", "mask", "$.a"))
    )


def test_numbers_in_a_column_of_json_go_as_counted_or_by_the_rule_of_single_values(tmp_path: Path) -> None:
    rows = [(1, '{"a": "x"}'), (2, 15), (3, 0.2), (4, "GBP"), (5, None), (6, b"\xff"), (7, "\n"), (8, "12")]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, d", rows=rows).build()
    some = rule("t", "d", "mask", "$.a")
    both = rules(some, rule("t", "d", "mask", "$.b"))
    assert [each.code for each in checked(path, both)].count("not_json") == 1

    def outcome(*said: Rule) -> tuple[list[object], list[str]]:
        told = [each.title for each in checked(path, rules(*said)) if each.code == "not_json"]
        return [row[1] for row in released(path, rules(*said))[0]["t"]], told

    made, told = outcome(some)
    assert made == ['{"a": "*"}', None, None, None, None, None, "\n", "12"]
    assert told == [
        "“json” of “t.d” removes 4 values whole, since they are no JSON text; 2 of them are numbers"
    ]
    made, told = outcome(some, rule("t", "d", "keep", "$"))
    assert made == ['{"a": "*"}', 15, 0.2, None, None, None, "\n", "12"]
    assert told[0].endswith("removes 2 values whole, since they are no JSON text")
    assert outcome(some, rule("t", "d", "round", "$", to=10))[0][1:3] == [20, 0.0]
    assert outcome(some, rule("t", "d", "remove", "$"))[0][1:3] == [None, None]


def test_births_of_two_digits_are_no_days_of_the_future_and_doubtful_ones_are_told(tmp_path: Path) -> None:
    days = ["14.09.28", "27.02.21", "06.08.15", "18.07.72", "13.07.1916", "30.05.2008", None]
    path = (
        a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, d", rows=list(enumerate(days))).build()
    )
    born = rule("t", "d", "generalize", hierarchy="dates", level="decade", kind="birth_date")
    assert [row[1] for row in released(path, rules(born))[0]["t"]] == [
        *("1920-1929", "1920-1929", "1910-1919", "1970-1979", "1910-1919", "2000-2009", None)
    ]
    [told] = [each for each in checked(path, rules(born)) if each.code == "either_century"]
    assert told.title.endswith("takes 2 birth years of two digits for 1915 to 1921")
    other = rule("t", "d", "generalize", hierarchy="dates", level="decade")
    assert not [each for each in checked(path, rules(other)) if each.code == "either_century"]


def test_of_texts_it_is_said_that_forms_are_looked_for_and_that_others_stay(path: Path) -> None:
    found = checked(path, rules(rule("a", "free", "redact"), rule("a", "mail", "token", kind="email")))
    [told] = [each for each in found if each.code == "texts_by_form"]
    assert (told.blocks, "stays" in told.detail) == (False, True)

"""Findings as people read them: what stops a plan first, then the gravest, and one for all that say the same."""

from __future__ import annotations

from dataclasses import replace

from steward_app.kernel.finding import Finding, Severity, Subject, gathered


def few_values(table: str, column: str, *, detail: str = "Whoever knows some can guess.") -> Finding:
    return Finding(
        "small_domain",
        Severity.WARNING,
        f"“permute” of “{table}.{column}” has few values",
        Subject("column", table, columns=(column,)),
        detail=detail,
        remedies=("Choose “token”.",),
        alike=("“permute” of", "columns has few values"),
    )


def test_what_says_the_same_of_several_columns_is_one() -> None:
    (told,) = gathered([few_values("patient", "id"), few_values("vi\nsit", "staff{count}")])
    assert told.title == "“permute” of 2 columns has few values"
    assert told.detail == "Whoever knows some can guess.\n“patient.id”, “vi␤sit.staff{count}”"
    assert (told.count, told.remedies, told.severity) == (2, ("Choose “token”.",), Severity.WARNING)


def test_what_differs_stays_apart() -> None:
    other = few_values("visit", "id", detail="Something else.")
    plain = replace(few_values("patient", "id"), alike=())
    alone = [few_values("staff", "id"), other, plain, replace(plain), replace(plain, blocks=True)]
    assert gathered(alone) == (alone[4], *alone[:4])


def test_the_same_column_twice_is_not_two() -> None:
    one = few_values("patient", "id")
    assert gathered([one, one]) == (one,)


def test_what_stops_a_plan_stands_first_and_then_the_gravest() -> None:
    warns = few_values("a", "x")
    error = replace(few_values("b", "x"), severity=Severity.ERROR)
    stops = replace(few_values("c", "x"), blocks=True)
    gravest = replace(error, blocks=True)
    assert gathered([warns, error, stops, gravest]) == (gravest, stops, error, warns)


def test_very_many_names_are_counted_and_the_first_shown() -> None:
    (told,) = gathered(few_values("t", f"c{number}") for number in range(1_000))
    assert told.title == "“permute” of 1,000 columns has few values"
    assert told.detail.endswith("“t.c59” and 940 more")


def test_a_path_in_json_is_named_with_its_column() -> None:
    paths = [
        replace(few_values("visit", "data"), subject=Subject("column", "visit", path, ("data",)))
        for path in ("$.mail", "$.phone")
    ]
    (told,) = gathered(paths)
    assert told.detail.endswith("“visit.data:$.mail”, “visit.data:$.phone”")

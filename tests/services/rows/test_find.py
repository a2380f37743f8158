"""A value is found wherever it stands, and nothing is left out in silence."""

from __future__ import annotations

import threading

import pytest

from builders import a_database
from steward_app.kernel.errors import Cancelled, UsageError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.rows import Grid, Hit, Match, Preview, Searched, Storage, find


@pytest.fixture
def clinic(tmp_path, opened):
    return opened(
        a_database(tmp_path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, name TEXT, phone TEXT, note",
            rows=[
                (1, "Jörg MÜLLER", "555-1", None),
                (2, "Ada", "4711", "asked for Mueller"),
                (3, "müller-Lüdenscheidt", None, 4711),
                (4, "Mu\u0308ller", None, b"M\xc3\xbcller"),
            ],
        )
        .with_sql("CREATE TABLE code (code TEXT PRIMARY KEY, n REAL) WITHOUT ROWID")
        .with_rows("code", [("a_b", 4711.0), ("a%b", -0.5), ("axb", 1)])
        .with_sql("CREATE VIRTUAL TABLE words USING fts5(body)", "INSERT INTO words VALUES ('a müller')")
        .with_sql(
            "CREATE VIEW v AS SELECT name FROM patient", "CREATE VIEW broken AS SELECT gone FROM patient"
        )
        .with_table('odd"name\n', '"col""umn" TEXT', rows=[("4711",)])
    )


def _hits(clinic, what, match=Match.CONTAINS, **settings):
    found = find(clinic.session, clinic.schema, what, Context(), match=match, **settings)
    return [(hit.table, hit.column, hit.key) for hit in found if isinstance(hit, Hit)]


def test_capitals_do_not_matter_and_accents_do(clinic):
    assert _hits(clinic, "müller") == [
        ("patient", "name", (1,)),
        ("patient", "name", (3,)),
        ("patient", "name", (4,)),
        ("words", "body", (1,)),
    ]
    assert _hits(clinic, "muller") == []
    assert _hits(clinic, "Mueller") == [("patient", "note", (2,))]


def test_signs_of_like_are_letters(clinic):
    assert _hits(clinic, "a_b") == [("code", "code", ("a_b",))]
    assert _hits(clinic, "%") == [("code", "code", ("a%b",))]


def test_exact_means_every_letter(clinic):
    assert _hits(clinic, "Ada", Match.EXACT) == [("patient", "name", (2,))]
    assert _hits(clinic, "ada", Match.EXACT) == []


def test_a_number_is_found_as_number_and_as_digits(clinic):
    assert sorted(_hits(clinic, "4711", Match.NUMBER)) == [
        ("code", "n", ("a_b",)),
        ('odd"name\n', 'col"umn', (1,)),
        ("patient", "note", (3,)),
        ("patient", "phone", (2,)),
    ]
    assert _hits(clinic, "-.5", Match.NUMBER) == [("code", "n", ("a%b",))]


def test_values_are_given_only_when_asked_for(clinic):
    hits = [hit for hit in find(clinic.session, clinic.schema, "müller", Context()) if isinstance(hit, Hit)]
    assert {hit.value for hit in hits} == {None}
    hits = [
        hit
        for hit in find(clinic.session, clinic.schema, "müller", Context(), values=True)
        if isinstance(hit, Hit)
    ]
    assert hits[0] == Hit("patient", "name", ("id",), (1,), "Jörg MÜLLER")


def test_a_long_value_comes_as_a_preview(tmp_path, opened):
    file = opened(a_database(tmp_path).with_table("t", "a", rows=[("x" * 5_000 + "needle",)]))
    hit = next(iter(find(file.session, file.schema, "needle", Context(), values=True)))
    assert isinstance(hit, Hit)
    assert hit.value == Preview(Storage.TEXT, 5_006, "x" * 256)


def test_a_hit_leads_to_its_row(clinic):
    hit = next(hit for hit in find(clinic.session, clinic.schema, "a%b", Context()) if isinstance(hit, Hit))
    grid = Grid(clinic.session, clinic.source(hit.table))
    assert hit.key_columns == grid.key_columns == ("code",)
    assert grid.page_from(hit.key).rows[0] == ("a%b", -0.5)


def test_every_table_says_that_it_was_searched(clinic):
    reports: list[Progress] = []
    found = list(find(clinic.session, clinic.schema, "nowhere", Context(reports.append)))
    assert {each.table for each in found} == {"patient", "code", "words", 'odd"name\n'}
    assert all(isinstance(each, Searched) and not each.rows and not each.problem for each in found)
    assert (reports[-1].done, reports[-1].total, reports[-1].unit) == (4, 4, "tables")


def test_what_is_not_listed_is_said(clinic):
    found = list(find(clinic.session, clinic.schema, "l", Context(), tables=["patient"], rows_a_table=2))
    assert found[-1] == Searched("patient", 2, capped=True)
    found = list(find(clinic.session, clinic.schema, "müller", Context(), tables=["patient"], rows_a_table=3))
    assert found[-1] == Searched("patient", 3, capped=False)


def test_a_table_that_cannot_be_read_stops_no_other(clinic):
    found = list(find(clinic.session, clinic.schema, "müller", Context(), tables=["broken", "patient"]))
    assert isinstance(found[0], Searched)
    assert found[0].problem.startswith("“broken” cannot be read: no such column: gone")
    assert found[-1] == Searched("patient", 3)


def test_text_that_is_not_utf8_does_not_stop_the_search(tmp_path, opened):
    file = opened(
        a_database(tmp_path)
        .with_sql("CREATE TABLE t (k TEXT PRIMARY KEY, a) WITHOUT ROWID")
        .with_sql("INSERT INTO t VALUES (CAST(x'5a6feb' AS TEXT), 'needle'), ('b', 'needle')")
    )
    found = [
        hit
        for hit in find(file.session, file.schema, "needle", Context(), values=True)
        if isinstance(hit, Hit)
    ]
    assert [hit.value for hit in found] == ["needle", "needle"]
    assert len(found) == 2


def test_it_can_be_cancelled(tmp_path, opened):
    file = opened(
        a_database(tmp_path).with_sql(
            "CREATE TABLE t (a TEXT)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) "
            "INSERT INTO t SELECT printf('%.40c', 'x') FROM n",
        )
    )
    context = Context()
    timer = threading.Timer(0.02, context.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        list(find(file.session, file.schema, "needle", context))


@pytest.mark.parametrize(
    ("what", "match", "tables"),
    [
        ("", Match.CONTAINS, ()),
        ("abc", Match.NUMBER, ()),
        ("x" * 10_001, Match.EXACT, ()),
        ("x", Match.EXACT, ("no",)),
    ],
)
def test_what_cannot_be_looked_for(clinic, what, match, tables):
    with pytest.raises(UsageError):
        find(clinic.session, clinic.schema, what, Context(), match=match, tables=tables)


def test_every_rule_is_stated():
    assert all(match.rule.endswith(".") for match in Match)

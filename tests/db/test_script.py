"""Cutting a script where SQLite says a statement ends."""

from __future__ import annotations

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_app.db.script import ended, split
from steward_app.kernel.errors import UsageError

TRIGGER = """CREATE TRIGGER t AFTER INSERT ON a BEGIN
  UPDATE a SET x = CASE WHEN new.x > 1 THEN ';' ELSE 2 END; -- end; of it
  SELECT 'END;';
END;"""


def test_semicolons_inside_things_do_not_end_a_statement() -> None:
    script = f"""-- first; comment
CREATE TABLE a(x DEFAULT 'a;b', "y;z", [w;v]); /* between; */

{TRIGGER}
;;
INSERT INTO a VALUES (1, 2, 3)  -- no semicolon at the end"""
    first, second, third = split(script)
    assert (first.line, first.verb) == (2, "CREATE")
    assert (second.line, second.sql) == (4, TRIGGER)
    assert (third.line, third.verb) == (9, "INSERT")


@pytest.mark.parametrize("script", ["", "  \n", "-- only a comment", "/* only */ ;; -- this", "\ufeff"])
def test_nothing_to_run(script: str) -> None:
    assert split(script) == ()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("SELECT 'open", "line 1, column 8: this quote does not end"),
        ("SELECT 'a' || 'it''s;\n open", "line 1, column 15: this quote does not end"),
        ('SELECT 1;\n\n  SELECT "op\nen;', "line 3, column 10: this quote does not end"),
        ("SELECT [op;", "line 1, column 8: this quote does not end"),
        ("SELECT x'ab;", "line 1, column 8: this quote does not end"),
        ("SELECT 1; /* open", "line 1, column 11: this comment does not end"),
        ("SELECT 1 /*/", "line 1, column 10: this comment does not end"),
        ("SELECT 1\n  /* open */ + /*;", "line 2, column 16: this comment does not end"),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
            "line 1, column 1: this statement does not end",
        ),
        ("SELECT 1;\n a\x00b", "line 2, column 3: this is a NUL character"),
    ],
)
def test_a_script_that_does_not_end_is_refused_with_the_place(script: str, said: str) -> None:
    with pytest.raises(UsageError, match=rf"s\.sql”,? {said}"):
        split(script, "s.sql")


PIECES = st.sampled_from(
    [
        "SELECT ';--' ;",
        'SELECT ";/*" ;',
        "SELECT [;'] ;",
        "COMMIT;",
        TRIGGER,
        "CREATE TEMP TRIGGER u AFTER DELETE ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END;",
    ]
)
BETWEEN = st.sampled_from(["", "\n", " -- x; 'y\n", "/* ; ' */", "\n;\n", "\t"])


@given(st.lists(st.tuples(BETWEEN, PIECES), max_size=8), BETWEEN)
@settings(max_examples=50, deadline=None)
def test_statements_come_back_whole_and_in_order(pieces: list[tuple[str, str]], tail: str) -> None:
    script = "".join(between + piece for between, piece in pieces) + tail
    assert [statement.sql for statement in split(script)] == [piece for _, piece in pieces]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("SELECT 1", "SELECT 1;"),
        ("SELECT 1 ;\n", "SELECT 1 ;"),
        ("SELECT 1 -- one", "SELECT 1 -- one\n;"),
        ("SELECT 1 -- one;", "SELECT 1 -- one;\n;"),
        ("SELECT '--'", "SELECT '--';"),
        ("SELECT '--';", "SELECT '--';"),
        ("SELECT 1 -- one\n+ 1", "SELECT 1 -- one\n+ 1;"),
        ("SELECT 1 /* -- one */", "SELECT 1 /* -- one */;"),
        ("SELECT 1\r\n", "SELECT 1\r\n;"),
        ("SELECT 1 -- one\n ", "SELECT 1 -- one\n ;"),
        ("SELECT 1 -- one \r", "SELECT 1 -- one \r\n;"),
    ],
)
def test_a_statement_is_ended_once_where_no_remark_hides_it(statement: str, text: str) -> None:
    assert ended(statement) == text
    assert len(split(text)) == 1
    assert apsw.complete(text)

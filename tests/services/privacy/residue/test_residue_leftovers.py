"""What earlier states leave: pieces of values, values that say little, and values over the edges of fields."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.residue.pieces import MOST, covers, pieces
from steward_app.services.privacy.residue.search import search_values

MAIL = "zoe.quixote-4711@mail.example"


def connect(path: Path, *statements: str) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    for sql in ("PRAGMA synchronous = OFF", "PRAGMA secure_delete = OFF", *statements):
        connection.execute(sql).fetchall()
    return connection


def look(path: Path, *values: SqlValue) -> ResidueReport:
    return search_values(path, values, Context())


@pytest.fixture
def behind(tmp_path: Path) -> Path:
    """A database behind whose last page any bytes may stand."""
    path = tmp_path / "x.db"
    connect(path, "CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES ('quite other words')").close()
    return path


def put(path: Path, data: bytes) -> None:
    start = path.read_bytes()[: 2 * 4096]
    path.write_bytes(start + b"\0" * 100 + data + b"\0" * (4096 - 100 - len(data)))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    value=st.text("abcdefghijklmnop @.-", min_size=10, max_size=60),
    more=st.integers(0, 60),
    encoding=st.sampled_from(["utf-8", "utf-16-le"]),
)
def test_three_quarters_of_the_beginning_are_enough(
    behind: Path, value: str, more: int, encoding: str
) -> None:
    enough = min(max(9, -(-3 * len(value) // 4)), 16)
    put(behind, value[: enough + more].encode(encoding) + b"\1\2")
    assert look(behind, value).of(Where.UNREACHED) >= 1


@pytest.mark.parametrize(
    ("value", "left", "found"),
    [
        (MAIL, ".quixote-4711@mail.example", True),
        (MAIL, "-4711@mail.example", False),  # many may end like that
        ("Ada Winter", "Ada Winte", True),
        ("Ada Winter", "Ada Wint", False),
        ("Ada Winter", "da Winter", False),
        ("Maximilian von Winterbottom", "imilian von Winterbottom", True),
        ("1984-03-07T00:00", "1984-03-07T0", False),
    ],
)
def test_how_much_must_be_left(behind: Path, value: str, left: str, found: bool) -> None:
    put(behind, b"\x80" + left.encode() + b"\x80")
    assert look(behind, value).is_clean is not found


def test_a_piece_tells_whose_it_is(behind: Path) -> None:
    put(behind, b"maximilian von w\x80")
    assert not look(behind, "Maximilian von Winter").is_clean
    assert look(behind, "Maximilian von Winter", "Maximilian von Wagner").is_clean  # nobody knows which
    put(behind, b"maximilian von wint\x80")
    assert look(behind, "Maximilian von Winter", "Maximilian von Wagner").found[0].values == 1


def test_a_piece_that_a_row_holds_is_chance(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = connect(
        path,
        "CREATE TABLE t (a TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
        " INSERT INTO t SELECT 'Maximilian von Wagner' FROM n",
        "DELETE FROM t WHERE rowid > 1",
    )
    assert look(path, "Maximilian von Winterbottom").is_clean
    assert look(path, "Maximilian von Wagners-Hof").is_clean
    connection.close()


@given(st.lists(st.text("abc@ ", min_size=8, max_size=30), max_size=20))
@settings(max_examples=50, deadline=None)
def test_no_piece_is_of_two_values(values: list[str]) -> None:
    for number, raw in pieces(values):
        sharing = {each for each in values if raw in each.encode()}
        starts = {each for each in sharing if each.encode().startswith(raw)}
        ends = {each for each in sharing if each.encode().endswith(raw)}
        assert not starts or not ends or values[number] in starts | ends
        assert len(starts) <= 1 or len(ends) <= 1


def test_pieces_of_very_many_values_are_said(behind: Path) -> None:
    report = look(behind, *(f"Somebody{n:06d}" for n in range(MOST + 1)))
    assert [each.count for each in report.not_searched if "beginnings" in each.what] == [MOST + 1]


def visits(path: Path, *statements: str) -> apsw.Connection:
    return connect(
        path,
        "CREATE TABLE person (id INTEGER PRIMARY KEY, born TEXT)",
        "CREATE TABLE visit (id INTEGER PRIMARY KEY, day TEXT)",
        "INSERT INTO person VALUES (1, 'x'), (2, '1984-03-07'), (3, 'y')",
        "INSERT INTO visit VALUES (1, '1984-03-07'), (2, '1984-03-08')",
        *statements,
    )


def test_a_date_in_a_row_hides_no_old_trace_in_another_table(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    visits(path, "DELETE FROM person WHERE id = 2").close()
    report = look(path, "1984-03-07")
    assert [(each.where, each.name, each.hits) for each in report.found] == [(Where.FREEBLOCK, "person", 1)]
    assert report.chance == 1  # the visit


def test_a_date_in_a_row_explains_the_traces_of_its_own_table(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    visits(path, "UPDATE person SET born = NULL", "VACUUM").close()
    connect(path, "INSERT INTO visit VALUES (3, '1984-03-07')", "DELETE FROM visit WHERE id = 3").close()
    assert look(path, "1984-03-07").is_clean


def test_a_date_on_a_free_page_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    visits(path, "DROP TABLE person").close()
    report = look(path, "1984-03-07")
    assert {each.where for each in report.found} == {Where.FREELIST}
    connect(path, "VACUUM").close()
    assert look(path, "1984-03-07").is_clean


def test_a_word_of_another_word_does_not_excuse_a_full_text_index(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connect(
        path,
        "CREATE TABLE t (a TEXT)",
        "INSERT INTO t VALUES ('Martinez came')",
        "CREATE VIRTUAL TABLE words USING fts5(a, content='')",
        "INSERT INTO words (rowid, a) VALUES (1, 'with Martin')",
    ).close()
    assert look(path, "Martin").of(Where.FULL_TEXT) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=st.text("abcdefgh4711-", min_size=5, max_size=20), share=st.floats(0.01, 0.99))
def test_over_the_edges_of_fields(tmp_path: Path, value: str, share: float) -> None:
    """Of a value that two columns make together: from eight letters on, four in each or sixteen in all; else chance."""
    path = tmp_path / "x.db"
    path.unlink(missing_ok=True)
    at = max(1, int(share * len(value)))
    connection = connect(path, "CREATE TABLE t (a TEXT, b TEXT)")
    connection.execute("INSERT INTO t VALUES (?, ?)", (value[:at], value[at:]))
    connection.close()
    counts = (len(value) >= 16 or min(at, len(value) - at) >= 4) and any(map(str.isalpha, value))
    assert look(path, value).is_clean is not counts


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_a_number_beside_a_token_is_no_longer_number(tmp_path: Path, encoding: str) -> None:
    """“Town 12” before “3f…” makes “Town 123” in the bytes alone, and in as many rows as there are tokens."""
    path = tmp_path / "x.db"
    connection = connect(
        path,
        f"PRAGMA encoding = '{encoding}'",
        "CREATE TABLE t (k TEXT PRIMARY KEY, town TEXT, token TEXT) WITHOUT ROWID",
    )
    rows = [(f"{n:04x}", f"Town {n % 60}", f"{n * 7919 % 4096:03x}fe") for n in range(400)]
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    connection.close()
    report = look(path, *(f"Town {n}" for n in range(100, 1000)))
    assert report.is_clean and report.chance > 0


def test_what_stands_over_the_edges_of_fields_excuses_the_same_bytes_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connect(
        path,
        "CREATE TABLE t (a TEXT, b TEXT)",
        "INSERT INTO t VALUES ('Han', 'nah Field'), ('the', 'Hannah Field'), ('x', 'y')",
        "DELETE FROM t WHERE rowid = 2",
    ).close()
    report = look(path, "Hannah")
    assert report.of(Where.FREEBLOCK) == report.hits == 1 and report.chance == 1


def test_more_strings_than_are_looked_at_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.db"
    connection = connect(path, "CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", ("Ada Winter, " * 300,))
    connection.close()
    monkeypatch.setattr("steward_app.services.privacy.residue.sweep._MOST_IN_WINDOW", 100)
    report = look(path, "Ada Winter")
    said = [each.count for each in report.not_searched if "more of the strings" in each.what]
    assert not report.is_clean and said and said[0] >= 200


def test_digits_over_the_edges_of_the_fields_of_many_rows_excuse_traces_of_such_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = connect(path, "CREATE TABLE seen (code TEXT, day TEXT)", "CREATE TABLE other (code TEXT)")
    rows = [(f"KVM-{number:02}23", "2024-02-07") for number in range(99, -1, -1)]
    connection.executemany("INSERT INTO seen VALUES (?, ?)", rows)
    connection.execute("INSERT INTO other VALUES ('KVM-23202'), ('kept')")
    connection.execute("DELETE FROM seen WHERE code < 'KVM-0500'").fetchall()
    assert look(path, "23202").is_clean
    connection.execute("DELETE FROM other WHERE code <> 'kept'").fetchall()
    connection.close()
    assert [each.name for each in look(path, "23202").found] == ["other"]


@pytest.mark.parametrize(
    ("left", "explained"),
    [
        (b"hi @perpettersson", True),
        (b"hi @perpett\0\0", True),
        (b"@perpet\0\0", False),
        (b"a perpetual", False),
        (b"perpetx\0", False),
    ],
)
def test_the_beginning_of_a_longer_word_explains_what_zeros_cut_off(left: bytes, explained: bool) -> None:
    assert covers(left, left.index(b"perpet"), len(b"perpet"), b"perpettersson") is explained

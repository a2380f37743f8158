"""A value that is put anywhere into the bytes is found; a copy made anew holds nothing; damage stops nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context, Progress
from steward_app.services.privacy.residue.matcher import Matcher
from steward_app.services.privacy.residue.search import search_values

VALUE = "zoë.quixote-4711@mail.example"


def house(path: Path, page_size: int, auto_vacuum: str = "NONE") -> bytes:
    connection = apsw.Connection(str(path))
    for sql in (
        f"PRAGMA page_size = {page_size}",
        f"PRAGMA auto_vacuum = {auto_vacuum}",
        "PRAGMA secure_delete = OFF",
        "PRAGMA synchronous = OFF",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB)",
        "CREATE INDEX t_a ON t (a)",
        "CREATE TABLE w (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
        " INSERT INTO t SELECT i, printf('%.*c', i % 50, '-'), zeroblob(i * 7 % 3000) FROM n",
        "INSERT INTO w SELECT id || '-', b FROM t",
        "DELETE FROM t WHERE id % 3 = 0",
        "ANALYZE",
    ):
        connection.execute(sql).fetchall()
    connection.close()
    return path.read_bytes()


@pytest.fixture(scope="module", params=[(512, "NONE"), (4096, "FULL"), (65536, "NONE")], ids=str)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, bytes, int]:
    path = tmp_path_factory.mktemp("planted") / "house.db"
    page_size, auto_vacuum = request.param
    return path, house(path, page_size, auto_vacuum), page_size


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    share=st.floats(0, 1), encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]), upper=st.booleans()
)
def test_a_planted_value_is_found(
    built: tuple[Path, bytes, int], share: float, encoding: str, upper: bool
) -> None:
    path, whole, page_size = built
    value = (VALUE.upper() if upper else VALUE).encode(encoding)
    at = page_size + int(share * (len(whole) - page_size - len(value)))
    path.write_bytes(whole[:at] + value + whole[at + len(value) :])
    assert search_values(path, [VALUE], Context()).hits >= 1


def test_nothing_is_found_where_nothing_is(built: tuple[Path, bytes, int]) -> None:
    path, whole, _ = built
    path.write_bytes(whole)
    assert search_values(path, [VALUE, "Ada Winter", 49301234567], Context()).is_clean


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=40)
)
def test_damage_stops_nothing(built: tuple[Path, bytes, int], changes: list[tuple[float, bytes]]) -> None:
    path, whole, page_size = built
    damaged = bytearray(whole)
    for share, data in changes:
        at = page_size + int(share * (len(whole) - page_size - len(data)))
        damaged[at : at + len(data)] = data
    path.write_bytes(damaged[: len(whole) - len(VALUE.encode())] + VALUE.encode())
    assert search_values(path, [VALUE], Context()).hits >= 1


@settings(max_examples=40, deadline=None)
@given(
    strings=st.sets(st.binary(min_size=5, max_size=40), min_size=1, max_size=30),
    between=st.lists(st.binary(max_size=20), min_size=1, max_size=10),
    many=st.booleans(),
)
def test_the_matcher_finds_what_find_finds(strings: set[bytes], between: list[bytes], many: bool) -> None:
    wanted = sorted(strings)
    if many:
        wanted = [each for each in wanted if len(each) >= 9] or [b"nine bytes long"]
    window = b"".join(gap + wanted[n % len(wanted)] for n, gap in enumerate(between * 3))
    expected = sorted(
        (at, number)
        for number, string in enumerate(wanted)
        for at in range(len(window))
        if window.startswith(string, at)
    )
    assert Matcher(wanted).find(window) == expected


def test_the_matcher_of_very_many_strings() -> None:
    wanted = [f"person.{number}@mail.example".encode() for number in range(25_000)]
    window = b"--".join(wanted[::97])
    assert [number for _, number in Matcher(wanted).find(window) if number % 97 == 0] == list(
        range(0, 25_000, 97)
    )


def test_strings_with_the_same_beginning_and_end_are_told_apart() -> None:
    wanted = [f"lena.morgenroth.{number:05}@mail.example".encode() for number in range(60_000)]
    wanted += [each.replace(b".0", b".x") for each in wanted[:50]]
    chosen = [*range(0, len(wanted), 7), *range(len(wanted) - 50, len(wanted))]
    window = b"--".join(wanted[number] for number in chosen)
    other = b"--lena.morgenroth.99999@mail.example"
    assert [number for _, number in Matcher(wanted).find(window + other)] == chosen


def test_it_stops_when_it_is_told_to(built: tuple[Path, bytes, int]) -> None:
    path, whole, _ = built
    path.write_bytes(whole)
    seen = threading.Event()

    def report(_: Progress) -> None:
        seen.set()
        context.cancel()

    context = Context(report)
    with pytest.raises(Cancelled):
        search_values(path, [VALUE], context)
    assert seen.is_set()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00", b"x" * 5000])
def test_what_is_no_database(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    if not content:
        assert search_values(path, [VALUE], Context()).is_clean
        return
    with pytest.raises(StewardError):
        search_values(path, [VALUE], Context())


def test_many_rounds_tell_the_same(built: tuple[Path, bytes, int], monkeypatch: pytest.MonkeyPatch) -> None:
    path, whole, _ = built
    path.write_bytes(whole[:-40] + VALUE.encode().ljust(40, b"-"))
    values = [f"nobody{number}@mail.example" for number in range(20)] + [
        VALUE,
        "17-",
        "--------------------------",
    ]
    at_once = search_values(path, values, Context())
    monkeypatch.setattr("steward_app.services.privacy.residue.values.ROUND", 3)
    assert search_values(path, values, Context()).found == at_once.found != ()

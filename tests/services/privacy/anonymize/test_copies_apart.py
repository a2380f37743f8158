"""Of a large table another process builds the last rows: the copy is the same to the byte, whatever becomes of it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builders import a_database
from builders.releases import write_to
from steward_app.db import ReadSession, open_read
from steward_app.db.building import building, file_settings
from steward_app.db.integrity import integrity_check
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context, Progress
from steward_app.services.privacy.anonymize import apart, filling
from steward_app.services.privacy.anonymize.build import build
from steward_app.services.privacy.anonymize.making import make, orders_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.model import Asked
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.schema import read_schema

KEY = b"k" * 32
ROWS = 700


def pseudonyms(*places: tuple[str, str]) -> ReleaseRules:
    return ReleaseRules(
        "r", tuple(Rule(Place(*each), Technique.PSEUDONYM, {"kind": "email"}) for each in places)
    )


def people(folder: Path, columns: str = "id INTEGER PRIMARY KEY, mail TEXT", *, wal: bool = False) -> Path:
    rows = [(n, f"zyx{n}@orig.example") for n in range(1, ROWS)]
    builder = a_database(folder).with_table("person", columns, rows=rows)
    return (builder.in_wal_mode() if wal else builder).build()


def build_copy(
    session: ReadSession, target: Path, rules: ReleaseRules, context: Context | None = None
) -> bytes:
    """The bytes of a copy of what a session sees, which another process was asked to help with."""
    used = context or Context()
    target.unlink(missing_ok=True)
    target.touch()
    with session.watched() as unchanged, session.snapshot():
        schema = read_schema(session, Context())
        orders = orders_of(session, schema, rules, KEY, Context())
        with (
            prepare(session, schema, rules, KEY, Context()) as transforms,
            building(target, file_settings(session)) as new,
        ):
            build(session, new, orders, transforms, used, unchanged)
    with open_read(target) as made:
        assert integrity_check(made, Context()) == ()
    return target.read_bytes()


def copied(path: Path, rules: ReleaseRules) -> bytes:
    with open_read(path) as session:
        return build_copy(session, path.with_name("copy.db"), rules)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Small tables are copied by two processes; what was taken over from the other one: rows, and the last number."""
    found: list[tuple[int, int]] = []
    stop = apart._Other.stop

    def stopped(other: apart._Other) -> tuple[int, int]:
        found.append(stop(other))
        return found[-1]

    monkeypatch.setattr(apart, "FROM_CELLS", 1)
    monkeypatch.setattr(apart, "_LATER_ROWS", 0)
    monkeypatch.setattr(apart, "_idle_cores", lambda: 1.0)
    monkeypatch.setattr(filling, "_BATCH_ROWS", 64)
    monkeypatch.setattr(apart._Other, "stop", stopped)
    return found


def to_the_end(monkeypatch: pytest.MonkeyPatch, rows: int = ROWS) -> None:
    """The other process is not told to stop before it has built so many rows, or all."""
    say = apart._Other._say

    def said(other: apart._Other, line: str) -> None:
        while line == "stop" and other.copied < rows and other._listening.is_alive():
            other._listening.join(0.01)
        say(other, line)

    monkeypatch.setattr(apart._Other, "_say", said)


def stopped_after_a_batch(folder: Path) -> Path:
    """A program that does what the other process does, and waits to be told to stop when it has built 64 rows."""
    program = folder / "other.py"
    program.write_text(STOPPED.format(root=str(Path(apart.__file__).parents[4])), "utf-8")
    return program


STOPPED = """
import sys, threading
sys.path.insert(0, {root!r})
from steward_app.services.privacy.anonymize import apart_child
say = apart_child._say
def said(document):
    say(document)
    if document == {{"copied": 64}}:
        for each in threading.enumerate():
            each.daemon and each.join()
apart_child._say = said
apart_child.main()
"""


@pytest.mark.parametrize("whole", [True, False], ids=["all its rows", "what it has"])
def test_the_copy_is_the_same_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[tuple[int, int]], whole: bool
) -> None:
    long = "x" * 3_000
    rows = [(n * n, f"zyx{n}@orig.example", f"{long}{n}" if n % 90 == 0 else n / 2) for n in range(-50, ROWS)]
    path = (
        a_database(tmp_path)
        .with_pragma("page_size = 1024")
        .with_pragma("auto_vacuum = FULL")
        .with_sql(
            "CREATE TABLE plain (id INTEGER PRIMARY KEY, mail TEXT, more)",
            'CREATE TABLE "odd ""name" (mail TEXT NOT NULL, n, up AS (n + 1) STORED)',
            "CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT UNIQUE CHECK (mail <> ''), n)",
            "CREATE TABLE made (id INTEGER PRIMARY KEY, mail TEXT, len AS (length(mail)))",
            "CREATE TABLE keyed (mail TEXT PRIMARY KEY, n) WITHOUT ROWID",
            "CREATE INDEX by_mail ON plain (mail)",
            'CREATE INDEX by_number ON "odd ""name" (n, mail)',
        )
        .with_rows("plain", [(n, mail, more) for n, (_, mail, more) in enumerate(rows, -300)])
        .with_rows('odd "name', [(mail, -n) for n, mail, _ in rows], columns=("mail", "n"))
        .with_rows("counted", [(n, mail, n) for n, (_, mail, _) in enumerate(rows)])
        .with_rows("made", [(n, mail) for n, (_, mail, _) in enumerate(rows)], columns=("id", "mail"))
        .with_rows("keyed", [(mail, 1) for _, mail, _ in rows])
        .build()
    )
    rules = pseudonyms(*((name, "mail") for name in ("plain", 'odd "name', "counted", "made", "keyed")))
    if whole:
        to_the_end(monkeypatch)
    else:
        to_the_end(monkeypatch, 64)
        (tmp_path / "programs").mkdir()
        monkeypatch.setattr(apart, "_CHILD", stopped_after_a_batch(tmp_path / "programs"))
    together = copied(path, rules)
    monkeypatch.setattr(apart, "FROM_CELLS", 1 << 60)
    assert together == copied(path, rules)
    assert len(taken) == 4  # a table without row numbers is not shared
    assert all(built > 300 if whole else built == 64 for built, _ in taken)
    assert sorted(tmp_path.glob("*.*")) == sorted([path, tmp_path / "copy.db"])


BREAKS_OFF = """
import sys
sys.stdin.readline()
print('{"reads": true}')
print('{"copied": 5}')
print('{"done": [5', end="")
"""


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(1)", BREAKS_OFF, "import os; os.kill(os.getpid(), 9)"],
    ids=["it does not start", "it breaks off", "it is killed"],
)
def test_where_the_other_process_fails_this_one_does_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[tuple[int, int]], program: str
) -> None:
    path, rules = people(tmp_path), pseudonyms(("person", "mail"))
    other = tmp_path / "other.py"
    other.write_text(program, "utf-8")
    monkeypatch.setattr(apart, "_CHILD", other)
    together = copied(path, rules)
    monkeypatch.setattr(apart, "FROM_CELLS", 1 << 60)
    assert together == copied(path, rules)
    assert taken == [(0, 0)]


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_both_read_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[tuple[int, int]], wal: bool
) -> None:
    path, rules = people(tmp_path, wal=wal), pseudonyms(("person", "mail"))
    to_the_end(monkeypatch)
    with open_read(path) as session:
        alone = build_copy(session, tmp_path / "alone.db", rules)
    assert taken.pop()[0] > 300
    if not wal:
        return
    prepared = apart.part_of

    def written_meanwhile(*given: object) -> apart.Part:
        write_to(path, "UPDATE person SET mail = 'later@orig.example' WHERE id > 300")
        return prepared(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(apart, "part_of", written_meanwhile)
    assert copied(path, rules) == alone
    assert taken == [(0, 0)]


def test_text_that_is_not_valid_goes_along_as_it_is(tmp_path: Path, taken: list[tuple[int, int]]) -> None:
    path = people(tmp_path)
    write_to(path, "ALTER TABLE person ADD COLUMN more TEXT DEFAULT ''")
    write_to(path, f"UPDATE person SET more = CAST(x'ff41' AS TEXT) WHERE id = {ROWS - 5}")
    copied(path, pseudonyms(("person", "mail")))
    with open_read(tmp_path / "copy.db") as session:
        assert session.count("SELECT count(*) FROM person") == ROWS - 1
        assert session.value("SELECT hex(more) FROM person WHERE more <> ''") == "FF41"


def test_rows_of_both_that_collide_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[tuple[int, int]]
) -> None:
    half = ROWS // 2
    rows = [(n, n % half + (0.25 if n >= half else 0)) for n in range(ROWS)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, n REAL UNIQUE", rows=rows).build()
    to_the_end(monkeypatch)
    rules = ReleaseRules("r", (Rule(Place("t", "n"), Technique.ROUND, {"to": 1}),))
    with pytest.raises(Failure, match="break a rule of “t”") as caught:
        copied(path, rules)
    assert caught.value.code is ErrorCode.CONSTRAINT
    assert taken[0][0] > 300
    assert not list(tmp_path.glob("*.rows"))


def test_a_cancel_ends_both(tmp_path: Path, taken: list[tuple[int, int]]) -> None:
    path = people(tmp_path)

    def stop(progress: Progress) -> None:
        if progress.note == "person":
            context.cancel()

    context = Context(stop)
    before = threading.active_count()
    with open_read(path) as session, pytest.raises(Cancelled):
        build_copy(session, tmp_path / "copy.db", pseudonyms(("person", "mail")), context)
    assert threading.active_count() == before
    assert not list(tmp_path.glob("*.rows"))
    assert taken == []


def test_a_copy_that_was_made_by_both_is_checked_and_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[tuple[int, int]]
) -> None:
    path, target = people(tmp_path), tmp_path / "copy.db"
    to_the_end(monkeypatch)
    target.touch()
    made = make(path, target, pseudonyms(("person", "mail")), KEY, Context())
    assert (made.rows, made.residue.values) == (ROWS - 1, ROWS - 1)
    assert taken[0][0] > 300


def other_of(path: Path, file: Path) -> apart._Other:
    """The other process, for the rows of `person` from the first one on."""
    rules = pseudonyms(("person", "mail"))
    with open_read(path) as session:
        schema_hash = read_schema(session, Context()).hash
    part = apart.Part(schema_hash, "person", Asked(rules, KEY), 1, filling.How(batch=64))
    return apart._Other(file, part.told(path, file), lambda: True)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, file = people(tmp_path), tmp_path / "its.rows"
    file.touch()
    monkeypatch.setattr(apart, "_CHILD", stopped_after_a_batch(tmp_path))
    other = other_of(path, file)
    while other.copied < 64 and other._listening.is_alive():
        other._listening.join(0.01)
    assert other._child.stdin and other._child.stdout
    other._child.stdin.close()  # as when the process is gone that held its other end
    assert other._child.wait(30) == 1
    other._listening.join()
    other._child.stdout.close()
    assert other._done == (0, 0)
    assert b"@orig.example" not in file.read_bytes()


def test_it_makes_no_file_where_its_own_was_swept_away(tmp_path: Path) -> None:
    path, file = people(tmp_path), tmp_path / "its.rows"
    other = other_of(path, file)
    other._listening.join()
    assert other._child.wait(30) != 0
    assert not file.exists()
    other.close()


def test_a_busy_computer_is_not_asked_for_a_second_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr(apart, "_idle_cores", lambda: 0.2)
    copied(people(tmp_path), pseudonyms(("person", "mail")))
    assert taken == []


def test_what_runs_now_tells_whether_a_computer_is_busy_and_not_the_last_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_LOAD", tmp_path / "loadavg")
    (tmp_path / "loadavg").write_text("7.50 6.20 3.10 2/231 4711\n", "ascii")
    assert apart._busy_cores() == 2


def test_where_the_system_does_not_tell_what_runs_now_its_average_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_LOAD", tmp_path / "none")
    monkeypatch.setattr(apart.os, "getloadavg", lambda: (1.75, 1.0, 1.0), raising=False)
    assert apart._busy_cores() == 1.75


@pytest.mark.parametrize(
    ("technique", "options"),
    [(Technique.SHUFFLE, {}), (Technique.REDACT, {}), (Technique.MICROAGGREGATE, {"k": 3})],
)
def test_what_needs_whole_tables_stays_in_one_process(
    tmp_path: Path, taken: list[tuple[int, int]], technique: Technique, options: dict[str, object]
) -> None:
    path = people(tmp_path)
    copied(path, ReleaseRules("r", (Rule(Place("person", "mail"), technique, options),)))  # type: ignore[arg-type]
    assert taken == []

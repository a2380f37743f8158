"""Of a large table another process builds the last rows: the copy is the same to the byte, whatever becomes of it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
def taken(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Small tables are copied by two processes; how many rows were taken over from each file of the other one."""
    found: list[list[int]] = []
    stop = apart._Other.stop

    def stopped(other: apart._Other) -> list[apart.Built]:
        built = stop(other)
        found.append([each.rows for each in built])
        return built

    monkeypatch.setattr(apart, "FROM_CELLS", 1)
    monkeypatch.setattr(apart, "_idle_cores", lambda: 1.0)
    monkeypatch.setattr(filling, "_BATCH_ROWS", 64)
    monkeypatch.setattr(apart._Other, "stop", stopped)
    return found


def after_the_other(monkeypatch: pytest.MonkeyPatch, rows: int = ROWS) -> None:
    """This process copies nothing before the other one has built so many rows, or all that it is given."""
    fill = apart._from_both

    def filled(*handed: Any) -> int:
        other = handed[3]
        while other.copied < rows and other._listening.is_alive():
            other._listening.join(0.01)
        return fill(*handed)

    monkeypatch.setattr(apart, "_from_both", filled)


def other_program(folder: Path, said: str) -> Path:
    """A program that does what the other process does, and something more when it has said a `document`."""
    program = folder / "other.py"
    program.write_text(OTHER.format(root=str(Path(apart.__file__).parents[4]), said=said), "utf-8")
    return program


OTHER = """
import os, sys, threading
sys.path.insert(0, {root!r})
from steward_app.services.privacy.anonymize import apart_child
say = apart_child._say
documents = []
def said(document):
    documents.append(document)
    say(document)
    {said}
apart_child._say = said
apart_child.main()
"""
STOPPED_AFTER_A_BATCH = (
    'document == {"copied": 64} and [each.join() for each in threading.enumerate() if each.daemon]'
)
KILLED_AFTER_TWO_FILES = 'sum("done" in each for each in documents) == 2 and os.kill(os.getpid(), 9)'


@pytest.mark.parametrize("whole", [True, False], ids=["all its rows", "what it has"])
def test_the_copy_is_the_same_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]], whole: bool
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
        after_the_other(monkeypatch)
    else:
        after_the_other(monkeypatch, 64)
        (tmp_path / "programs").mkdir()
        monkeypatch.setattr(apart, "_CHILD", other_program(tmp_path / "programs", STOPPED_AFTER_A_BATCH))
    together = copied(path, rules)
    monkeypatch.setattr(apart, "FROM_CELLS", 1 << 60)
    assert together == copied(path, rules)
    assert len(taken) == 3  # a table without row numbers is not shared, nor one whose rows get new ones
    assert all(sum(built) > 600 if whole else built == [64] for built in taken)
    assert sorted(tmp_path.glob("*.*")) == sorted([path, tmp_path / "copy.db"])


BREAKS_OFF = """
import sys
sys.stdin.readline()
print('{"reads": true}', flush=True)
sys.stdin.readline()
print('{"copied": 5}')
print('{"done": [5', end="")
"""


@pytest.mark.parametrize(
    ("program", "built"),
    [("raise SystemExit(1)", []), (BREAKS_OFF, [0]), ("import os; os.kill(os.getpid(), 9)", [])],
    ids=["it does not start", "it breaks off", "it is killed"],
)
def test_where_the_other_process_fails_this_one_does_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]], program: str, built: list[int]
) -> None:
    path, rules = people(tmp_path), pseudonyms(("person", "mail"))
    other = tmp_path / "other.py"
    other.write_text(program, "utf-8")
    monkeypatch.setattr(apart, "_CHILD", other)
    after_the_other(monkeypatch)
    together = copied(path, rules)
    monkeypatch.setattr(apart, "FROM_CELLS", 1 << 60)
    assert together == copied(path, rules)
    assert taken == [built]


def test_what_the_other_process_built_before_it_was_killed_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]]
) -> None:
    path, rules = people(tmp_path), pseudonyms(("person", "mail"))
    after_the_other(monkeypatch)
    monkeypatch.setattr(apart, "_CHILD", other_program(tmp_path, KILLED_AFTER_TWO_FILES))
    together = copied(path, rules)
    monkeypatch.setattr(apart, "FROM_CELLS", 1 << 60)
    assert together == copied(path, rules)
    assert [rows > 0 for rows in taken[0][-2:]] == [True, True]
    assert not any(taken[0][:-2])


def test_rows_may_lie_far_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]]
) -> None:
    numbers = [-(2**63), *(sign * n**7 for sign in (1, -1) for n in range(1, 300)), 0, 2**63 - 1]
    rows = [(number, f"zyx{number}@orig.example") for number in numbers]
    path = a_database(tmp_path).with_table("person", "id INTEGER PRIMARY KEY, mail TEXT", rows=rows).build()
    rules = pseudonyms(("person", "mail"))
    after_the_other(monkeypatch)
    together = copied(path, rules)
    monkeypatch.setattr(apart, "FROM_CELLS", 1 << 60)
    assert together == copied(path, rules)
    assert sum(taken[0])


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**20), st.lists(st.booleans(), min_size=300))
def test_both_together_take_every_row_once(first: int, more: int, whose: list[bool]) -> None:
    last = min(first + more, 2**63 - 1)
    left = apart.Unclaimed(apart.Stretch(first, last))
    mine, of_the_other = [], []
    for own in (*whose, *[True] * 300):
        if taken := left.from_front() if own else left.from_end():
            (mine if own else of_the_other).append(taken)
    every = [*mine, *reversed(of_the_other)]
    assert [each.first for each in every] == [first, *(each.last + 1 for each in every[:-1])]
    assert every[-1].last == last
    assert left.from_front() is None
    assert left.from_end() is None


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "WAL"])
def test_both_read_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]], wal: bool
) -> None:
    path, rules = people(tmp_path, wal=wal), pseudonyms(("person", "mail"))
    after_the_other(monkeypatch)
    with open_read(path) as session:
        alone = build_copy(session, tmp_path / "alone.db", rules)
    assert sum(taken.pop()) > 600
    if not wal:
        return
    found = apart.all_rows

    def written_meanwhile(*handed: Any) -> apart.Stretch:
        write_to(path, "UPDATE person SET mail = 'later@orig.example' WHERE id > 300")
        return found(*handed)

    monkeypatch.setattr(apart, "all_rows", written_meanwhile)
    assert copied(path, rules) == alone
    assert taken == [[]]


def test_text_that_is_not_valid_goes_along_as_it_is(tmp_path: Path, taken: list[list[int]]) -> None:
    path = people(tmp_path)
    write_to(path, "ALTER TABLE person ADD COLUMN more TEXT DEFAULT ''")
    write_to(path, f"UPDATE person SET more = CAST(x'ff41' AS TEXT) WHERE id = {ROWS - 5}")
    copied(path, pseudonyms(("person", "mail")))
    with open_read(tmp_path / "copy.db") as session:
        assert session.count("SELECT count(*) FROM person") == ROWS - 1
        assert session.value("SELECT hex(more) FROM person WHERE more <> ''") == "FF41"


def test_rows_of_both_that_collide_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]]
) -> None:
    half = ROWS // 2
    rows = [(n, n % half + (0.25 if n >= half else 0)) for n in range(ROWS)]
    path = a_database(tmp_path).with_table("t", "id INTEGER PRIMARY KEY, n REAL UNIQUE", rows=rows).build()
    after_the_other(monkeypatch)
    rules = ReleaseRules("r", (Rule(Place("t", "n"), Technique.ROUND, {"to": 1}),))
    with pytest.raises(Failure, match="break a rule of “t”") as caught:
        copied(path, rules)
    assert caught.value.code is ErrorCode.CONSTRAINT
    assert sum(taken[0]) > 600
    assert not list(tmp_path.glob("*.rows*"))


@pytest.mark.parametrize("built", [0, 64], ids=["as soon as it can", "while both work"])
def test_a_cancel_ends_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]], built: int
) -> None:
    path = people(tmp_path)
    after_the_other(monkeypatch, built)
    (tmp_path / "programs").mkdir()
    program = other_program(tmp_path / "programs", STOPPED_AFTER_A_BATCH)
    monkeypatch.setattr(apart, "_CHILD", program)

    def stop(progress: Progress) -> None:
        if progress.note == "person" and progress.done >= built:
            context.cancel()

    context = Context(stop)
    before = threading.active_count()
    with open_read(path) as session, pytest.raises(Cancelled):
        build_copy(session, tmp_path / "copy.db", pseudonyms(("person", "mail")), context)
    assert threading.active_count() == before
    assert not list(tmp_path.glob("*.rows*"))
    assert taken == []


def test_a_copy_that_was_made_by_both_is_checked_and_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]]
) -> None:
    path, target = people(tmp_path), tmp_path / "copy.db"
    after_the_other(monkeypatch)
    target.touch()
    made = make(path, target, pseudonyms(("person", "mail")), KEY, Context())
    assert (made.rows, made.residue.values) == (ROWS - 1, ROWS - 1)
    assert sum(taken[0]) > 600


def other_of(path: Path, file: Path) -> apart._Other:
    """The other process, for all rows of `person`."""
    rules = pseudonyms(("person", "mail"))
    with open_read(path) as session:
        schema_hash = read_schema(session, Context()).hash
    part = apart.Part(schema_hash, "person", Asked(rules, KEY), filling.How(batch=64))
    left = apart.Unclaimed(apart.Stretch(1, ROWS))
    return apart._Other([file], part.told(path), left, lambda: True)


def test_it_ends_with_the_process_that_started_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, file = people(tmp_path), tmp_path / "its.rows"
    file.touch()
    monkeypatch.setattr(apart, "_CHILD", other_program(tmp_path, STOPPED_AFTER_A_BATCH))
    other = other_of(path, file)
    while other.copied < 64 and other._listening.is_alive():
        other._listening.join(0.01)
    assert other._child.stdin and other._child.stdout
    other._child.stdin.close()  # as when the process is gone that held its other end
    assert other._child.wait(30) == 1
    other._listening.join()
    other._child.stdout.close()
    assert [each.rows for each in other._built] == [0]
    assert b"@orig.example" not in file.read_bytes()


def test_it_makes_no_file_where_its_own_was_swept_away(tmp_path: Path) -> None:
    path, file = people(tmp_path), tmp_path / "its.rows"
    other = other_of(path, file)
    other._listening.join()
    assert other._child.wait(30) != 0
    assert not file.exists()
    other.close()


def test_a_busy_computer_is_not_asked_for_a_second_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[list[int]]
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
    tmp_path: Path, taken: list[list[int]], technique: Technique, options: dict[str, object]
) -> None:
    path = people(tmp_path)
    copied(path, ReleaseRules("r", (Rule(Place("person", "mail"), technique, options),)))  # type: ignore[arg-type]
    assert taken == []

"""A search in little memory finds what one without limits finds, in the same order and number."""

from __future__ import annotations

import json
import random
import tracemalloc
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db.anatomy import Anatomy
from steward_app.db.raw_files import Frames
from steward_app.db.sidefiles import JOURNAL, SHM, WAL
from steward_app.kernel.progress import Context
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.residue.edges import MAIN, Hit, Join
from steward_app.services.privacy.residue.forms import Form
from steward_app.services.privacy.residue.hits import HitStore
from steward_app.services.privacy.residue.leftovers import Leftovers
from steward_app.services.privacy.residue.locate import Leftover
from steward_app.services.privacy.residue.model import Permitted, ResidueReport, Searched, Where
from steward_app.services.privacy.residue.search import search, search_values
from steward_app.services.privacy.residue.wanted import WantedStrings

MODULES = "steward_app.services.privacy.residue"
NAMES = [f"{letter * 3}wood Longname {letter}" for letter in "ABDEGHJ"]
"""None shares its beginning or its end with another, so that each is looked for in the same way on its own."""

FILES = st.sampled_from([MAIN, JOURNAL, SHM, WAL])
JOINS = st.builds(
    Join,
    edge=st.integers(0, 1 << 45),
    kept=st.integers(0, 63),
    head=st.integers(0, 1 << 45),
    end=st.integers(0, 6),
    rest=FILES,
    is_old=st.booleans(),
)
HITS = st.builds(Hit, FILES, st.integers(0, 6), st.integers(0, 3), st.none() | JOINS)


def stored(hits: list[Hit]) -> HitStore:
    store = HitStore()
    for suffix, at, string, join in hits:
        if join:
            store.add_joined(suffix, at, string, join)
        else:
            store.add(suffix, at - 1, [(1, string)])
    return store


def key(hit: Hit) -> tuple[str, int, int]:
    return hit.suffix, hit.at, hit.string


@settings(max_examples=50, deadline=None)
@given(st.lists(HITS, max_size=30, unique_by=lambda hit: hit if hit.join else key(hit)), st.integers(0, 5))
def test_hits_come_back_in_order_and_once(hits: list[Hit], twice: int) -> None:
    store = stored(hits + [hit for hit in hits[:twice] if hit.join])
    order = store.order()
    found = [store[number] for number in order.tolist()]
    assert sorted(found, key=repr) == sorted(hits, key=repr)
    assert list(map(key, found)) == sorted(map(key, hits))
    by_home = list(store.by_home(order, Anatomy(512, 0, 9), Frames(0, (), {})))
    assert sorted(place for place, _, _ in by_home) == list(range(len(hits)))
    assert all(found[place] == hit for place, _, hit in by_home)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(HITS, max_size=25), st.lists(st.sampled_from([Form.TEXT, Form.PIECE]), min_size=4, max_size=4)
)
def test_leftovers_are_told_but_for_parts_of_whole_values(hits: list[Hit], forms: list[Form]) -> None:
    wanted = WantedStrings()
    for number, form in enumerate(forms):
        wanted.add(number // 2, form, 2 + number)
    store = stored(hits)
    order = store.order()
    later = Leftovers(store, wanted)
    kept = [store[number] for number in order.tolist()]
    for place, hit in reversed(list(enumerate(kept))):
        later.add(place, hit.string, Leftover(place, Where.GAP, str(place % 2)))

    def ends(hit: Hit) -> set[tuple[str, str, int, int]]:
        value, _, length = wanted[hit.string]
        suffix, end = (hit.join.rest, hit.join.end) if hit.join else (hit.suffix, hit.at + length)
        return {("begins", hit.suffix, value, hit.at), ("ends", suffix, value, end)}

    whole = {end for hit in kept if wanted[hit.string].form is Form.TEXT for end in ends(hit)}
    expected = [
        (hit, Leftover(place, Where.GAP, str(place % 2)))
        for place, hit in enumerate(kept)
        if wanted[hit.string].form is Form.TEXT or whole.isdisjoint(ends(hit))
    ]
    assert list(later.each(order)) == expected


def told(report: ResidueReport) -> tuple[object, ...]:
    """The report without the pages that come first, which depend on the value that comes first."""
    found = [replace(each, pages=(), frames=()) for each in report.found]
    return found, report.allowed, report.chance, report.originals, report.values


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 900), st.sampled_from(["", "x", " ", '"'])),
        min_size=1, max_size=60,
    ),
    deleted=st.integers(1, 6),
    log=st.booleans(),
    round_=st.integers(2, 5),
)  # fmt: skip
def test_rounds_do_not_change_what_is_found(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, int, str]],
    deleted: int,
    log: bool,
    round_: int,
) -> None:
    folder = tmp_path_factory.mktemp("rounds")
    source = a_database(folder, "source.db").with_table("t", "x", rows=[(name,) for name in NAMES]).build()
    path = folder / "copy.db"
    connection = apsw.Connection(str(path))
    for pragma in ("page_size = 512", "secure_delete = OFF", "wal_autocheckpoint = 0"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    if log:
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, x TEXT, y TEXT)")
    for number, (name, filler, joint) in enumerate(rows):
        text = f"{'-' * filler} {name}{joint} {'.' * filler} {name}"
        connection.execute("INSERT INTO note (x, y) VALUES (?, ?)", (text, name if number % 3 else None))
    connection.execute("DELETE FROM note WHERE id % ? = 0", (deleted,)).fetchall()
    places = [Searched(Place("t", "x"), (Permitted(Place("note", "y"), "shuffled"),))]
    expected = search(path, source, places, Context())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{MODULES}.values.ROUND", round_)
        patch.setattr(f"{MODULES}.hits._AT_ONCE", 2)
        patch.setattr(f"{MODULES}.leftovers._AT_ONCE", 3)
        assert told(search(path, source, places, Context())) == told(expected)
        patch.setattr(f"{MODULES}.values.ROUND", 200_000)
        patch.setattr(f"{MODULES}.values._ROUND_BYTES", round_ * 20)
        assert told(search(path, source, places, Context())) == told(expected)
    connection.close()


def test_long_texts_end_a_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{name} {'and so on ' * 50}" for name in NAMES]
    source = a_database(tmp_path, "source.db").with_table("t", "x", rows=[(text,) for text in texts]).build()
    copy = a_database(tmp_path, "copy.db").with_table("n", "x", rows=[(text,) for text in texts[:7]]).build()
    monkeypatch.setattr(f"{MODULES}.values._ROUND_BYTES", 1_000)
    report = search(copy, source, [Searched(Place("t", "x"))], Context())
    assert (report.hits, report.values, report.found[0].values) == (7, len(texts), 7)


def test_a_value_counts_once_a_row_however_its_pages_lie(tmp_path: Path) -> None:
    path = tmp_path / "long.db"
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA page_size = 512").fetchall()
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)")
    connection.execute("INSERT INTO t VALUES (1, ''), (2, ''), (3, '')")
    for _ in range(12):  # the pages of the three rows lie between each other
        connection.execute("UPDATE t SET x = x || ? || printf('%.*c', 300 + id, '-')", (f" {NAMES[0]} ",))
    connection.close()
    report = search_values(path, [NAMES[0]], Context())
    assert report.of(Where.CELL) == 3


def test_blobs_are_not_kept(tmp_path: Path) -> None:
    count, size = 90, 1 << 20
    source = a_database(tmp_path, "source.db").with_table("t", "x").build()
    connection = apsw.Connection(str(source))
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " INSERT INTO t SELECT randomblob(?) FROM n",
        (count, size),
    )
    ((kept,),) = connection.execute("SELECT x FROM t LIMIT 1").fetchall()
    connection.close()
    copy = a_database(tmp_path, "copy.db").with_table("t", "x", rows=[(kept,)]).build()
    del kept
    tracemalloc.start()
    report = search(copy, source, [Searched(Place("t", "x"))], Context())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (report.values, report.hits) == (count, 1)
    assert peak < 48 << 20  # the BLOBs would be 90 MB; modules read meanwhile count, too


def test_blobs_that_share_what_is_looked_for(tmp_path: Path) -> None:
    shared = random.Random(1).randbytes(2048)
    rows = [(shared + bytes((n,)),) for n in range(30)] + [(bytes(4096),), (b"",)]
    source = a_database(tmp_path, "source.db").with_table("t", "x", rows=rows).build()
    copy = a_database(tmp_path, "copy.db").with_table("t", "x", rows=rows[:2]).build()
    report = search(copy, source, [Searched(Place("t", "x"))], Context())
    assert (report.originals[0].values, report.originals[0].not_searched, report.values) == (31, 1, 30)
    assert (report.of(Where.CELL), report.found[0].values) == (2, 1)


def test_more_short_values_than_are_kept_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULES}.cells._AT_ONCE", 7)
    rows = [(n, n % 10 + 0.5) for n in range(100)]
    source = a_database(tmp_path, "source.db").with_table("t", "a, b", rows=rows).build()
    copy = (
        a_database(tmp_path, "copy.db").with_table("t", "a, b", rows=[(5, 1.5), (6, 1.5), (999, 0)]).build()
    )
    permitted = Searched(Place("t", "b"), (Permitted(Place("t", "b"), "shuffled"),))
    report = search(copy, source, [Searched(Place("t", "a")), permitted], Context())
    assert [each.as_cells for each in report.originals] == [100, 10]
    assert [(each.column, each.hits, each.values) for each in report.found] == [("a", 2, 2)]
    assert [(each.place.column, each.hits) for each in report.allowed] == [("b", 2)]


def test_short_values_in_json_are_counted_once(tmp_path: Path) -> None:
    rows = [(json.dumps({"a": [1, 2, n % 2]}),) for n in range(5)] + [(json.dumps({"a": [3] * 4}),)]
    source = a_database(tmp_path, "source.db").with_table("t", "x", rows=rows).build()
    report = search(source, source, [Searched(Place("t", "x", "$.a[*]"))], Context())
    assert report.originals[0].as_cells == 4
    assert any("inside JSON" in each.what and each.count == 4 for each in report.not_searched)


def test_short_text_that_is_no_text_spares_the_others(tmp_path: Path) -> None:
    source = a_database(tmp_path, "source.db").with_table("t", "x", rows=[("ab",), (17,), ("é",)]).build()
    connection = apsw.Connection(str(source))
    connection.execute("INSERT INTO t VALUES (CAST(x'61ff62' AS TEXT)), (CAST(x'61fe62' AS TEXT))")
    connection.close()
    copy = a_database(tmp_path, "copy.db").with_table("t", "x", rows=[("AB",), (18,), ("é",)]).build()
    connection = apsw.Connection(str(copy))
    connection.execute("INSERT INTO t VALUES (CAST(x'61ff62' AS TEXT))")
    connection.close()
    report = search(copy, source, [Searched(Place("t", "x"))], Context())
    assert (report.originals[0].as_cells, report.hits, report.found[0].values) == (5, 3, 3)

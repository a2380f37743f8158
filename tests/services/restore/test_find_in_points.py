"""Find in backups: which points hold a row or a value, how the row looked, and when the last of them goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.erasing import Ledger
from builders.stopping import cancelled_after
from steward_app.catalog import Catalog, journal, points
from steward_app.catalog.points import PointKind, PointState
from steward_app.catalog.stores import Store
from steward_app.db import open_write
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, ErrorCode, Failure
from steward_app.kernel.progress import Context, Progress
from steward_app.services import backup, restore
from steward_app.services.backup.capture import capture
from steward_app.services.backup.connect import reached
from steward_app.services.backup.expiry import last_goes
from steward_app.services.backup.init import init_store
from steward_app.services.backup.retention import decide, parse
from steward_app.services.backup.store import reader
from steward_app.services.backup.store.fetch import Fetcher
from steward_app.services.backup.store.keys import KeyMode, make_keys
from steward_app.services.backup.store.rolling import RollingImage
from steward_app.services.erasure import own_key
from steward_app.services.restore import FoundInPoints, RowQuestion, ValueQuestion
from steward_app.services.rows import Match
from steward_app.storage.secrets import open_secrets


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rows = [(n, f"name {n}", "x" * 300) for n in range(1, 201)]
    return (
        a_database(tmp_path, "riverside.db")
        .with_table("patient", "id INTEGER PRIMARY KEY, name, note", rows=rows)
        .with_table("visit", "day NOT NULL, room NOT NULL, PRIMARY KEY (day, room)", rows=[("monday", 1)])
        .in_wal_mode()
        .build()
    )


@pytest.fixture(params=["none", "age"])
def store(catalog: Catalog, path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    keys = make_keys(KeyMode.KEY) if request.param == "age" else None
    return init_store(catalog, path, str(tmp_path / "store"), Context(), new_keys=keys)[0]


def write(path: Path, *statements: str) -> None:
    with open_write(path) as session, session.transaction():
        for sql in statements:
            session.run(sql)


def point(catalog: Catalog, path: Path, store: Store, *statements: str, contents: bool = False) -> str:
    write(path, *statements)
    return capture(catalog, path, store, Context(), contents=contents).point


def asked(
    catalog: Catalog, path: Path, question: RowQuestion | ValueQuestion, context: Context | None = None
) -> FoundInPoints:
    return restore.find_in_points(catalog, path, question, context or Context())


@pytest.fixture
def story(catalog: Catalog, path: Path, store: Store) -> list[str]:
    """Patient 3 is there, is renamed, goes, and comes back as at first; other rows change in between."""
    return [
        point(catalog, path, store),
        point(catalog, path, store, "UPDATE patient SET note = 'y' WHERE id = 150"),
        point(catalog, path, store, "UPDATE patient SET name = 'renamed' WHERE id = 3"),
        point(catalog, path, store, "DELETE FROM patient WHERE id = 3"),
        point(catalog, path, store, "INSERT INTO patient SELECT 3, 'name 3', note FROM patient WHERE id = 4"),
    ]


def test_each_distinct_state_of_a_row_over_time(catalog: Catalog, path: Path, story: list[str]) -> None:
    found = asked(catalog, path, RowQuestion("PATIENT", (3,)))
    assert (found.searched, found.holding, found.not_searched) == (5, 4, ())
    assert found.first
    assert found.last
    assert (found.first.point, found.last.point) == (story[0], story[4])
    told = [(s.first.point, s.last.point, s.points, s.there, s.cells[1:2]) for s in found.states]
    assert told == [
        (story[0], story[1], 2, True, ("name 3",)),
        (story[2], story[2], 1, True, ("renamed",)),
        (story[3], story[3], 1, False, ()),
        (story[4], story[4], 1, True, ("name 3",)),
    ]
    assert found.states[0].columns == ("id", "name", "note")


def test_where_a_value_stood(catalog: Catalog, path: Path, story: list[str]) -> None:
    found = asked(catalog, path, ValueQuestion("renamed"))
    (place,) = found.places
    assert (place.table, place.column, place.points, place.rows) == ("patient", "name", 1, 1)
    assert place.first.point == place.last.point == story[2]
    assert asked(catalog, path, ValueQuestion("renamed", column="note")).holding == 0
    assert asked(catalog, path, ValueQuestion("renamed", table="visit")).holding == 0
    many = asked(catalog, path, ValueQuestion("NAME 1", "patient", match=Match.CONTAINS))
    assert [(each.rows, each.points) for each in many.places] == [(111, 5)]
    assert asked(catalog, path, ValueQuestion("1", match=Match.NUMBER)).holding == 5


def test_what_was_never_there(catalog: Catalog, path: Path, story: list[str]) -> None:
    for question in (RowQuestion("patient", (999,)), RowQuestion("no such", (1,)), ValueQuestion("nowhere")):
        found = asked(catalog, path, question)
        assert (found.searched, found.holding, found.first, found.expiry, found.states) == (
            5,
            0,
            None,
            None,
            (),
        )
    other_key = asked(catalog, path, RowQuestion("visit", ("monday", 1, 2)))
    assert [each.why for each in other_key.not_searched] == [
        "Rows of “visit” were named by another key then"
    ] * 5
    assert asked(catalog, path, RowQuestion("visit", ("monday", 1))).holding == 5


def test_whole_files_and_stores_are_one_history(catalog: Catalog, path: Path, store: Store) -> None:
    first = point(catalog, path, store)
    write(path, "DELETE FROM patient WHERE id = 3")
    receipt = backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    here = str((receipt.result or {})["point"])
    found = asked(catalog, path, RowQuestion("patient", (3,)))
    assert [(s.first.point, s.there) for s in found.states] == [(first, True), (here, False)]
    only = restore.find_in_points(catalog, path, RowQuestion("patient", (3,)), Context(), store=store.name)
    assert only.searched == 1


def test_points_with_the_same_table_are_not_read(
    catalog: Catalog, path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        point(catalog, path, store, f"INSERT INTO visit VALUES ('day {n}', 1)", contents=True)
    went: list[str] = []
    go_to = RollingImage.go_to

    def told(self: RollingImage, manifest: object, context: Context) -> Path:
        went.append("there")
        return go_to(self, manifest, context)  # type: ignore[arg-type]

    monkeypatch.setattr(RollingImage, "go_to", told)
    assert asked(catalog, path, RowQuestion("patient", (3,))).holding == 4
    assert len(went) == 1
    assert asked(catalog, path, RowQuestion("visit", ("day 2", 1))).holding == 2
    assert len(went) == 5


def test_only_changed_pages_are_fetched(
    catalog: Catalog, path: Path, story: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    file, pages = Fetcher.file, Fetcher.pages
    monkeypatch.setattr(
        Fetcher, "file", lambda self, name, *rest: fetched.append(name) or file(self, name, *rest)
    )
    monkeypatch.setattr(
        Fetcher, "pages", lambda self, name, *rest: fetched.append(name) or pages(self, name, *rest)
    )
    asked(catalog, path, ValueQuestion("renamed"))
    packs = [name for name in fetched if name.startswith("packs/")]
    assert len(packs) == 5
    assert len(set(packs)) == 5


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    steps=st.lists(st.sampled_from(["grow", "shrink", "change", "vacuum"]), min_size=3, max_size=3),
)
def test_the_image_is_that_of_each_point_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, order: list[int], steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("rolling")
    path = a_database(folder).with_table("t", "a", rows=[("x" * 200,)] * 300).in_wal_mode().build()
    store, _ = init_store(catalog, path, str(folder / "store"), Context(), new_keys=make_keys(KeyMode.KEY))
    images = []
    for step in ["first", *steps]:
        if step == "vacuum":
            with open_write(path) as session:
                session.run("VACUUM")
        else:
            write(
                path,
                {
                    "first": "DELETE FROM t WHERE rowid % 7 = 0",
                    "grow": "INSERT INTO t SELECT a FROM t",
                    "shrink": "DELETE FROM t WHERE rowid > 150",
                    "change": "UPDATE t SET a = 'changed' || rowid WHERE rowid % 50 = 0",
                }[step],
            )
        images.append((capture(catalog, path, store, Context()).point, path.read_bytes()))
    scratch = folder / "scratch"
    scratch.mkdir()
    with reached(catalog, store, Context(), to_read=True) as found:
        manifests = {each.manifest.id: each.manifest for each in reader.points(found.store, Context()).points}
        rolling = RollingImage(found.store, found.identity, scratch)
        for number in order:
            name, image = images[number]
            assert rolling.go_to(manifests[name], Context()).read_bytes() == image


def test_a_damaged_point_is_named_and_the_others_are_searched(
    catalog: Catalog, path: Path, store: Store, story: list[str], tmp_path: Path
) -> None:
    with reached(catalog, store, Context(), to_read=True) as found:
        (third,) = (
            each.manifest
            for each in reader.points(found.store, Context()).points
            if each.manifest.id == story[2]
        )
    newest = third.packs[-1]
    (tmp_path / "store" / newest).unlink()
    result = asked(catalog, path, RowQuestion("patient", (3,)))
    assert story[2] in {each.point for each in result.not_searched}
    assert result.searched + len(result.not_searched) == 5
    assert all(newest in each.why for each in result.not_searched)


def test_a_store_that_does_not_answer_says_so(
    catalog: Catalog, path: Path, store: Store, tmp_path: Path
) -> None:
    point(catalog, path, store)
    (tmp_path / "store").rename(tmp_path / "unplugged")
    with pytest.raises(Failure) as raised:
        asked(catalog, path, RowQuestion("patient", (3,)))
    assert raised.value.code in (ErrorCode.STORE_MISSING, ErrorCode.OFFLINE)
    backup.create(catalog, backup.plan_create(catalog, path, Context()), Context())
    found = asked(catalog, path, RowQuestion("patient", (3,)))
    assert (found.holding, len(found.not_searched)) == (1, 1)


@pytest.mark.parametrize("changes", [None, {"name": None}])
def test_who_was_erased_is_counted_and_not_shown(
    catalog: Catalog, path: Path, store: Store, changes: dict[str, None] | None
) -> None:
    point(catalog, path, store)
    key = own_key(open_secrets(), store.database_id)
    Ledger(catalog, store.database_id, key).erase(
        path, "patient", "id = 3", changes=changes, at=clock.to_text(clock.now())
    )
    point(catalog, path, store)
    row = asked(catalog, path, RowQuestion("patient", (3,)))
    value = asked(catalog, path, ValueQuestion("name 3"))
    assert "name 3" not in repr(row.states)
    assert (value.holding, value.erased) == (0, 1)
    if changes is None:
        assert (row.holding, row.erased) == (0, 1)
    else:
        assert {state.cells[1] for state in row.states} == {None}


def test_nothing_of_it_is_kept(catalog: Catalog, path: Path, story: list[str]) -> None:
    asked(catalog, path, ValueQuestion("renamed"))
    with catalog.reading() as session:
        assert not any("renamed" in str(event.data) for event in journal.events(session))
    assert not list(catalog.scratch.iterdir())


def test_it_tells_how_far_it_is_and_stops(catalog: Catalog, path: Path, story: list[str]) -> None:
    told: list[Progress] = []
    asked(catalog, path, RowQuestion("patient", (3,)), Context(told.append))
    assert [each.done for each in told if each.unit == "restore points"] == [0, 1, 2, 3, 4]
    with pytest.raises(Cancelled):
        asked(catalog, path, RowQuestion("patient", (3,)), cancelled_after(3))
    assert not list(catalog.scratch.iterdir())


# When the last one goes


def _made(days: float, **fields: object) -> points.Point:
    made_at = clock.to_text(clock.now() - timedelta(days=days))
    plain = points.Point(
        f"pt_{days}",
        "db",
        made_at,
        Path(),
        Path(),
        0,
        PointState.TAKEN,
        made_at,
        store_id="s",
        kind=PointKind.PAGES,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=st.lists(st.integers(0, 400), min_size=1, max_size=12, unique=True), chosen=st.integers(0, 11))
def test_the_last_is_gone_then_and_not_before(catalog: Catalog, ages: list[int], chosen: int) -> None:
    every = [_made(age) for age in sorted(ages)]
    one = every[chosen % len(every)]
    expiry = last_goes(catalog, "db", every, {one.id})
    rules = parse("5min:24h, 1h:7d, 1d:30d, 1m:1y")
    at = clock.from_text(expiry.at)
    newer = _made(-900, state=PointState.PROVEN)

    def stays(when: timedelta) -> bool:
        decisions = decide((newer, *every), rules, at + when)
        return next(each.stays for each in decisions if each.point.id == one.id)

    assert not stays(timedelta(minutes=2))
    if at > clock.now() + timedelta(seconds=1):
        assert stays(-timedelta(minutes=2))


def test_what_never_goes_by_itself(catalog: Catalog) -> None:
    held, whole = _made(500, held="Court case"), _made(501, store_id="", kind=PointKind.FILE)
    every = [_made(1), held, whole]
    assert last_goes(catalog, "db", every, {held.id}).why == "On legal hold"
    assert last_goes(catalog, "db", every, {whole.id, every[0].id}).at == ""
    assert last_goes(catalog, "db", every, {every[0].id}).at != ""


@pytest.mark.parametrize(("keep_days", "gone"), [(30, "2026-11-13"), (7, "2027-10-14")])
def test_a_point_that_ends_on_its_day_leaves_its_place_to_another_of_its_month(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, keep_days: int, gone: str
) -> None:
    """After 30 days one a month stays: the one that ends is the newest of the month as long as it is there."""
    monkeypatch.setattr(clock, "_source", lambda: datetime(2026, 10, 15, 12, tzinfo=UTC))
    day = clock.to_text(clock.now() + timedelta(days=keep_days))
    older, ends = _made(1), _made(0, kept_until=day)
    assert last_goes(catalog, "db", [ends, older], {older.id}, ends=[ends.id]).at[:10] == gone
    assert last_goes(catalog, "db", [ends, older], {ends.id}, ends=[ends.id]).at[:10] == day[:10]
    assert last_goes(catalog, "db", [ends, older], {older.id}).at[:10] == "2026-11-13"

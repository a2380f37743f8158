"""Preferences, recent files, places on the map, saved filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward_app.catalog import Catalog, layouts, preferences, saved_filters
from steward_app.catalog.layouts import Place
from steward_app.catalog.preferences import Geometry, Preferences, Theme
from steward_app.kernel.errors import UsageError

HOSTILE = 'a"b\n\u202e=cmd|'


def test_preferences_have_values_until_chosen_and_are_kept(catalog: Catalog) -> None:
    with catalog.reading() as session:
        assert preferences.load(session) == Preferences()
    chosen = Preferences(Theme.DARK, 150, Geometry(-1200, 40, 1280, 800, maximized=True))
    with catalog.unit() as unit:
        preferences.save(unit, chosen)
        unit.commit()
    with catalog.reading() as session:
        assert preferences.load(session) == chosen


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("theme", '"pink"'),
        ("theme", "{"),
        ("theme", "[]"),
        ("zoom_percent", "true"),
        ("zoom_percent", '"150"'),
        ("window", "[1, 2, 3, 4]"),
        ("window", '{"x": 1, "y": 2, "width": 0, "height": 5}'),
        ("window", '{"x": 1.5, "y": 2, "width": 3, "height": 5}'),
    ],
)
def test_what_cannot_be_understood_is_taken_for_not_chosen(catalog: Catalog, name: str, stored: str) -> None:
    with catalog.unit() as unit:
        unit.session.run("INSERT INTO preferences VALUES (?, ?)", (name, stored))
        unit.commit()
    with catalog.reading() as session:
        assert preferences.load(session) == Preferences()


def test_zoom_stays_within_what_can_be_read(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        preferences.save(unit, Preferences(zoom_percent=5000))
        assert preferences.load(unit.session).zoom_percent == 300


def test_a_page_keeps_what_it_likes(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        preferences.keep(unit, "page.data", {"columns": [1, None, 2.5, HOSTILE]})
        assert preferences.value(unit.session, "page.data") == {"columns": [1, None, 2.5, HOSTILE]}
        preferences.keep(unit, "page.data", None)
        assert preferences.value(unit.session, "page.data") is None


def test_recent_files_are_newest_first_twenty_and_say_what_is_gone(catalog: Catalog, tmp_path: Path) -> None:
    with catalog.unit() as unit:
        for number in range(25):
            preferences.remember_file(unit, tmp_path / f"{number}.db")
        preferences.remember_file(unit, tmp_path / "10.db")
        preferences.forget_file(unit, tmp_path / "24.db")
        unit.commit()
    (tmp_path / "10.db").touch()
    with catalog.reading() as session:
        files = preferences.recent_files(session)
    assert [file.path.stem for file in files[:3]] == ["10", "23", "22"]
    assert len(files) == 19
    assert [file.missing for file in files[:2]] == [False, True]


def places(catalog: Catalog, **tables: list[str]) -> dict[str, tuple[float, float]]:
    with catalog.reading() as session:
        found = layouts.load(
            session, "db", {name: layouts.shape(columns) for name, columns in tables.items()}
        )
    return {name: (place.x, place.y) for name, place in found.items()}


def place(catalog: Catalog, **tables: tuple[float, list[str]]) -> None:
    with catalog.unit() as unit:
        layouts.save(
            unit, "db", {n: Place(x, 0, layouts.shape(columns)) for n, (x, columns) in tables.items()}
        )
        unit.commit()


def test_boxes_keep_their_places_when_tables_change_go_and_come_back(catalog: Catalog) -> None:
    place(catalog, visit=(1, ["id", "note"]), patient=(2, ["id", "name"]))
    assert places(catalog, visit=["id", "note", "more"], new=["x"]) == {"visit": (1, 0)}
    assert places(catalog, visit=["id"], patient=["id"]) == {"visit": (1, 0), "patient": (2, 0)}
    place(catalog, visit=(7, ["id"]))
    assert places(catalog, visit=["id"], patient=["id"]) == {"visit": (7, 0), "patient": (2, 0)}


def test_a_renamed_table_keeps_its_place_when_there_is_no_doubt(catalog: Catalog) -> None:
    place(catalog, visit=(1, ["id", "note"]), a=(2, ["id"]), b=(3, ["id"]), old=(4, ["x"]))
    assert places(catalog, encounter=["id", "note"]) == {"encounter": (1, 0)}
    assert places(catalog, c=["id"]) == {}  # a or b?
    assert places(catalog, a=["id"], c=["id"]) == {"a": (2, 0), "c": (3, 0)}
    assert places(catalog, one=["x"], two=["x"]) == {}


def test_a_map_can_be_arranged_anew(catalog: Catalog) -> None:
    place(catalog, visit=(1, ["id"]))
    with catalog.unit() as unit:
        layouts.forget(unit, "db")
        unit.commit()
    assert places(catalog, visit=["id"]) == {}


def test_shapes_tell_columns_apart() -> None:
    assert layouts.shape(["ab", "c"]) != layouts.shape(["a", "bc"])
    assert layouts.shape([HOSTILE, "\ud800"]) == layouts.shape([HOSTILE, "\ud800"])


def test_filters_have_names_of_their_own_in_each_table(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        saved_filters.save(unit, "db", HOSTILE, "Late ", {"column": "day", "op": ">", "value": 3})
        saved_filters.save(unit, "db", HOSTILE, "Early", [1])
        saved_filters.save(unit, "db", "other", "Late", None)
        saved_filters.save(unit, "db", HOSTILE, "Late", {"value": 4})
        found = saved_filters.of_table(unit.session, "db", HOSTILE)
        assert [(saved.name, saved.filter) for saved in found] == [("Early", [1]), ("Late", {"value": 4})]
        saved_filters.rename(unit, "db", HOSTILE, "Late", "Very late")
        saved_filters.rename(unit, "db", HOSTILE, "Early", "Early")
        saved_filters.delete(unit, "db", HOSTILE, "nothing")
        names = [saved.name for saved in saved_filters.of_table(unit.session, "db", HOSTILE)]
        assert names == ["Early", "Very late"]
        for old, new in [("Late", "x"), ("Early", "Very late"), ("Early", " ")]:
            with pytest.raises(UsageError):
                saved_filters.rename(unit, "db", HOSTILE, old, new)
        saved_filters.delete(unit, "db", HOSTILE, "Early")
        assert len(saved_filters.of_table(unit.session, "db", HOSTILE)) == 1

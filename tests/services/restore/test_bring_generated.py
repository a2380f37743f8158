"""Generated schemas and rows: what was deleted, with all that hung on it, comes back as it was, and undo is exact."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.moments import Moments
from steward_app.catalog import Catalog
from steward_app.db import literal, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services import restore
from steward_app.services.operation import Confirmation
from steward_app.services.restore import Answer, Choice, ConflictKind, Extent

NAMES = ("family", 'vi"sit', "order", "parent", "x\ny")
VALUES = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1.0, "a", "A", "", "1", b"", b"\x00", "é\u202e", "'; --"]),
)
ACTIONS = st.sampled_from(["CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT"])


@dataclass(frozen=True)
class Spec:
    """A table: how its rows are named, to which tables they point, and whether by one or two columns."""

    name: str
    key: str  # "alias", "auto", "text", "composite", "without", "none"
    parents: tuple[tuple[int, str], ...]
    generated: bool

    @property
    def key_columns(self) -> tuple[str, ...]:
        named = {"alias": ("id",), "auto": ("id",), "text": ("id",), "none": ("id",)}
        return named.get(self.key, ("a", "b"))

    def sql(self, specs: list[Spec]) -> str:
        parts = {
            "alias": ["id INTEGER PRIMARY KEY"],
            "auto": ["id INTEGER PRIMARY KEY AUTOINCREMENT"],
            "text": ["id TEXT PRIMARY KEY"],
            "none": ["id INT"],
            "composite": ["a INT", "b TEXT"],
            "without": ["a INT NOT NULL", "b TEXT NOT NULL COLLATE NOCASE"],
        }[self.key]
        tail = []
        for number, (parent, action) in enumerate(self.parents):
            theirs = specs[parent].key_columns
            ours = [f"p{number}_{column}" for column in theirs]
            parts += [f"{column}" for column in ours]
            tail.append(
                f"FOREIGN KEY ({', '.join(ours)}) REFERENCES {quote(specs[parent].name)} ({', '.join(theirs)})"
                f" ON DELETE {action} DEFERRABLE INITIALLY DEFERRED"
            )
        parts.append("note")
        if self.generated:
            parts.append("twice AS (note || note) STORED")
        if self.key in ("composite", "without"):
            tail.insert(0, "PRIMARY KEY (a, b)")
        suffix = " WITHOUT ROWID" if self.key == "without" else ""
        return f"CREATE TABLE {quote(self.name)} ({', '.join(parts + tail)}){suffix}"

    def key_of(self, number: int) -> tuple[SqlValue, ...]:
        if self.key == "text":
            return (f"k{number}",)
        return (number,) if len(self.key_columns) == 1 else (number % 3, f"B{number}")


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Spec], dict[int, list[tuple[SqlValue, ...]]]]:
    """Tables that point to one another (and to themselves), and their rows; no row points to nothing."""
    count = draw(st.integers(1, 4))
    keys = st.sampled_from(["alias", "auto", "text", "composite", "without", "none"])
    kinds = [draw(keys) for _ in range(count)]
    named = [at for at in range(count) if kinds[at] != "none"]
    specs = [
        Spec(
            NAMES[at],
            kinds[at],
            tuple(
                (draw(st.sampled_from(named)), draw(ACTIONS))
                for _ in range(draw(st.integers(0, 2)) if named else 0)
            ),
            draw(st.booleans()),
        )
        for at in range(count)
    ]
    sizes = [draw(st.integers(0, 6)) for _ in specs]
    rows = {}
    for at, spec in enumerate(specs):
        made = []
        for number in range(sizes[at]):
            row: list[SqlValue] = [*spec.key_of(number + 1)]
            for parent, _ in spec.parents:
                target = draw(st.integers(0, sizes[parent]))
                width = len(specs[parent].key_columns)
                row += specs[parent].key_of(target) if target else (None,) * width
            made.append((*row, draw(VALUES)))
        rows[at] = made
    return specs, rows


def build(
    catalog: Catalog, folder: Path, specs: list[Spec], rows: dict[int, list[tuple[SqlValue, ...]]]
) -> Moments:
    builder = a_database(folder, "a.db")
    for spec in specs:
        builder.with_sql(spec.sql(specs))
    for at, spec in enumerate(specs):
        columns = [*spec.key_columns]
        for number, (parent, _) in enumerate(spec.parents):
            columns += [f"p{number}_{column}" for column in specs[parent].key_columns]
        builder.with_rows(spec.name, rows[at], columns=[*columns, "note"])
    return Moments.of(catalog, builder)


def delete_with_all(world: Moments, spec: Spec, specs: list[Spec], key: tuple[SqlValue, ...]) -> None:
    """Delete a row and, whatever the actions say, everything that points to what is gone, all levels down."""
    is_row = " AND ".join(
        f"{quote(name)} = {literal(value)}" for name, value in zip(spec.key_columns, key, strict=True)
    )
    world.later(f"DELETE FROM {quote(spec.name)} WHERE {is_row}", enforced=False)
    while world.orphans():
        for child in specs:
            for number, (parent, _) in enumerate(child.parents):
                target = specs[parent]
                filled = " AND ".join(f"c.p{number}_{column} IS NOT NULL" for column in target.key_columns)
                same = " AND ".join(f"q.{column} = c.p{number}_{column}" for column in target.key_columns)
                world.later(
                    f"DELETE FROM {quote(child.name)} AS c WHERE {filled} AND NOT EXISTS"
                    f" (SELECT 1 FROM {quote(target.name)} AS q WHERE {same})",
                    enforced=False,
                )


@given(data=st.data(), world=worlds())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_was_deleted_comes_back_and_undo_is_exact(
    catalog: Catalog,
    data: st.DataObject,
    world: tuple[list[Spec], dict[int, list[tuple[SqlValue, ...]]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    specs, rows = world
    filled = [at for at in rows if rows[at]]
    if not filled:
        return
    moments = build(catalog, tmp_path_factory.mktemp("world"), specs, rows)
    then = moments.state()
    at = data.draw(st.sampled_from(filled))
    number = data.draw(st.integers(1, len(rows[at])))
    spec = specs[at]
    delete_with_all(moments, spec, specs, spec.key_of(number))
    before = moments.state()
    assert moments.orphans() == 0
    key = (number,) if spec.key == "none" else spec.key_of(number)
    receipt = moments.bring(moments.request(spec.name, key))
    restored = moments.state()
    assert {name: restored[name] for name in then if name != "sqlite_sequence"} == {
        name: then[name] for name in then if name != "sqlite_sequence"
    }
    assert moments.orphans() == 0
    undone = moments.undo(receipt)
    assert moments.state() == before
    moments.undo(undone)
    assert moments.state() == restored


CHANGES = st.sampled_from(["update", "delete", "insert", "reuse"])


@given(data=st.data(), world=worlds())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_whole_table_comes_back_whatever_happened_since(
    catalog: Catalog,
    data: st.DataObject,
    world: tuple[list[Spec], dict[int, list[tuple[SqlValue, ...]]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    specs, rows = world
    filled = [at for at in rows if rows[at]]
    if not filled:
        return
    moments = build(catalog, tmp_path_factory.mktemp("world"), specs, rows)
    then = moments.state()
    at = data.draw(st.sampled_from(filled))
    spec = specs[at]
    name = quote(spec.name)
    for _ in range(data.draw(st.integers(1, 4))):
        match data.draw(CHANGES):
            case "update":
                moments.later(f"UPDATE OR IGNORE {name} SET note = 'since' WHERE note IS NOT 'since'")
            case "delete":
                key = spec.key_of(data.draw(st.integers(1, len(rows[at]))))
                delete_with_all(moments, spec, specs, key)
            case "insert":
                new = ", ".join(literal(value) for value in spec.key_of(90 + data.draw(st.integers(1, 5))))
                moments.later(f"INSERT OR IGNORE INTO {name} ({', '.join(spec.key_columns)}) VALUES ({new})")
            case "reuse":
                moments.later(f"UPDATE OR IGNORE {name} SET note = x'beef'")
    before = moments.state()
    request = moments.request(
        spec.name,
        extent=Extent.CONTENT,
        children=False,
        choices=(Choice(ConflictKind.NUMBER_TAKEN, Answer.OLD), Choice(ConflictKind.DIFFERS, Answer.OLD)),
    )
    if before[spec.name] == then[spec.name]:
        return
    receipt = moments.bring(request)
    assert moments.state()[spec.name] == then[spec.name]
    assert moments.orphans() == 0
    moments.undo(receipt)
    assert moments.state() == before


ANSWERED = st.fixed_dictionaries(
    {
        ConflictKind.DIFFERS: st.sampled_from([Answer.KEEP, Answer.OLD, Answer.LEAVE_OUT]),
        ConflictKind.NUMBER_TAKEN: st.sampled_from(
            [Answer.NEW_NUMBER, Answer.NEW_NUMBER, Answer.LEAVE_OUT, Answer.KEEP, Answer.OLD]
        ),
        ConflictKind.UNIQUE_CLASH: st.just(Answer.LEAVE_OUT),
        ConflictKind.MISSING_PARENT: st.just(Answer.LEAVE_OUT),
        ConflictKind.REFUSED: st.just(Answer.LEAVE_OUT),
        ConflictKind.HAS_CHILDREN: st.just(Answer.KEEP),
    }
)


@given(data=st.data(), world=worlds(), answers=ANSWERED)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_happened_since_no_link_breaks_nothing_is_overwritten_unasked_and_undo_is_exact(
    catalog: Catalog,
    data: st.DataObject,
    world: tuple[list[Spec], dict[int, list[tuple[SqlValue, ...]]]],
    answers: dict[ConflictKind, Answer],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    specs, rows = world
    filled = [at for at in rows if rows[at]]
    if not filled:
        return
    moments = build(catalog, tmp_path_factory.mktemp("world"), specs, rows)
    for _ in range(data.draw(st.integers(1, 4))):
        spec = specs[at := data.draw(st.sampled_from(filled))]
        key = spec.key_of(data.draw(st.integers(1, len(rows[at]))))
        delete_with_all(moments, spec, specs, key)
        if data.draw(st.booleans()):  # its number is given to another row
            new = ", ".join(literal(value) for value in key)
            columns = f"{', '.join(spec.key_columns)}, note"
            moments.later(f"INSERT OR IGNORE INTO {quote(spec.name)} ({columns}) VALUES ({new}, 'new')")
    if data.draw(st.booleans()):
        name = quote(specs[data.draw(st.sampled_from(filled))].name)
        moments.later(f"UPDATE {name} SET note = 'since'")
    before, at = moments.state(), data.draw(st.sampled_from(filled))
    spec = specs[at]
    numbers = data.draw(st.sets(st.integers(1, len(rows[at])), min_size=1))
    extent = data.draw(st.sampled_from([Extent.ROWS, Extent.MISSING, Extent.CONTENT]))
    keys = [(number,) if spec.key == "none" else spec.key_of(number) for number in numbers]
    request = moments.request(
        spec.name,
        *(keys if extent is Extent.ROWS else ()),
        extent=extent,
        children=data.draw(st.booleans()),
        parents=data.draw(st.booleans()),
        choices=tuple(Choice(kind, answer) for kind, answer in answers.items()),
    )
    plan = restore.plan_bring(catalog, request, Context())
    if plan.blocking:
        assert [finding.code for finding in plan.blocking] == ["nothing_to_bring"]
        return
    receipt = restore.bring(catalog, plan, Context(), Confirmation.of(plan))
    assert moments.orphans() == 0
    if Answer.OLD not in answers.values() and extent is not Extent.CONTENT:
        assert not any(change.updated or change.deleted for change in receipt.changes)
    moments.undo(receipt)
    assert moments.state() == before

"""A table and its rows as they were at any time are what they were: over generated tables and every kind of write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.audited import Case, a_case, write
from builders.writers import Bundled
from steward_app.db import ReadSession, open_read
from steward_app.kernel import clock
from steward_app.services.audit.engine import replay
from steward_app.services.audit.engine.model import AuditedTable, Mode, Value
from steward_app.services.audit.engine.values import StoredValues, same
from steward_app.services.audit.past.as_of import AsOf, table_as_of
from steward_app.services.audit.past.as_of_row import RowsAsOf
from steward_app.services.audit.past.moments import Moment
from steward_app.services.schema import Table, read_schema


def moment(seq: int) -> Moment:
    return Moment(clock.now(), seq, 0)


def table_of(session: ReadSession, name: str) -> Table:
    table = read_schema(session).table(name)
    assert table is not None
    return table


def state_of(then: AsOf, audited: AuditedTable) -> replay.State:
    """What the source gives, typed, as `replay` has it."""
    source = then.source
    kept = [each.name for each in audited.columns if each.mode is Mode.FULL]
    name = source.key.terms[0].sql if source.key and audited.by_rowid else "NULL"
    terms = [name, *(source.sql_of(source.column(each)) for each in kept)]
    found: replay.State = {}
    for number, *values in StoredValues(then.session).exactly(terms, f"FROM {source.sql}"):
        image: replay.Image = dict(zip(kept, values, strict=True))
        key = (number,) if audited.by_rowid else tuple(image[each] for each in audited.primary_key)
        assert key not in found
        found[key] = image  # type: ignore[index]  # of the key every value is kept
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1 << 30))
def test_a_table_is_what_it_was_at_every_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    case = a_case(tmp_path_factory.mktemp("case") / "x.db", seed)
    write(case, Bundled())
    with open_read(case.path) as session:
        for at, audited in enumerate(case.audited):
            for seq, states in case.checkpoints:
                with table_as_of(session, table_of(session, audited.name), moment(seq)) as then:
                    assert replay.equal(state_of(then, audited), states[at])
                    assert then.kept.unlogged == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1 << 30))
def test_a_row_is_what_it_was_at_every_checkpoint(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    case = a_case(tmp_path_factory.mktemp("case") / "x.db", seed)
    write(case, Bundled(), rounds=3)
    with open_read(case.path) as session:
        for at, audited in enumerate(case.audited):
            rows = RowsAsOf(session, audited.name)
            for seq, states in case.checkpoints:
                for key in _every_key(case, at):
                    _same_row(rows, key, seq, states[at])


def _every_key(case: Case, at: int) -> Iterator[tuple[Value, ...]]:
    yield from {key: None for _, states in case.checkpoints for key in states[at]}


def _same_row(rows: RowsAsOf, key: tuple[Value, ...], seq: int, state: replay.State) -> None:
    """A row asked for by the key that it has now."""
    found = rows.row(key, moment(seq))
    image = next((row for each, row in state.items() if all(map(same, each, found.key))), None)
    assert found.there == (image is not None)
    if image is None:
        return
    known = {name: value for name, value in found.values.items() if name in image}
    assert known.keys() == image.keys()
    assert all(same(value, image[name]) for name, value in known.items())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1 << 30))
def test_it_stays_what_it_was_while_others_write(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    case = a_case(tmp_path_factory.mktemp("case") / "x.db", seed)
    write(case, Bundled(), rounds=2)
    seq, states = case.checkpoints[0]
    with ExitStack() as stack:
        looks = []
        for audited in case.audited:
            session = stack.enter_context(open_read(case.path))
            table = table_of(session, audited.name)
            looks.append(stack.enter_context(table_as_of(session, table, moment(seq))))
        for _ in range(2):
            write(case, Bundled(), rounds=1)
            for at, (audited, then) in enumerate(zip(case.audited, looks, strict=True)):
                with then.at_one_moment():
                    assert replay.equal(state_of(then, audited), states[at])
                    assert then.kept.unlogged == 0


def test_a_look_back_ends_in_peace_when_the_file_was_closed_first(tmp_path: Path) -> None:
    case = a_case(tmp_path / "x.db", 1)
    write(case, Bundled())
    audited = case.audited[0]
    with open_read(case.path) as session, table_as_of(session, table_of(session, audited.name), moment(1)):
        session.close()
    assert session.closed

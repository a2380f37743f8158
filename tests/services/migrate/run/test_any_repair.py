"""Any history beside any folder: what a repair does is taken back to the last value, and again after another repair."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.migrating import Migrating
from steward_app.catalog import Catalog
from steward_app.db import open_write
from steward_app.kernel.errors import Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services import undo
from steward_app.services.migrate import history
from steward_app.services.migrate.model import Applied, Origin, State
from steward_app.services.migrate.run import service
from steward_app.services.migrate.run.mend import RepairRequest

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
ORIGINS = st.sampled_from((Origin.RUN, Origin.ADOPTED, Origin.UNDO, Origin.FORGOTTEN))


@st.composite
def rows(draw: st.DrawFn) -> Applied:
    """A row of a few versions and of a file that repeats, so that several tell of the same migration."""
    version = draw(st.integers(0, 4))
    name = "view" if version == 0 else f"v{version}"
    file = "R__view.sql" if version == 0 else f"V000{version}__{name}.sql"
    renames = draw(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=2))
    return Applied(
        rank=0,
        version=version,
        name=name,
        file=file,
        checksum=draw(TEXTS),
        origin=draw(ORIGINS),
        applied_at=draw(TEXTS),
        duration_ms=draw(st.integers(0, 2**62)),
        applied_by=draw(TEXTS),
        schema_before=draw(TEXTS),
        schema_after=draw(TEXTS),
        restore_point=draw(TEXTS),
        operation_id=draw(TEXTS),
        complete=draw(st.booleans()),
        renames=tuple(renames),
    )


def repaired(file: Migrating, forget: list[str]) -> Receipt:
    request = RepairRequest(file.path, file.wanted().database_id, file.folder, tuple(forget))
    return file.carry_out(service.plan_repair(request, Context()))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_repair_is_taken_back_exactly(catalog: Catalog, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Migrating(Path(folder), catalog)
        with open_write(file.path) as session, session.transaction():
            for row in data.draw(st.lists(rows(), min_size=1, max_size=8)):
                history.record(session, row)
        for version in data.draw(st.sets(st.integers(1, 5))):
            file.write(f"V000{version}__v{version}.sql", "SELECT 1;")
        states, before = file.states(), file.all(f"SELECT * FROM {history.TABLE} ORDER BY rank")
        gone = [name for name, state in states.items() if state is State.MISSING]
        forget = data.draw(st.lists(st.sampled_from(gone), unique=True)) if gone else []
        try:
            done = repaired(file, forget)
        except Refused:  # nothing is wrong, or nothing that is to be forgotten
            assert not forget and not {State.EDITED, State.FAILED} & set(states.values())
            return
        assert file.all(f"SELECT * FROM {history.TABLE} ORDER BY rank") != before

        plan = undo.plan_undo(catalog, done.operation_id, Context(), path=file.path)
        undo.carry_out(catalog, done.operation_id, plan, Context())

        assert file.all(f"SELECT * FROM {history.TABLE} ORDER BY rank") == before
        assert file.states() == states
        again = repaired(file, forget)
        undo.undo(catalog, again.operation_id, Context())
        assert file.all(f"SELECT * FROM {history.TABLE} ORDER BY rank") == before

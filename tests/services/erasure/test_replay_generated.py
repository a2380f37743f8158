"""Whatever was erased, edited and given away since a point: no erased row comes back, all others are as they were."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from builders.erasing import Ledger
from steward_app.catalog import open_catalog
from steward_app.db import open_read, open_write
from steward_app.db.integrity import integrity_check
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue

KINDS = {
    "rowid": "id INTEGER PRIMARY KEY, word TEXT, other",
    "no rowid": "id TEXT PRIMARY KEY, word TEXT, other, UNIQUE (word)",
    "two columns": "id INTEGER, other, word TEXT, PRIMARY KEY (id, other)",
    "no key": "id INTEGER, word TEXT, other",
}
STEPS = ("edit", "delete", "blank", "erase", "give away")

values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.binary(max_size=6),
)


@dataclass
class People:
    """What became of the people of the point, by number.

    Attributes:
        uncertain: they were gone, and somebody else with their number was erased: their row may wait for a person.
    """

    erased: set[int] = field(default_factory=set)
    uncertain: set[int] = field(default_factory=set)
    blanked: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    others=st.lists(values, min_size=3, max_size=9),
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 8)), max_size=8),
)
def test_none_of_the_erased_comes_back(
    kind: str, others: list[SqlValue], steps: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as place, open_catalog(Path(place)) as catalog:
        folder, ledger = Path(place), Ledger(catalog)
        path = people(folder, kind, others)
        point = Path(shutil.copyfile(path, folder / "point.db"))
        before = stored(point)
        lived = live(ledger, path, len(others), steps)

        ledger.replay(point)

        after = stored(point)
        assert set(after) <= set(before) - lived.erased
        assert set(after) >= set(before) - lived.erased - lived.uncertain
        for rowid, row in after.items():
            number = int(str(row["id"]))
            expected = before[rowid] | ({"word": None} if number in lived.blanked else {})
            assert row == expected
            assert {name: type(value) for name, value in row.items()} == {
                name: type(value) for name, value in expected.items()
            }
        content = point.read_bytes()
        assert not [n for n in lived.erased | lived.blanked if word(n).encode() in content]


def people(folder: Path, kind: str, others: list[SqlValue]) -> Path:
    """People by the numbers from 0; each has a word that stands nowhere else."""
    builder = a_database(folder).with_sql(
        f"CREATE TABLE person ({KINDS[kind]}){' WITHOUT ROWID' if kind == 'no rowid' else ''}"
    )
    rows: list[Row] = [(n, word(n), other) for n, other in enumerate(others)]
    return builder.with_rows("person", rows, columns=("id", "word", "other")).build()


def word(number: int) -> str:
    return f"word-of-number-{number}-alone"


def live(ledger: Ledger, path: Path, many: int, steps: list[tuple[str, int]]) -> People:
    """Do the steps; who was erased, by number, of the people of the point."""
    lived = People()
    for step, chosen in steps:
        number = chosen % many
        where = f"id = {number}"
        if step == "erase" and ledger.erase(path, "person", where):
            (lived.uncertain if number in lived.gone else lived.erased).add(number)
            lived.gone.add(number)
        elif step == "blank" and number not in lived.gone:
            ledger.erase(path, "person", where, changes={"word": None})
            lived.blanked.add(number)
        with open_write(path) as session, session.transaction():
            if step == "edit":
                session.run(f"UPDATE person SET word = coalesce(word, '') || '!' WHERE {where}")
            elif step == "delete":
                session.run(f"DELETE FROM person WHERE {where}")
                lived.gone.add(number)
            elif (
                step == "give away"
                and number in lived.gone
                and not session.value(f"SELECT 1 FROM person WHERE {where}")
            ):
                session.run(
                    "INSERT INTO person (id, word, other) VALUES (?, ?, 'another')",
                    (number, f"new {word(number)}"),
                )
    lived.blanked -= lived.erased
    lived.uncertain -= lived.erased
    return lived


def stored(path: Path) -> dict[int, dict[str, SqlValue]]:
    """The rows by number."""
    with open_read(path) as session:
        assert integrity_check(session, Context()) == ()
        names = session.column_names("SELECT * FROM person")
        rows = (dict(zip(names, row, strict=True)) for row in session.all("SELECT * FROM person"))
        return {int(str(row["id"])): row for row in rows}

"""Long values that share their beginning or their end with many others: which of them it is, its other bytes tell."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward_app.kernel.progress import Context
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.residue import wanted
from steward_app.services.privacy.residue.model import ResidueReport, Where
from steward_app.services.privacy.residue.search import search_values

HEAD = "Riverside Clinic, 12 High Street, Winterbourne. Report on a visit, written by hand: "
FOOT = ". Signed electronically and without a signature valid, Riverside Clinic, Winterbourne"
NOTES = [
    f"{HEAD}patient {n:03} has told that the {'left' if n % 2 else 'right'} knee hurts{FOOT}"
    for n in range(60)
]


def look(path: Path, *values: SqlValue) -> ResidueReport:
    return search_values(path, values, Context())


def holding(path: Path, *texts: str, encoding: str = "UTF-8") -> Path:
    path.unlink(missing_ok=True)
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
    connection.close()
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
def test_each_is_found_as_itself(tmp_path: Path, encoding: str) -> None:
    path = holding(tmp_path / "x.db", NOTES[7], f"copied: {NOTES[31]}", encoding=encoding)
    report = look(path, *NOTES)
    assert report.of(Where.CELL) == 2
    assert report.found[0].values == 2


def test_what_all_share_is_nobodys(tmp_path: Path) -> None:
    path = holding(tmp_path / "x.db", f"{HEAD}nothing was told{FOOT}", HEAD, FOOT)
    report = look(path, *NOTES)
    assert report.is_clean and report.chance > 0


def test_in_old_states_it_is_found_by_what_stands_beside(tmp_path: Path) -> None:
    path = holding(tmp_path / "x.db", "quite other words", NOTES[7], "other words still")
    with apsw.Connection(str(path)) as connection:
        connection.execute("DELETE FROM t WHERE rowid = 2")
    connection.close()
    found = look(path, *NOTES).found
    assert {each.where for each in found} == {Where.FREEBLOCK} and {each.values for each in found} == {1}


def test_over_the_edges_of_pages(tmp_path: Path) -> None:
    long = [f"{note} {'and so on ' * 900}{FOOT}" for note in NOTES]
    path = holding(tmp_path / "x.db", long[11], long[44])
    report = look(path, *long)
    assert report.of(Where.CELL) == 2 and report.found[0].values == 2


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.text("ab", max_size=24), min_size=12, max_size=30, unique=True),
    head=st.sampled_from(["", HEAD]),
    foot=st.sampled_from(["", FOOT]),
    data=st.data(),
)
def test_whole_values_are_found_as_without_telling_apart(
    tmp_path: Path, texts: list[str], head: str, foot: str, data: st.DataObject
) -> None:
    values = [f"{head}{text}{foot}" for text in texts]
    kept = data.draw(st.lists(st.sampled_from(values), max_size=4, unique=True))
    path = holding(tmp_path / "x.db", *kept)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wanted, "MANY", 1_000)
        plain = look(path, *values)
    told = look(path, *values)
    assert [(each.where, each.hits, each.values) for each in told.found] == [
        (each.where, each.hits, each.values) for each in plain.found
    ]

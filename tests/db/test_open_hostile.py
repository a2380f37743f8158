"""Whatever bytes a file holds: it opens, or it is refused in words. Nothing else, and it stays as it is."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app import db
from steward_app.kernel.errors import StewardError
from steward_app.kernel.progress import Context

MAGIC = b"SQLite format 3\x00"


@cache
def _sound() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = (
            a_database(Path(name))
            .with_pragma("page_size = 512")
            .with_table(
                "patient",
                "id INTEGER PRIMARY KEY, name TEXT UNIQUE",
                rows=[(n, f"name {n}") for n in range(60)],
            )
            .with_table(
                "visit", "day, note, PRIMARY KEY (day, note)", rows=[(n, "x" * n * 20) for n in range(20)]
            )
            .with_sql("CREATE VIEW v AS SELECT * FROM visit", "CREATE INDEX i ON visit (note)")
            .build()
        )
        return path.read_bytes()


places = st.one_of(st.integers(0, 107), st.integers(0, 2047), st.integers(0, len(_sound()) - 1))
values = st.one_of(st.sampled_from([0, 1, 2, 3, 4, 5, 10, 13, 127, 128, 255]), st.integers(0, 255))


def _look(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "clinic.db"
        path.write_bytes(data)
        try:
            with db.open_read(path) as session:
                for notice in session.state.notices:
                    assert notice.title.isprintable()
                db.survey(session, Context())
                db.first_look(session, 1)
                db.judged_rows(session)
        except StewardError as error:
            assert error.message.isprintable()
            assert error.hint
        assert path.read_bytes() == data
        assert [each.name for each in path.parent.iterdir()] == ["clinic.db"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(places, values), min_size=1, max_size=12), st.none() | st.integers(0, len(_sound()))
)
def test_a_database_with_wrong_bytes(edits: list[tuple[int, int]], end: int | None) -> None:
    data = bytearray(_sound())
    for place, value in edits:
        data[place] = value
    _look(bytes(data[:end]))


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=1200),
        st.binary(max_size=1200).map(lambda rest: MAGIC + rest),
        st.text(max_size=600).map(lambda text: text.encode()),
    )
)
def test_any_bytes(data: bytes) -> None:
    _look(data)

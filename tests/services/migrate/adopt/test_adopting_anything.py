"""Whatever stands in their tables and files, a steward is told something; nothing breaks and nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward_app.db.skeleton import in_memory
from steward_app.kernel.errors import ErrorCode, StewardError, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.migrate.adopt.adoption import AdoptRequest, look
from steward_app.services.migrate.adopt.model import Reader, Tool
from steward_app.services.migrate.adopt.readers import READERS, reader_of
from steward_app.services.migrate.adopt.verify import made_by

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
    st.binary(max_size=8),
    st.sampled_from(["1", "1.2", "9" * 30, "SQL", "BASELINE", "UNDO_SQL", "2026-01-01 00:00:00", "a/b.sql"]),
)
NAMES = [
    "V1__a.sql",
    "R__a.sql",
    "U1__a.sql",
    "0001_a.sql",
    "1_a.up.sql",
    "1_a.down.sql",
    "1_a.go",
    "a.py",
    "a.sql",
]
PIECES = st.sampled_from(
    [
        "-- migrate:up\n",
        "-- migrate:down\n",
        "-- +goose Up\n",
        "-- +goose Down\n",
        "-- +goose StatementBegin\n",
        "-- +goose StatementEnd\n",
        "--liquibase formatted sql\n",
        "--changeset a:1 dbms:sqlite\n",
        "--rollback DROP TABLE t;\n",
        "/* liquibase rollback\n",
        "CREATE TABLE t (x);\n",
        "revision = 'a'\ndown_revision = 'a'\n",
        "step('x')\n",
        "class Migration:\n    dependencies = [(1,), ('a', 'b')]\n",
        "m = Migrations()\n@m()\ndef f(): ...\n",
        "'",
        "\\",
        "é\r\n",
    ]
)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.tool.value)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(VALUES, min_size=10, max_size=10), max_size=4))
def test_any_values_in_their_table(reader: Reader, rows: list[list[object]]) -> None:
    columns = sorted(reader.columns)
    with in_memory() as session:
        session.run(f'CREATE TABLE "{reader.table}" ({", ".join(columns)})')
        for row in rows:
            marks = ", ".join("?" * len(columns))
            session.run(f'INSERT INTO "{reader.table}" VALUES ({marks})', row[: len(columns)])
        found, table = reader_of(session, reader.tool)
        record = found.read_table(session, table, [])
    assert len(record.ran) <= len(rows)
    assert len({each.key for each in record.ran}) <= len(record.ran)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.tool.value)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.dictionaries(st.sampled_from(NAMES), st.lists(PIECES, max_size=6).map("".join), max_size=4))
def test_any_text_in_their_files(
    tmp_path_factory: pytest.TempPathFactory, reader: Reader, texts: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("app") / "migrations"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    try:
        found = reader.read_files(folder)
        with made_by([(each.file, each.up) for each in found if each.up is not None], Context()):
            pass
    except StewardError as error:
        assert error.code in (ErrorCode.BAD_MIGRATION, ErrorCode.BAD_SQL)


def test_a_file_is_not_compared_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "zoo.db"
    request = AdoptRequest(
        path, "", tmp_path, tmp_path / "ours", Tool.DJANGO, against=tmp_path / "." / "zoo.db"
    )
    with pytest.raises(UsageError, match="cannot be compared with itself"):
        look(request, Context())

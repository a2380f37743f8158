"""What a change of one column leaves of everything else a table has: ours both ways, Alembic and sqlite-utils.

    bench_migrate_fidelity.py                                    Alembic as it was recorded
    PEERS_PYTHON=PYTHON_WITH_ALEMBIC bench_migrate_fidelity.py   Alembic run now, and recorded

Each table has one feature, a column z and rows. The column gets NOT NULL, by ours natively; and by ours with the table
written anew, a default. All are judged alike: the schema must mean what it did but for that property, by the same
comparison that `steward schema diff` makes, every value must have its storage class, rowid, counter and statistics, and
the file must hold together. Other spellings are no loss: a type counts by its affinity where the feature is not its
name, a rule of a column may stand behind the columns, and of comments only the words must still be there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness import record, record_table

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))
sys.path.insert(0, str(TESTS / "services/migrate/edit"))

from features import FEATURES, fill  # noqa: E402

from builders import a_database  # noqa: E402
from steward_app.db import Session, open_read, open_write, quote  # noqa: E402
from steward_app.db.runner import unenforced  # noqa: E402
from steward_app.kernel.errors import StewardError  # noqa: E402
from steward_app.services.migrate.edit.model import Edit, SetDefault, SetNotNull  # noqa: E402
from steward_app.services.migrate.edit.write import write  # noqa: E402
from steward_app.services.schema import read_schema  # noqa: E402
from steward_app.services.schema.diff import compare  # noqa: E402
from steward_app.services.schema.diff_model import Change, Difference  # noqa: E402
from steward_app.services.schema.model import Schema  # noqa: E402

RECORDED = Path(__file__).with_name("peer_migrate_fidelity.json")
COMPARED = (
    "plain",
    "CHECK of a column",
    "CHECK of a column, named",
    "CHECK of the table",
    "CHECK of the table, named",
    "generated, virtual",
    "generated, stored",
    "UNIQUE",
    "UNIQUE, named",
    "UNIQUE ON CONFLICT IGNORE",
    "NOT NULL ON CONFLICT REPLACE",
    "COLLATE",
    "DEFAULT, an expression",
    "DEFAULT, a text that looks like SQL",
    "DEFAULT CURRENT_TIMESTAMP",
    "DECIMAL(10,2)",
    "no type",
    "an unusual type",
    "AUTOINCREMENT",
    "STRICT",
    "STRICT with ANY",
    "WITHOUT ROWID",
    "foreign key with actions",
    "foreign key, deferrable",
    "foreign key of two columns",
    "foreign key that names no column",
    "key of two columns",
    "INTEGER PRIMARY KEY DESC",
    "index, partial",
    "index of an expression",
    "index, descending",
    "index with a collation",
    "trigger",
    "trigger of another table",
    "view",
    "view with INSTEAD OF",
    "children that would go with their parent",
    "rowids with gaps",
    "remarks",
    "odd names",
    "statistics",
)
"""What tools of this kind are compared by."""

UNLISTED = (
    "CHECK that names its own table",
    "generated from one that is generated",
    "UNIQUE with a collation",
    "DEFAULT, a blob and a sign",
    "a quoted type of two words",
    "AUTOINCREMENT of an empty table",
    "WITHOUT ROWID, a key of two",
    "foreign key to itself",
    "foreign key to no table",
    "a key that may be NULL",
    "index, unique, with an odd name and remarks",
    "trigger with WHEN, of columns",
    "view of a view, SELECT *",
    "a view that is broken",
    "a trigger that is broken",
    "rowids under another name",
    "rowids that nothing names",
    "odd names of objects",
    "a text that is a name in double quotes",
    "full-text table of its rows",
    "values of other types than declared",
    "texts with a NUL and bytes that are no UTF-8",
    "IF NOT EXISTS and the schema's name",
    "columns that were added",
    "a row of more than one page",
)
"""What no such list knows."""

KEPT = ("those that are compared, 41 features", "those that nobody lists, 25 features")
OF_THE_TYPE = frozenset({"DECIMAL(10,2)", "no type", "an unusual type", "a quoted type of two words"})
ENFORCED = "children that would go with their parent"
NOT_NULL, DEFAULT = Difference("not null", "no", "yes"), Difference("default", "", "5")


@dataclass(frozen=True)
class State:
    """A file as it was looked at."""

    schema: Schema
    rows: dict[str, list[object]]


def look(path: Path) -> State:
    with open_read(path) as session:
        return State(read_schema(session), dict(_rows(session)))


def _rows(session: Session) -> Iterator[tuple[str, list[object]]]:
    """Rows of every table with their rowids and storage classes; counters and statistics are tables, too."""
    listed = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    for name, without_rowid in session.all(f"{listed} AND name <> 'sqlite_schema'"):
        columns = [str(c) for (c,) in session.all("SELECT name FROM pragma_table_xinfo(?, 'main')", (name,))]
        values = ", ".join(f"typeof({quote(c)}), CAST({quote(c)} AS BLOB)" for c in columns)
        free = next((r for r in ("rowid", "_rowid_", "oid") if r not in columns), "1")
        rowid = "1" if without_rowid or str(name).startswith("sqlite_") else free
        yield str(name), sorted(session.all(f"SELECT {rowid}, {values} FROM {quote(str(name))}"), key=repr)


def verdict(feature: str, before: State, path: Path, wanted: Difference) -> str:
    """What became of a feature."""
    try:
        after = look(path)
    except StewardError:
        return "file damaged"
    others = [
        each for change in compare(before.schema, after.schema).changes for each in _counted(feature, change)
    ]
    if wanted.sentence not in others:
        return "not changed"
    others.remove(wanted.sentence)
    if others or (feature == "remarks" and not _remarks_stand(after)):
        return "lost"
    if before.rows != after.rows:
        return "rows lost"
    with open_read(path) as session:
        return "kept" if session.value("PRAGMA integrity_check") == "ok" else "file damaged"


def _counted(feature: str, change: Change) -> list[str]:
    """What a change tells, a sentence a property, without what is another spelling of the same."""
    if not change.differences:
        return [change.sentence]
    of_a_type = feature in OF_THE_TYPE and change.subject.name != "z"
    return [
        each.sentence for each in change.differences if not _spelling(change.subject.kind, each, of_a_type)
    ]


def _spelling(kind: str, difference: Difference, of_a_type: bool) -> bool:
    match kind, difference.what:
        case ("table", "text") | ("check", "column") | (_, "comment" | "match"):
            return True
        case _, "type":
            return not of_a_type or difference.before.replace(" ", "") == difference.after.replace(" ", "")
    return False


def _remarks_stand(state: State) -> bool:
    table = state.schema.table("t")
    return table is not None and "the key, )" in table.sql and "amount" in table.sql


def build(folder: Path) -> dict[str, Path]:
    """A file for each feature."""
    folder.mkdir()
    paths = {}
    for number, (feature, statements) in enumerate(FEATURES.items()):
        paths[feature] = a_database(folder / f"{number}.db").with_sql(*statements).build()
        with open_write(paths[feature]) as session, unenforced(session), session.transaction():
            fill(session)
    return paths


def ours(folder: Path, edit: Edit, wanted: Difference) -> list[str]:
    found = []
    for feature, path in build(folder).items():
        before = look(path)
        with open_write(path) as session:
            written = write(session, [edit])
            with unenforced(session), session.transaction():
                for statement in written.statements:
                    session.run(statement)
        found.append(verdict(feature, before, path, wanted))
    return found


def theirs(python: str, tool: str, folder: Path) -> tuple[str, list[str]]:
    """The name and version of another tool, and its verdicts."""
    paths = build(folder)
    before = {feature: look(path) for feature, path in paths.items()}
    asked = json.dumps([(str(path), feature == ENFORCED) for feature, path in paths.items()])
    script = str(Path(__file__).with_name("peer_migrate_fidelity.py"))
    done = subprocess.run([python, script, tool], input=asked, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    found = [
        "error" if str(path) in told["errors"] else verdict(feature, before[feature], path, NOT_NULL)
        for feature, path in paths.items()
    ]
    return told["version"], found


def alembic(folder: Path) -> tuple[str, list[str]]:
    """Alembic run now where there is one, else as it was recorded."""
    python = os.environ.get("PEERS_PYTHON", "")
    if python:
        version, found = theirs(python, "alembic", folder)
        kept = {"version": version, "verdicts": dict(zip(FEATURES, found, strict=True))}
        RECORDED.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    told = json.loads(RECORDED.read_text(encoding="utf-8"))
    if list(told["verdicts"]) != list(FEATURES):
        raise SystemExit(
            "The recorded verdicts on Alembic are of other features; run it anew with PEERS_PYTHON."
        )
    return told["version"], list(told["verdicts"].values())


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        natively = ours(place / "natively", SetNotNull("t", "z", on=True), NOT_NULL)
        anew = ours(place / "anew", SetDefault("t", "z", "5"), DEFAULT)
        alembic_name, by_alembic = alembic(place / "alembic")
        utils_name, by_utils = theirs(sys.executable, "sqlite-utils", place / "utils")
    verdicts = {row[0]: row for row in zip(FEATURES, natively, anew, by_alembic, by_utils, strict=True)}
    rows: list[tuple[str, ...]] = []
    for features, title in zip((COMPARED, UNLISTED), KEPT, strict=True):
        group = [verdicts.pop(feature) for feature in features]
        kept = (sum(row[at] == "kept" for row in group) for at in range(1, 5))
        rows += [*group, (title, *(f"{count} kept" for count in kept))]
    assert not verdicts, f"not in a group: {', '.join(verdicts)}"
    tools = (f"batch mode of {alembic_name}", f"transform of {utils_name}")
    record_table(
        "What a change of a column leaves of the rest",
        ("feature", "ours, natively", "ours, written anew", *tools),
        rows,
    )
    record(
        "Features of a table that a change of another column loses",
        float(sum(verdict != "kept" for verdict in natively + anew)),
        base=f"{len(FEATURES)} features; lost by Alembic {len(FEATURES) - by_alembic.count('kept')},"
        f" by sqlite-utils {len(FEATURES) - by_utils.count('kept')}",
        limit=0,
        unit="",
    )


if __name__ == "__main__":
    main()

"""Which changes of a schema are noticed and lead to the changed schema: ours, and Alembic's autogenerate.

    bench_migrate_matrix.py                                    Alembic as it was recorded
    PEERS_PYTHON=PYTHON_WITH_ALEMBIC bench_migrate_matrix.py   Alembic run now, and recorded

A change is right when what is found is that change; for ours also when the migration made of it gives a file with rows
exactly the schema that is wanted, every value where it was, and nothing left to do.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness import record, record_table

from steward_app import db
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.services.migrate.desired.diff import diff
from steward_app.services.migrate.desired.model import Answers, Desired, Rename
from steward_app.services.migrate.desired.read import desired_schema

RECORDED = Path(__file__).with_name("peer_migrate_matrix.json")
ROWS = "INSERT INTO t(id, a, b) VALUES (1, 5, 'x'), (4, 6, 'y'), (9, 7, 'z')"


@dataclass(frozen=True)
class Change:
    """A schema before and after.

    Attributes:
        noticed: what our words for the change must hold.
        peer: the steps that would be right; () where Alembic knows none.
    """

    name: str
    before: str
    after: str
    noticed: str
    peer: tuple[str, ...] = ()


def table(
    name: str, before: str, after: str, noticed: str, *peer: str, options: tuple[str, str] = ("", "")
) -> Change:
    """A change inside the table that every change is about; `before` and `after` stand behind the columns id and b."""
    whole = "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t({}) {};"
    return Change(name, whole.format(before, options[0]), whole.format(after, options[1]), noticed, peer)


def beside(name: str, before: str, after: str, noticed: str, *peer: str) -> Change:
    """A change of what hangs on the table."""
    whole = "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT); {};"
    return Change(name, whole.format(before), whole.format(after), noticed, peer)


KEYED = "id INTEGER PRIMARY KEY, b TEXT, "
TRIGGER = "CREATE TRIGGER g AFTER UPDATE ON t BEGIN SELECT {}; END"
CHANGES = (
    table("NOT NULL", KEYED + "a INT", KEYED + "a INT NOT NULL", "not null no → yes", "modify_nullable"),
    table("type", KEYED + "a INT", KEYED + "a TEXT", "type INT → TEXT", "modify_type"),
    table("default", KEYED + "a INT DEFAULT 1", KEYED + "a INT DEFAULT 2", "default 1 → 2", "modify_default"),
    table(
        "action of a foreign key",
        KEYED + "a INT, FOREIGN KEY (a) REFERENCES p(id)",
        KEYED + "a INT, FOREIGN KEY (a) REFERENCES p(id) ON DELETE CASCADE",
        "on delete NO ACTION → CASCADE",
        "remove_fk",
        "add_fk",
    ),
    table(
        "foreign key deferrable",
        KEYED + "a INT, FOREIGN KEY (a) REFERENCES p(id)",
        KEYED + "a INT, FOREIGN KEY (a) REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED",
        "deferrable none → DEFERRABLE INITIALLY DEFERRED",
        "remove_fk",
        "add_fk",
    ),
    table("column renamed", KEYED + "a INT", KEYED + "c INT", "Column “a” of “t” is renamed to “c”"),
    table(
        "WITHOUT ROWID",
        "id INT PRIMARY KEY, b TEXT, a INT",
        "id INT PRIMARY KEY, b TEXT, a INT",
        "without rowid yes → no",
        options=("WITHOUT ROWID", ""),
    ),
    table(
        "primary key",
        "id INT, b TEXT, a INT, PRIMARY KEY (id)",
        "id INT, b TEXT, a INT, PRIMARY KEY (id, b)",
        "columns id → id, b",
    ),
    table(
        "CHECK changed",
        KEYED + "a INT CHECK (a > 0)",
        KEYED + "a INT CHECK (a > 1)",
        "expression a > 0 → a > 1",
        "remove_constraint",
        "add_constraint",
    ),
    table(
        "CHECK added", KEYED + "a INT", KEYED + "a INT, CHECK (a > 0)", "Check of “t” added", "add_constraint"
    ),
    table(
        "collation",
        KEYED + "a TEXT",
        KEYED + "a TEXT COLLATE NOCASE",
        "collation BINARY → NOCASE",
        "modify_type",
    ),
    table("STRICT", KEYED + "a INT", KEYED + "a INT", "strict no → yes", options=("", "STRICT")),
    table(
        "expression of a generated column",
        KEYED + "a INT, g AS (a + 1)",
        KEYED + "a INT, g AS (a + 2)",
        "generated from a + 1 → a + 2",
        "modify_default",
    ),
    table(
        "generated column stored or virtual",
        KEYED + "a INT, g AS (a + 1) STORED",
        KEYED + "a INT, g AS (a + 1)",
        "generated stored → virtual",
        "modify_default",
    ),
    beside(
        "condition of a partial index",
        "CREATE INDEX i ON t(a) WHERE a > 0",
        "CREATE INDEX i ON t(a) WHERE a > 1",
        "where a > 0 → a > 1",
        "remove_index",
        "add_index",
    ),
    beside(
        "index of an expression",
        "CREATE INDEX i ON t(lower(b))",
        "CREATE INDEX i ON t(upper(b))",
        "columns lower(b) → upper(b)",
        "remove_index",
        "add_index",
    ),
    beside(
        "collation of an index",
        "CREATE INDEX i ON t(b)",
        "CREATE INDEX i ON t(b COLLATE NOCASE)",
        "columns b → b COLLATE NOCASE",
        "remove_index",
        "add_index",
    ),
    beside(
        "order of an index",
        "CREATE INDEX i ON t(a)",
        "CREATE INDEX i ON t(a DESC)",
        "columns a → a DESC",
        "remove_index",
        "add_index",
    ),
    table(
        "UNIQUE ON CONFLICT",
        KEYED + "a INT UNIQUE",
        KEYED + "a INT UNIQUE ON CONFLICT IGNORE",
        "on conflict none → IGNORE",
        "remove_constraint",
        "add_constraint",
    ),
    table(
        "AUTOINCREMENT",
        KEYED + "a INT",
        "id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT, a INT",
        "autoincrement no → yes",
    ),
    table(
        "order of columns",
        KEYED + "a INT",
        "id INTEGER PRIMARY KEY, a INT, b TEXT",
        "column order id, b, a → id, a, b",
    ),
    beside(
        "view", "CREATE VIEW v AS SELECT a FROM t", "CREATE VIEW v AS SELECT b FROM t", "View “v” changed"
    ),
    beside("trigger", TRIGGER.format(1), TRIGGER.format(2), "Trigger “g” of “t” changed"),
)


def ours(change: Change, folder: Path) -> str:
    """Whether we notice a change, and get a file with rows there."""
    path, wanted = folder / "file.db", folder / "wanted.sql"
    path.unlink(missing_ok=True)
    wanted.write_text(change.after, encoding="utf-8")
    with db.create(path) as session, unenforced(session):
        for statement in split(f"{change.before}\n{ROWS}"):
            session.run(statement.sql)
    found = _found(path, wanted, Answers())
    renames = tuple(Rename(q.place.table, q.place.column, q.candidates[0]) for q in found.questions)
    way = _found(path, wanted, Answers(renames=renames))
    if way.nothing:
        return "missed"
    if not any(change.noticed in sentence for sentence in way.sentences):
        return "wrong"
    before = _rows(path, "a")
    with db.open_write(path) as session, unenforced(session), session.transaction():
        for statement in way.statements:
            session.run(statement)
    after = _rows(path, "c" if renames else "a")
    kept = before == after or (change.name == "type" and len(before) == len(after))
    return "right" if kept and _found(path, wanted, Answers()).nothing else "wrong"


def _found(path: Path, wanted: Path, answers: Answers) -> Desired:
    with db.open_read(path) as session, desired_schema(wanted) as desired:
        return diff(session, desired, answers)


def _rows(path: Path, renamed: str) -> list[object]:
    with db.open_read(path) as session:
        column = db.quote(renamed)
        return list(session.all(f"SELECT id, b, {column}, typeof({column}) FROM t ORDER BY id"))


def peer(steps: list[str], change: Change) -> str:
    """What became of a change with Alembic."""
    if not steps:
        return "missed"
    return "right" if set(steps) == set(change.peer) else f"wrong: {', '.join(sorted(set(steps)))}"


def alembic() -> dict[str, object]:
    """What Alembic does: run now where there is one, else as it was recorded."""
    python = os.environ.get("PEERS_PYTHON", "")
    if python:
        pairs = json.dumps([(change.before, change.after) for change in CHANGES])
        script = Path(__file__).with_name("peer_migrate_matrix.py")
        done = subprocess.run([python, str(script)], input=pairs, capture_output=True, text=True, check=True)
        RECORDED.write_text(json.dumps(json.loads(done.stdout), indent=1) + "\n", encoding="utf-8")
    told = json.loads(RECORDED.read_text(encoding="utf-8"))
    if len(told["steps"]) != len(CHANGES):
        raise SystemExit("The recorded steps of Alembic are of other changes; run it anew with PEERS_PYTHON.")
    return dict(told)


def main() -> None:
    told = alembic()
    with tempfile.TemporaryDirectory() as made:
        mine = [ours(change, Path(made)) for change in CHANGES]
    theirs = [peer(steps, change) for steps, change in zip(told["steps"], CHANGES, strict=True)]
    right = sum(each == "right" for each in theirs)
    record_table(
        "Changes of a schema that a diff notices",
        ("change", "`steward migrate diff`", str(told["versions"])),
        [
            *((change.name, *verdicts) for change, *verdicts in zip(CHANGES, mine, theirs, strict=True)),
            ("all 23 changes", f"{mine.count('right')} right", f"{right} right"),
        ],
    )
    record(
        "Changes of a schema that a diff misses or gets wrong",
        float(len(CHANGES) - mine.count("right")),
        base=f"{len(CHANGES)} changes; Alembic's autogenerate: {len(CHANGES) - right}",
        limit=0,
        unit="",
    )


if __name__ == "__main__":
    main()

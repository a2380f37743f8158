"""Makes the column z of the table t NOT NULL by another tool: files come as JSON, and so goes what went wrong.

Alembic needs libraries that this program does without, and runs in an environment of its own; see
bench_migrate_fidelity.py.
"""

from __future__ import annotations

import json
import sys
import warnings


def by_alembic(path: str, foreign_keys: bool) -> None:
    """Alembic's batch mode."""
    import sqlalchemy
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            if foreign_keys:
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
                connection.commit()
            context = MigrationContext.configure(connection)
            with context.begin_transaction(), Operations(context).batch_alter_table("t") as batch:
                batch.alter_column("z", nullable=False)
            connection.commit()
    finally:
        engine.dispose()


def by_sqlite_utils(path: str, foreign_keys: bool) -> None:
    """The transform of sqlite-utils."""
    import sqlite_utils

    database = sqlite_utils.Database(path)
    try:
        if foreign_keys:
            database.execute("PRAGMA foreign_keys = ON")
        database["t"].transform(not_null={"z"})  # type: ignore[union-attr]
    finally:
        database.close()


TOOLS = {"alembic": by_alembic, "sqlite-utils": by_sqlite_utils}


def main() -> None:
    from importlib.metadata import version

    warnings.simplefilter("ignore")
    tool, errors = sys.argv[1], {}
    for path, foreign_keys in json.load(sys.stdin):
        try:
            TOOLS[tool](path, foreign_keys)
        except Exception as error:  # noqa: BLE001  # whatever it is: it is told, and counts as an error of the tool
            errors[path] = f"{type(error).__name__}: {error}"
    json.dump({"version": f"{tool} {version(tool)}", "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main()

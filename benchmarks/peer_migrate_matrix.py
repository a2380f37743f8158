"""What Alembic's autogenerate notices: pairs of schemas as scripts come as JSON, names of its steps go as JSON.

It needs libraries that this program does without, and runs in an environment of its own; see bench_migrate_matrix.py.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import alembic
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext


def engine(script: str) -> Any:
    """A database in memory that the script made."""
    made = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    connection = made.raw_connection()
    connection.executescript(script)
    connection.commit()
    connection.close()
    return made


def steps(before: str, after: str) -> list[str]:
    """The names of what Alembic would do."""
    wanted = sqlalchemy.MetaData()
    wanted.reflect(engine(after))
    with engine(before).connect() as connection:
        settings = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=settings)
        found = compare_metadata(context, wanted)
    return [str(step[0][0] if isinstance(step, list) else step[0]) for step in found]


def main() -> None:
    warnings.simplefilter("ignore")
    with engine("").connect() as connection:
        sqlite = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
    versions = f"Alembic {alembic.__version__}, SQLAlchemy {sqlalchemy.__version__}, SQLite {sqlite}"
    told = {"versions": versions, "steps": [steps(before, after) for before, after in json.load(sys.stdin)]}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

"""Files as other tools of migrations leave them: their tables with the DDL they use, and a folder of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builders.database import a_database
from builders.migrating import other_program
from builders.operations import known
from steward_app.catalog import Catalog
from steward_app.db import open_read
from steward_app.kernel.plan import Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.services.migrate import history
from steward_app.services.migrate.adopt import service
from steward_app.services.migrate.adopt.adoption import AdoptRequest
from steward_app.services.migrate.model import Applied, State
from steward_app.services.migrate.status import status
from steward_app.services.operation import Confirmation

PETS = "CREATE TABLE pet (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
NOTE = "ALTER TABLE pet ADD COLUMN note TEXT;"
NO_NOTE = "ALTER TABLE pet DROP COLUMN note;"
SEEN = """CREATE TRIGGER seen AFTER INSERT ON pet
BEGIN
  UPDATE pet SET note = ';' WHERE id = new.id;
END;"""
OWNERS = "CREATE TABLE owner (id INTEGER PRIMARY KEY, pet_id INTEGER REFERENCES pet (id));"
HELD = f"{PETS}\n{NOTE}\n{SEEN}\nINSERT INTO pet VALUES (1, 'Rex', NULL);"
"""What a file holds in which the first two of three migrations ran."""


@dataclass(frozen=True)
class History:
    """A tool's own tables with what they hold, and the files of its folder.

    Two migrations were applied (pets, then the note and the trigger), one waits (owners).
    """

    tables: str
    files: Mapping[str, str]

    def but(self, *, tables: str = "", files: Mapping[str, str] | None = None) -> History:
        """The same with more in the tables and more files."""
        return replace(self, tables=self.tables + tables, files={**self.files, **(files or {})})

    def renamed(self, tables: str) -> History:
        """The same with other tables."""
        return replace(self, tables=tables)


FLYWAY_TABLE = """
CREATE TABLE "flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INT,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL,
    "success" BOOLEAN NOT NULL
);
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
"""


def flyway_row(
    rank: int, version: str | None, name: str, *, kind: str = "SQL", crc: str = "NULL", ok: int = 1
) -> str:
    said = f"'{version}'" if version else "NULL"
    return (
        f"INSERT INTO flyway_schema_history VALUES ({rank}, {said}, '{name}', '{kind}', 'x.sql', {crc}, 'anna',"
        f" '2026-07-19 18:01:56.50{rank}', 2, {ok});\n"
    )


FLYWAY = History(
    FLYWAY_TABLE + flyway_row(1, "1", "pets") + flyway_row(2, "2", "note"),
    {
        "V1__pets.sql": PETS,
        "V2__note.sql": f"{NOTE}\n{SEEN}",
        "U2__note.sql": f"DROP TRIGGER seen;\n{NO_NOTE}",
        "V3__owners.sql": OWNERS,
    },
)
LIQUIBASE = History(
    """
CREATE TABLE DATABASECHANGELOGLOCK (ID INTEGER NOT NULL, LOCKED BOOLEAN NOT NULL, LOCKGRANTED TEXT,
  LOCKEDBY VARCHAR(255), CONSTRAINT PK_DATABASECHANGELOGLOCK PRIMARY KEY (ID));
CREATE TABLE DATABASECHANGELOG (ID VARCHAR(255) NOT NULL, AUTHOR VARCHAR(255) NOT NULL, FILENAME VARCHAR(255) NOT NULL,
  DATEEXECUTED TEXT NOT NULL, ORDEREXECUTED INTEGER NOT NULL, EXECTYPE VARCHAR(10) NOT NULL,
  MD5SUM VARCHAR(35), DESCRIPTION VARCHAR(255), COMMENTS VARCHAR(255),
  TAG VARCHAR(255), LIQUIBASE VARCHAR(20), CONTEXTS VARCHAR(255),
  LABELS VARCHAR(255), DEPLOYMENT_ID VARCHAR(10));
INSERT INTO DATABASECHANGELOG (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE) VALUES
  ('pets', 'anna', 'db/changelog/zoo.sql', '2026-05-02 23:45:09.398', 1, 'EXECUTED'),
  ('note', 'anna', 'db/changelog/zoo.sql', '2026-05-02 23:46:09.398', 2, 'EXECUTED');
""",
    {
        "zoo.sql": f"--liquibase formatted sql\n\n--changeset anna:pets\n{PETS}\n--rollback DROP TABLE pet;\n\n"
        "--changeset bo:serial dbms:postgresql\nCREATE SEQUENCE s;\n\n"
        f"--changeset anna:note endDelimiter:/\n--comment a note\n{NOTE[:-1]}\n/\n{SEEN[:-1]}\n/\n"
        "/* liquibase rollback\nDROP TRIGGER seen;\n" + NO_NOTE + "\n*/\n\n"
        f"--changeset anna:owners\n{OWNERS}\n--rollback empty\n",
    },
)
DBMATE = History(
    """
CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key);
INSERT INTO schema_migrations VALUES ('20260101120000'), ('20260102120000');
""",
    {
        "20260101120000_pets.sql": f"-- migrate:up\n{PETS}\n-- migrate:down\nDROP TABLE pet;\n",
        "20260102120000_note.sql": f"-- migrate:up\n{NOTE}\n{SEEN}\n\n-- migrate:down\nDROP TRIGGER seen;\n{NO_NOTE}\n",
        "20260103120000_owners.sql": f"-- migrate:up transaction:false\n{OWNERS}\n-- migrate:down\n",
    },
)
GOOSE = History(
    """
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES
  (0, 1, '2026-01-01 00:00:00'), (1, 1, '2026-01-01 00:00:01'), (2, 1, '2026-01-01 00:00:02'),
  (2, 0, '2026-01-01 00:00:03'), (2, 1, '2026-01-01 00:00:04'), (3, 1, '2026-01-01 00:00:05'),
  (3, 0, '2026-01-01 00:00:06');
""",
    {
        "00001_pets.sql": f"-- +goose Up\n{PETS}\n\n-- +goose Down\nDROP TABLE pet;\n",
        "00002_note.sql": f"-- +goose Up\n{NOTE}\n-- +goose StatementBegin\n{SEEN[:-1]}\n-- +goose StatementEnd\n"
        f"-- +goose Down\nDROP TRIGGER seen;\n{NO_NOTE}\n",
        "00003_owners.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{OWNERS}\n",
        "readme.sql.txt": "no migration",
    },
)
GOLANG_MIGRATE = History(
    """
CREATE TABLE schema_migrations (version uint64,dirty bool);
CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
INSERT INTO schema_migrations VALUES (2, 0);
""",
    {
        "000001_pets.up.sql": PETS,
        "000001_pets.down.sql": "DROP TABLE pet;",
        "000002_note.up.sql": f"{NOTE}\n{SEEN}",
        "000002_note.down.sql": f"DROP TRIGGER seen;\n{NO_NOTE}",
        "000003_owners.up.sql": OWNERS,
    },
)
# What follows was made by the tools themselves: yoyo 9.0.0 (the note was marked, not run), Alembic 1.20.1,
# Django 5.2.19 and sqlite-migrate 0.2; of Alembic and Django the bodies of the programs are left out.
YOYO = History(
    """
CREATE TABLE "yoyo_lock" ("locked" INT DEFAULT 1, "ctime" TIMESTAMP,"pid" INT NOT NULL,PRIMARY KEY ("locked"));
CREATE TABLE "_yoyo_log" (
            "id" VARCHAR(36),
            "migration_hash" VARCHAR(64),
            "migration_id" VARCHAR(255),
            "operation" VARCHAR(10),
            "username" VARCHAR(255),
            "hostname" VARCHAR(255),
            "comment" VARCHAR(255),
            "created_at_utc" TIMESTAMP,
            PRIMARY KEY ("id")
        );
CREATE TABLE "_yoyo_version" (
            "version" INT NOT NULL PRIMARY KEY,
            "installed_at_utc" TIMESTAMP
        );
CREATE TABLE "_yoyo_migration" (
            "migration_hash" VARCHAR(64),
            "migration_id" VARCHAR(255),
            "applied_at_utc" TIMESTAMP,
            PRIMARY KEY ("migration_hash")
        );
INSERT INTO _yoyo_version VALUES (2, '2026-11-21 18:18:50.912218');
INSERT INTO _yoyo_migration VALUES
  ('ac22f32846176e10ee20d5e8da9c4bc01c63fa906ce653d848889abe4d7bbeee', '0001.pets', '2026-11-21T18:18:51.030429'),
  ('d9be846f9b388b17b049367c3d548900196fe1a70de389fa641aa278d05e86a2', '0002.note', '2026-11-21 18:18:52.095438');
""",
    {
        "0001.pets.sql": f"-- Make pets\n-- transactional: true\n{PETS}\n",
        "0001.pets.rollback.sql": "DROP TABLE pet;",
        "0002.note.py": "from yoyo import step\n__depends__ = {'0001.pets'}\nsteps = [\n"
        f"    step({NOTE[:-1]!r}, {NO_NOTE[:-1]!r}),\n    step({SEEN!r}, 'DROP TRIGGER seen'),\n]\n",
        "0003.owners.sql": f"-- depends: 0002.note\n{OWNERS}",
        "post-apply.sql": "SELECT 1;",
    },
)


def alembic_file(revision: str, rests_on: str, name: str) -> str:
    return f'''"""{name}

Revision ID: {revision}
Revises: {rests_on}
Create Date: 2026-11-21 18:16:29.983802

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '{revision}'
down_revision: Union[str, Sequence[str], None] = {rests_on}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    pass
'''


ALEMBIC = History(
    """
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('bbb2');
""",
    {
        "env.py": "raise SystemExit('never run')\n",
        "versions/aaa1_pets.py": alembic_file("aaa1", "None", "pets") + "\nraise SystemExit('never run')\n",
        "versions/bbb2_note.py": alembic_file("bbb2", "'aaa1'", "note"),
        "versions/ccc3_owners.py": alembic_file("ccc3", "('bbb2',)", "owners"),
    },
)


def django_file(dependencies: str, before: str = "") -> str:
    return (
        "# Generated by Django 5.2.19 on 2026-11-21 18:16\n\nimport django.db.models.deletion\n"
        "from django.conf import settings\nfrom django.db import migrations, models\n\n\n"
        f"class Migration(migrations.Migration):\n\n    {before}dependencies = [{dependencies}\n    ]\n\n"
        "    operations = [\n    ]\n"
    )


DJANGO = History(
    """
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO django_migrations VALUES
  (1, 'zoo', '0001_initial', '2026-11-21 08:49:54.831846'), (2, 'zoo', '0002_note', '2026-11-21 08:49:54.848504');
""",
    {
        "zoo/migrations/__init__.py": "",
        "zoo/migrations/0001_initial.py": django_file("", "initial = True\n\n    "),
        "zoo/migrations/0002_note.py": django_file("\n        ('zoo', '0001_initial'),"),
        "zoo/migrations/0003_owners.py": django_file(
            "\n        ('zoo', '0002_note'),\n        migrations.swappable_dependency(settings.AUTH_USER_MODEL),"
        ),
        "zoo/models.py": "raise SystemExit('never run')\n",
    },
)
SQLITE_MIGRATE = History(
    """
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
INSERT INTO _sqlite_migrations VALUES
  (1, 'zoo', 'pets', '2026-11-21 08:52:55.148484+00:00'), (2, 'zoo', 'note', '2026-11-21 08:52:55.149311+00:00');
""",
    {
        "zoo.py": "from sqlite_migrate import Migrations\n\nm = Migrations('zoo')\n\n@m()\ndef pets(db): ...\n\n"
        "@m(name='note')\ndef add_note(db): ...\n\n@m()\ndef owners(db): ...\n",
    },
)
WITH_SQL = {
    "flyway": FLYWAY,
    "liquibase": LIQUIBASE,
    "dbmate": DBMATE,
    "goose": GOOSE,
    "golang-migrate": GOLANG_MIGRATE,
    "yoyo": YOYO,
}
PROGRAMS = {"alembic": ALEMBIC, "django": DJANGO, "sqlite-migrate": SQLITE_MIGRATE}


class Adopting:
    """A file that a tool migrated, the tool's folder, and the calls of the service on them."""

    def __init__(self, place: Path, catalog: Catalog, tool: History, held: str = HELD) -> None:
        self.catalog = catalog
        self.path = a_database(place, "zoo.db").with_sql(tool.tables + held).build()
        self.folder = place / "theirs"
        self.into = place / "migrations"
        for name, text in tool.files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def request(self, **asked: Any) -> AdoptRequest:
        wanted = {"folder": self.folder, "into": self.into, **asked}
        return AdoptRequest(self.path, known(self.catalog, self.path).id, **wanted)

    def plan(self, **asked: Any) -> Plan:
        return service.plan_adopt(self.request(**asked), Context())

    def adopt(self, plan: Plan | None = None, **asked: Any) -> Receipt:
        plan = plan or self.plan(**asked)
        return service.adopt(self.catalog, self.request(**asked), plan, Context(), Confirmation.of(plan))

    def blocks(self, **asked: Any) -> list[str]:
        return [each.title for each in self.plan(**asked).findings if each.blocks]

    def said(self, **asked: Any) -> dict[str, str]:
        return {each.code: each.title for each in self.plan(**asked).findings}

    def history(self) -> tuple[Applied, ...]:
        with open_read(self.path) as session:
            return history.read(session)

    def states(self) -> dict[str, State]:
        with open_read(self.path) as session:
            entries = status(session, self.into).entries
        return {entry.file or f"{entry.version} {entry.name}": entry.state for entry in entries}

    def sql(self, *statements: str) -> None:
        with other_program(self.path) as connection:
            for statement in statements:
                connection.execute(statement).fetchall()

    def folder_texts(self) -> dict[str, str]:
        return {str(path): path.read_text() for path in self.folder.rglob("*") if path.is_file()}

    def texts(self) -> dict[str, str]:
        return (
            {path.name: path.read_text() for path in sorted(self.into.iterdir())}
            if self.into.is_dir()
            else {}
        )

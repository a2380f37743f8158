"""Rules of a copy, said shortly, and what they make of a database."""

from __future__ import annotations

from pathlib import Path

from steward_app.db import open_read, qualified
from steward_app.kernel.finding import Finding
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.values import Row, SqlValue
from steward_app.services.privacy.discover.addressed import Addressed
from steward_app.services.privacy.discover.addresses import addresses
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform.contract import check
from steward_app.services.privacy.transform.known import Known
from steward_app.services.privacy.transform.model import ROW, Transforms
from steward_app.services.privacy.transform.prepare import prepare
from steward_app.services.privacy.transform.redact import Redaction
from steward_app.services.schema import read_schema

KEY = b"0123456789abcdef0123456789abcdef"


def rule(table: str, column: str, technique: str, path: str = "", **options: Json) -> Rule:
    """A rule of one place."""
    return Rule(Place(table, column, path), Technique(technique), options)


def rules(*each: Rule, locale: str = "en_GB") -> ReleaseRules:
    """All rules of one kind of copy."""
    return ReleaseRules("test", each, locale=locale)


def released(
    path: Path, said: ReleaseRules, key: bytes = KEY, *, batch: int = 1_000
) -> tuple[dict[str, list[Row]], Transforms]:
    """The rows of every table as the copy has them; the result is closed."""
    with open_read(path) as session, session.snapshot():
        schema = read_schema(session)
        with prepare(session, schema, said, key, Context()) as transforms:
            found: dict[str, list[Row]] = {}
            for table in schema.tables:
                transform = transforms.table(table.name)
                if table.sql and transform is None:
                    found[table.name] = session.all(f"SELECT * FROM {qualified(table.name)}")
                elif transform is not None:
                    reads = ", ".join(transform.reads)
                    rows = session.all(f"SELECT {reads} FROM {qualified(table.name)} AS {ROW}")
                    found[table.name] = [
                        row
                        for start in range(0, len(rows), batch)
                        for row in transform.apply(rows[start : start + batch])
                    ]
        assert session.value("SELECT count(*) FROM temp.sqlite_schema") == 0
    return found, transforms


def column(rows: list[Row], place: int) -> list[SqlValue]:
    """The values of one column."""
    return [row[place] for row in rows]


def checked(path: Path, said: ReleaseRules) -> tuple[Finding, ...]:
    """What stands against rules."""
    with open_read(path) as session, session.snapshot():
        return check(session, read_schema(session), said, Context())


def blocking(path: Path, said: ReleaseRules) -> set[str]:
    """The codes of what refuses them."""
    return {finding.code for finding in checked(path, said) if finding.blocks}


def redaction(known: Known, *, dates: bool = False) -> Redaction:
    """Texts without those who are known, by the lists of the packs."""
    said = packs()
    return Redaction(known, {}, addresses(said), Addressed(lexicon(said)), dates=dates)

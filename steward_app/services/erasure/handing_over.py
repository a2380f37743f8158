"""What every way out of a store of restore points calls: before a state is handed over, and when that is planned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, erasure
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.erasure.hashing import LedgerKey
from steward_app.services.erasure.keys import ledger_keys
from steward_app.services.erasure.model import ReplayReport, State
from steward_app.services.erasure.replay import replay
from steward_app.storage.secrets import open_secrets

_TABLES_NAMED = 3


def hand_over(
    catalog: Catalog,
    file: Path,
    database_id: str,
    made_at: str,
    source: str,
    context: Context,
    *,
    rehearsing: bool = False,
) -> ReplayReport:
    """Take out of a restored file what was erased since, with the keys of this machine. Raises as `replay` does.

    Args:
        file: under its temporary name; nobody has it yet.
        database_id: of the database it is a state of.
        made_at: the moment of the state; RFC 3339 in UTC.
        source: the id of the restore point.
        rehearsing: nobody will get the file, so no row is listed for a person to decide on.
    """
    if not foresee(catalog, database_id, made_at).entries:
        return ReplayReport(made_at)
    state, keys = State(file, database_id, made_at, source), keys_of(catalog, database_id)
    return replay(catalog, state, keys, context, rehearsing=rehearsing)


def keys_of(catalog: Catalog, database_id: str) -> dict[str, LedgerKey]:
    """The keys of the ledger of a database, as far as this machine has them."""
    with catalog.reading() as session:
        key_ids = erasure.key_ids(session, database_id)
    return ledger_keys(open_secrets(catalog.directory), database_id, key_ids) if key_ids else {}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What replaying the ledger will mean for a state.

    Attributes:
        tables: how many entries are newer than the state, by table.
        missing_keys: how many keys of the ledger are not on this machine.
    """

    tables: dict[str, int]
    missing_keys: int = 0

    @property
    def entries(self) -> int:
        return sum(self.tables.values())

    @property
    def sentences(self) -> tuple[str, ...]:
        """For the plan: what is erased again, and what that costs."""
        if not self.entries:
            return ()
        named = [quoted(table) for table in list(self.tables)[:_TABLES_NAMED]]
        more = len(self.tables) - len(named)
        where = ", ".join(named) + (f" and {plural(more, 'other table')}" if more else "")
        were = plural(self.entries, "row was", "rows were")
        return (
            f"{were} erased since then, in {where}: they are erased again before anybody gets the file, with the rows "
            "that go with them. Rows that may be erased ones and differ are taken out, and wait for your decision.",
            "That reads each of these tables twice from end to end, and writes the whole file once more.",
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What stops the plan: without the key nobody can tell which rows were erased."""
        if not self.missing_keys:
            return ()
        return (
            Finding(
                "ledger_key_missing",
                Severity.ERROR,
                "Rows were erased since then, and the key of the erasure ledger is not on this computer",
                Subject("erasure ledger"),
                detail="Without it nobody can tell which rows they are, and erased people might come back.",
                remedies=("Take the ledger in from a backup store of this database.",),
                blocks=True,
            ),
        )


def foresee(catalog: Catalog, database_id: str, made_at: str) -> Foreseen:
    """What replaying the ledger will mean for a state of that moment."""
    with catalog.reading() as session:
        tables = erasure.counts(session, database_id, made_at)
        needed = {key_id for _, key_id in erasure.shapes(session, database_id, made_at)}
    return Foreseen(tables, len(needed.difference(keys_of(catalog, database_id))) if needed else 0)

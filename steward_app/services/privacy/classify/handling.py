"""Is each level handled as it asks for: encrypted backups, audited tables? Plain exports are refused where rows leave.

Looks at what the catalog knows of the backups and at the audit's triggers; reads no rows and reaches no store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from steward_app.catalog import Catalog, points, stores
from steward_app.catalog.points import Point, PointKind, PointState
from steward_app.catalog.stores import Encryption, Store
from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.guard import armed
from steward_app.services.audit.seals import seal_tables
from steward_app.services.privacy.classify.model import Classification, Decision, stated_id
from steward_app.services.privacy.classify.originals import originals_kept
from steward_app.services.privacy.model import Category, Level
from steward_app.services.schema.model import Schema

_PROTECTED: Final = {
    Category.SPECIAL: "of a special category (Art. 9)",
    Category.CRIMINAL: "about offences (Art. 10)",
    Category.NATIONAL_NUMBER: "a national number (Art. 87)",
}

_LOST: Final = (PointState.MISSING, PointState.FAILED)
_ASK_LESS: Final = "Or say in the policy, under “handling”, that the level does not ask for it."


def handling_findings(
    catalog: Catalog, database_id: str, session: Session, schema: Schema, classification: Classification
) -> tuple[Finding, ...]:
    """What the levels ask for and is not so, the worst first; then what still holds originals."""
    there = [each for each in classification.decisions if schema.table(each.place.table) is not None]
    return (
        *_low_levels(there),
        *_backups(catalog, database_id, [e for e in there if classification.handled(e).encrypted_backups]),
        *_unaudited(session, schema, [each for each in there if classification.handled(each).audit]),
        *originals_kept(catalog, database_id),
    )


def _low_levels(decisions: Sequence[Decision]) -> Iterator[Finding]:
    """What the law protects beyond the ordinary, at a level that asks for no protection."""
    for each in decisions:
        if not each.sensitive or each.level is None or each.level.rank >= Level.CONFIDENTIAL.rank:
            continue
        place = each.place
        yield Finding(
            "privacy_level_too_low",
            Severity.WARNING,
            f"{quoted(stated_id(place))} is {_PROTECTED[each.category]}, and its level is “{each.level}”",
            Subject("column", place.table, place.path, (place.column,) if place.column else ()),
            remedies=(
                f"Give it a higher level: “steward privacy classify DATABASE {stated_id(place)} --level restricted”.",
                "Or correct its category.",
            ),
        )


def _backups(catalog: Catalog, database_id: str, asking: Sequence[Decision]) -> Iterator[Finding]:
    """Points that lie where whoever holds the disk can read them; and that there is none that nobody else reads."""
    if not asking:
        return
    with catalog.reading() as session:
        known = stores.of_database(session, database_id)
        there = [each for each in points.of_database(session, database_id) if each.state not in _LOST]
    plain = [each for each in known if each.encryption is Encryption.NONE]
    sealed = [each for each in known if each.encryption is not Encryption.NONE]
    here = [each for each in there if not each.store_id and each.kind is PointKind.FILE]
    why = f"{_told(asking)} {_ask(asking, 'be backed up encrypted')}"
    if not plain and not {each.id for each in sealed} & {each.store_id for each in there}:
        yield _none_encrypted(sealed, there, why)
    for store in plain:
        yield Finding(
            "privacy_plain_store",
            Severity.WARNING,
            f"The store {quoted(store.name)} is not encrypted",
            Subject("store", name=store.name),
            detail=f"{why}.",
            remedies=("Connect an encrypted store, back up to it, and disconnect this one.", _ASK_LESS),
        )
    if here:
        yield Finding(
            "privacy_plain_points",
            Severity.NOTE,
            f"{plural(len(here), 'restore point')} on this computer {'is' if len(here) == 1 else 'are'} not encrypted",
            Subject("database"),
            detail=f"{why}. A restore point that the program makes before a change lies on this computer, too.",
            count=len(here),
            remedies=("Back up to an encrypted store, then remove those on this computer.", _ASK_LESS),
        )


def _none_encrypted(sealed: Sequence[Store], there: Sequence[Point], why: str) -> Finding:
    """That nothing of what the levels ask for is there: a disk that breaks takes the data along."""
    names = ", ".join(quoted(each.name) for each in sealed)
    where = f" Nothing was backed up to {names} yet." if sealed else " No encrypted store is connected."
    return Finding(
        "privacy_no_encrypted_backup",
        Severity.WARNING,
        "There is no encrypted backup" if there else "There is no backup",
        Subject("database"),
        detail=f"{why}.{where}",
        remedies=(
            "Back up to it: “steward backup create DATABASE”."
            if sealed
            else "Make an encrypted store: “steward backup init DATABASE --store URL”, then back up to it.",
            _ASK_LESS,
        ),
    )


def _unaudited(session: Session, schema: Schema, asking: Sequence[Decision]) -> Iterator[Finding]:
    """Tables whose changes should be logged and are not."""
    standing = armed.status(session, schema) if seal_tables.audited(session) else ()
    logged = {fold(each.table) for each in standing if each.state is not armed.State.DISARMED}
    by_table: dict[str, list[Decision]] = {}
    for each in asking:
        table = schema.table(each.place.table)
        if table is not None and fold(table.name) not in logged:
            by_table.setdefault(table.name, []).append(each)
    for name, decisions in by_table.items():
        yield Finding(
            "privacy_not_audited",
            Severity.WARNING,
            f"Changes of {quoted(name)} are not logged",
            Subject("table", name),
            detail=f"Columns of level “{_highest(decisions)}” have to be under audit.",
            remedies=(
                "Put the table under audit.",
                _ASK_LESS,
            ),
            alike=("Changes of", "tables are not logged"),
        )


def security_measures(
    catalog: Catalog, database_id: str, session: Session, schema: Schema
) -> tuple[str, ...]:
    """What the program knows of how the data are protected, in sentences for the register."""
    with catalog.reading() as reading:
        known = stores.of_database(reading, database_id)
        made = points.of_database(reading, database_id)
    sealed = [each for each in known if each.encryption is not Encryption.NONE]
    measures = []
    if known:
        told = "all of them encrypted" if len(sealed) == len(known) else f"{len(sealed)} of them encrypted"
        measures.append(f"Backups go to {plural(len(known), 'store')}, {told}.")
    proven = next((each for each in made if each.state.value == "proven"), None)
    if proven is not None:
        measures.append(
            f"The backup of {proven.made_at[:10]} was restored and compared with the database: availability can be"
            " brought back."
        )
    standing = armed.status(session, schema) if seal_tables.audited(session) else ()
    whole = [each for each in standing if each.state is armed.State.ARMED]
    if whole:
        measures.append(
            f"Changes of {plural(len(whole), 'table')} are logged, and the log is sealed against edits."
        )
    return tuple(measures)


def _told(decisions: Sequence[Decision]) -> str:
    """Whom it concerns: "1 column is", with the highest level."""
    columns = {(fold(each.place.table), fold(each.place.column)) for each in decisions}
    return f"{plural(len(columns), 'column')} up to level “{_highest(decisions)}”"


def _highest(decisions: Sequence[Decision]) -> Level:
    levels = (each.level for each in decisions if each.level)
    return max(levels, key=lambda each: each.rank, default=Level.PUBLIC)


def _ask(decisions: Sequence[Decision], what: str) -> str:
    columns = {(fold(each.place.table), fold(each.place.column)) for each in decisions}
    return f"{'has' if len(columns) == 1 else 'have'} to {what}"

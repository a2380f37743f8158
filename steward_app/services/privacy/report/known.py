"""What this computer knows of a copy: its entry in the register, its rules, and how its keys are made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from steward_app.catalog import Catalog, journal
from steward_app.db import OpenMode, ReadSession, open_read, qualified
from steward_app.db.image import image_hash
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row
from steward_app.services.backup import database_id
from steward_app.services.privacy.anonymize import findings
from steward_app.services.privacy.anonymize.keys import known_key_bytes, passing_key
from steward_app.services.privacy.anonymize.model import Release
from steward_app.services.privacy.anonymize.planning import key_name, with_key
from steward_app.services.privacy.anonymize.register import list_releases
from steward_app.services.privacy.anonymize.row_order import drawn_places, has_hidden_numbers
from steward_app.services.privacy.anonymize.rules_json import rules_from_json
from steward_app.services.privacy.attack.truth import Recompute
from steward_app.services.privacy.classify.quasi import Known as KnownColumns
from steward_app.services.privacy.classify.quasi import known_of
from steward_app.services.privacy.columns import order_sql
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.privacy.transform.columns_read import read_rows
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.model import ROW, Transforms
from steward_app.services.schema import Schema, read_schema

_BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a copy.

    Attributes:
        database_id: of the original.
        file_hash: of the copy, as it is now.
        rules: by which it was made, as they were said, or None; `carried_out` with what foreign keys extend them to.
        what: what was found and decided in the original: who its tables are about, among it.
    """

    database_id: str
    file_hash: str
    release: Release | None
    rules: ReleaseRules | None
    carried_out: ReleaseRules | None
    what: KnownColumns


def refuse_damaged(context: Context, *paths: Path) -> None:
    """Raise `Refused` where only a part of a file can be read: what is measured of it would be taken for the whole."""
    for path in paths:
        with open_read(path, context) as session:
            if session.state.mode is OpenMode.SAFE:
                raise Refused(
                    ErrorCode.BLOCKED,
                    f"{quoted(path.name)} is damaged or was tampered with; nothing is measured of it.",
                    hint="It is unchanged. Repair or restore it first.",
                )


def known(catalog: Catalog, source: Path, copy: Path, rules: str, context: Context) -> Known:
    """What is known of a copy.

    Args:
        rules: their name in the policy; "" for those that the copy was made with, as the journal has them.

    Raises `UsageError` for rules that the policy does not have.
    """
    of = database_id(catalog, source, context)
    with open_read(copy, context):  # which says best what it is, where it is no database
        digest = image_hash(copy, context)
    entries = [each for each in list_releases(catalog, of) if not each.in_place]
    place = copy.absolute()
    release = next((each for each in entries if each.file_hash == digest), None)
    release = release or next((each for each in entries if each.path == place), None)
    said = rules_known(catalog, source, release, rules)
    if said and release is None:
        said = with_key(catalog, source, said, context)
    done = carried_out(source, said, context) if said else None
    return Known(of, digest, release, said, done, known_of(source, catalog))


def refuse_changed(source: Path, found: Known, context: Context) -> None:
    """Raise `Refused` where the rules of a copy name what the original does not have, as after a column was renamed."""
    if found.rules is None:
        return
    with open_read(source, context) as session:
        gone = next(_gone(read_schema(session, context), found.rules), None)
    if gone is not None:
        raise Refused(
            ErrorCode.BLOCKED,
            f"The rules of this copy name {quoted(gone)}, which {quoted(source.name)} does not have.",
            hint="Nothing was measured: a copy is compared with the original as it was when the copy was made. If the"
            " column was renamed or dropped since, bring a restore point from before that back as a new file"
            " (“steward restore file”), put the policy of that time beside it, and give that file as the original and"
            " the rules by name (--of FILE --rules NAME).",
        )


def _gone(schema: Schema, rules: ReleaseRules) -> Iterator[str]:
    """Columns that rules name, and the database does not have."""
    for finding in findings.of_names(schema, rules):
        for column in finding.subject.columns:
            yield place_id(Place(finding.subject.table, column))


def carried_out(source: Path, rules: ReleaseRules, context: Context) -> ReleaseRules:
    """Rules with what foreign keys extend them to: what was done with each column, as attacks have to know."""
    with open_read(source, context) as session:
        return completed(read_schema(session, context), rules).rules


def basis(catalog: Catalog, found: Known) -> tuple[str, ...]:
    """What this computer does not know of a copy, and what that means for attacks, in sentences."""
    told = []
    if found.release is None:
        told.append(
            "The copy is not in the register of this computer: it was made elsewhere, or by other means."
        )
    elif found.release.file_hash != found.file_hash:
        told.append("The copy was changed since it was made: it is not the file that the register knows.")
    if found.rules is None:
        told.append("Its rules are not known here: what was done with each column is read off both files.")
    elif _key(catalog, found) is None:
        told.append("The key of its pseudonyms is not on this computer, or is destroyed.")
    if not found.what.subjects and not (found.rules and found.rules.quasi_identifiers):
        told.append("Nobody decided which tables are about persons: each row of every table counts as one.")
    return tuple(told)


@contextmanager
def recomputing(catalog: Catalog, source: Path, found: Known, context: Context) -> Iterator[Recompute | None]:
    """What makes the keys of a copy again, for whoever holds the key of its pseudonyms; else None."""
    key = _key(catalog, found)
    if found.rules is None or key is None:
        yield None
        return
    with recomputing_with(source, found.rules, key, context) as keys:
        yield keys


@contextmanager
def recomputing_with(source: Path, rules: ReleaseRules, key: bytes, context: Context) -> Iterator[Recompute]:
    """What makes the keys of a copy again that was made by these rules with this key."""
    with transforming(source, rules, key, context) as (session, schema, transforms):

        def keys(table: str, columns: tuple[str, ...]) -> Iterator[Row] | None:
            return _keys(session, schema, transforms, table, columns)

        yield keys


@contextmanager
def transforming(
    source: Path, rules: ReleaseRules, key: bytes | None, context: Context
) -> Iterator[tuple[ReadSession, Schema, Transforms]]:
    """The rules as they would be carried out on the original; nothing is written. Without a key, with a passing one."""
    from steward_app.services.privacy.transform.prepare import prepare

    with open_read(source, context) as session, session.snapshot(), session.under(context):
        schema = read_schema(session, context)
        with prepare(session, schema, rules, key or passing_key(), context) as transforms:
            yield session, schema, transforms


def _keys(
    session: ReadSession, schema: Schema, transforms: Transforms, name: str, columns: tuple[str, ...]
) -> Iterator[Row] | None:
    table, transform = schema.table(name), transforms.table(name)
    if table and transforms.asked and columns == (table.rowid_name,) and has_hidden_numbers(table):
        return drawn_places(session, table, transforms.asked.key)
    if table is None or transform is None or not set(columns) <= set(transform.columns):
        return None
    places = [transform.columns.index(column) for column in columns]
    rest_sql = f"FROM {qualified(name)} AS {ROW}{order_sql(table)}"

    def rows() -> Iterator[Row]:
        read = read_rows(session, transform.reads, rest_sql)
        while batch := list(islice(read, _BATCH)):
            yield from (tuple(row[place] for place in places) for row in transform.apply(batch))

    return rows()


def _key(catalog: Catalog, found: Known) -> bytes | None:
    """The key of the pseudonyms; of a copy without one, any."""
    if found.release is not None:
        name = found.release.key_name
    else:
        name = key_name(found.rules, found.database_id) if found.rules else ""
    if not name:
        return passing_key()
    try:
        return known_key_bytes(catalog, name)
    except (Refused, Failure):
        return None  # destroyed, or on another computer


def rules_known(
    catalog: Catalog, source: Path, release: Release | None, name: str = ""
) -> ReleaseRules | None:
    """The rules of that name in the policy; without one those that a copy was made with, as the journal has them."""
    if name:
        from steward_app.services.privacy.transform.policy import release_rules

        found: ReleaseRules = release_rules(source, name)
        return found
    if release is None:
        return None
    with catalog.reading() as session:
        record = journal.record(session, release.operation_id)
    request = record.started.data.get("request") if record else None
    said = request.get("rules") if isinstance(request, dict) else None
    try:
        return rules_from_json(said) if isinstance(said, dict) else None
    except UsageError:
        return None

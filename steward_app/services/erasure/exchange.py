"""Copies of the ledger: one lies in every store, so that a computer without a catalog knows what was erased.

A copy carries the keys its hashes were made with, since without them it says nothing. In an encrypted store it is
sealed like everything else; in one that is not, whoever holds the store can tell the people in it by their numbers, as
by the points themselves. Copies are never written over: each has a number, and taking one in is a union. Each names
those whose entries it includes, so that one that was taken away is missed or not needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from steward_app.catalog import Catalog, erasure, keys, quarantine
from steward_app.catalog.erasure import Action, Entry, Shape
from steward_app.catalog.quarantine import Quarantined, Verdict, Why
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plain import from_plain, plain
from steward_app.services.erasure.handing_over import keys_of
from steward_app.services.erasure.hashing import KEY_BYTES, LedgerKey
from steward_app.services.erasure.keys import keep_keys
from steward_app.storage.secrets import Secrets

FORMAT = "data-steward-ledger/1"
_COPY = re.compile(r"ledger/(\d{8,15})-([0-9a-f]{32})(?:-([0-9a-f]{32}))?\.json(?:\.age)?")


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a copy of the ledger brought.

    Attributes:
        entries: how many it holds, and `new` how many of them were not known here.
        signed_by: the id of the key that signed it, for a person to compare.
        includes: names of other copies whose entries it holds, too; None in one that does not say.
    """

    database_id: str
    entries: int
    new: int
    signed_by: str
    made_at: str
    includes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CopyName:
    """What the name of a copy tells.

    Attributes:
        number: copies are counted from 1.
        state: one word for all that it says.
        mark: what proves that somebody with the naming key of the store wrote it; "" where there is none.
    """

    name: str
    number: int
    state: str
    mark: str = ""


def read_name(name: str) -> CopyName | None:
    """What a name tells, or None when it is not that of a copy."""
    found = _COPY.fullmatch(name)
    return CopyName(name, int(found[1]), found[2], found[3] or "") if found else None


def export_ledger(
    catalog: Catalog, secrets: Secrets, database_id: str, *, includes: Iterable[str] = ()
) -> bytes | None:
    """A signed copy of the ledger of a database, to be put into its stores; None where nothing was ever erased.

    The bytes hold the ledger's keys: in an encrypted store they are encrypted before they leave this machine.

    Args:
        includes: names of the copies in the store whose entries are known here.

    Raises `Failure` NEEDS_KEY when a key of the ledger is not here: a copy without it would be worth nothing.
    """
    with catalog.reading() as session:
        entries = list(erasure.every(session, database_id))
        verdicts = list(quarantine.verdicts(session, database_id))
    if not entries:
        return None
    known = keys_of(catalog, database_id)
    needed = {entry.key_id for entry in entries}
    if not needed <= known.keys():
        raise Failure(
            ErrorCode.NEEDS_KEY,
            "The copy of the erasure ledger was not made: one of its keys is not on this computer.",
            hint="The ledger and the copies in the stores are unchanged. Take the ledger in from a store first.",
        )
    rows: list[Entry | Quarantined] = [*entries, *verdicts]
    shapes = sorted({row.shape for row in rows}, key=lambda shape: shape.id)
    document = {
        "format": FORMAT,
        "database_id": database_id,
        "made_at": clock.to_text(clock.now()),
        "includes": sorted(includes),
        "keys": {key_id: known[key_id].secret.hex() for key_id in sorted(needed)},
        "shapes": {shape.id: asdict(shape) for shape in shapes},
        "entries": [_told(entry) for entry in entries],
        "verdicts": [_told(row) for row in verdicts],
    }
    return keys.signed_json(json.loads(json.dumps(plain(document))), secrets)


def next_copy(
    catalog: Catalog,
    database_id: str,
    names: Iterable[str],
    *,
    before: Iterable[str] = (),
    again: bool = False,
) -> str | None:
    """What the next copy in a store is called, without ".age"; None where one there says all that is known.

    Args:
        names: of the copies in the store, all that begin with "ledger/".
        before: of copies that were there, so that no number is given twice.
        again: also where one there says all.
    """
    with catalog.reading() as session:
        state = erasure.state(session, database_id)
    there = [read for name in names if (read := read_name(name))]
    were = [read for name in before if (read := read_name(name))]
    last = max((each.number for each in (*there, *were)), default=0)
    said = any(each.state == state for each in there)
    return None if not state or (said and not again) else f"ledger/{last + 1:08}-{state}.json"


def import_ledger(
    catalog: Catalog,
    secrets: Secrets,
    data: bytes,
    *,
    database_id: str,
    name: str,
    signers: Collection[str] | None = None,
) -> TakenIn:
    """Take in a copy of the ledger that was found in a store: afterwards what either knew is known here.

    Args:
        database_id: of the database the store is of.
        name: of the copy, for the error.
        signers: ids of the signing keys that are trusted; None trusts any, where something else vouches for the copy,
            or nothing can.

    Raises `Failure`: DAMAGED for what is no copy, VERIFY_FAILED for one that was changed or that a stranger signed,
    NEWER_FORMAT. Nothing is taken in then.
    """
    document, signature = keys.read_signed(data, name=name)
    if signers is not None and signature.key_id not in signers:
        raise Failure(
            ErrorCode.VERIFY_FAILED,
            f"“{name}” was signed by a computer that is not known here ({signature.key_id}).",
            hint="It was left as it is, and nothing was taken in. Compare the name of the key with the one noted.",
        )
    entries, verdicts, found = _read(document, database_id, name)
    keep_keys(secrets, database_id, found)
    with catalog.unit() as unit:
        new = erasure.merge(unit, entries)
        quarantine.merge(unit, verdicts)
        unit.commit()
    includes = document.get("includes")
    told = tuple(str(each) for each in includes) if isinstance(includes, list) else None
    return TakenIn(database_id, len(entries), new, signature.key_id, str(document["made_at"]), told)


def _told(row: Entry | Quarantined) -> dict[str, Any]:
    return {**{name: value for name, value in asdict(row).items() if name != "shape"}, "shape": row.shape.id}


def _read(
    document: Mapping[str, Any], database_id: str, name: str
) -> tuple[list[Entry], list[Quarantined], dict[str, LedgerKey]]:
    if str(document.get("format", "")).startswith("data-steward-ledger/") and document["format"] != FORMAT:
        raise Failure(
            ErrorCode.NEWER_FORMAT,
            f"“{name}” was written by a newer version of this program.",
            hint="Nothing was taken in. Install the newer version.",
        )
    try:
        fields = json.loads(json.dumps(document), object_hook=from_plain)
        found = {key_id: LedgerKey(bytes.fromhex(secret)) for key_id, secret in fields["keys"].items()}
        shapes = {each: _shape(**shape) for each, shape in fields["shapes"].items()}
        entries = [_entry(shapes, **each) for each in fields["entries"]]
        verdicts = [_verdict(shapes, **each) for each in fields["verdicts"]]
        sound = fields["format"] == FORMAT and fields["database_id"] == database_id
        sound = sound and all(
            key.id == key_id and len(key.secret) == KEY_BYTES for key_id, key in found.items()
        )
        sound = sound and all(row.database_id == database_id and row.key_id in found for row in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        raise Failure(
            ErrorCode.DAMAGED,
            f"“{name}” is not a copy of the erasure ledger of this database.",
            hint="It was left as it is, and nothing was taken in. Look for another copy of it.",
        )
    return entries, verdicts, found


def _shape(table: str, key_columns: list[str], columns: list[list[str]]) -> Shape:
    return Shape(
        str(table), tuple(key_columns), tuple((str(name), str(affinity)) for name, affinity in columns)
    )


def _entry(
    shapes: Mapping[str, Shape], *, shape: str, action: str, changes: dict[str, Any], **rest: str
) -> Entry:
    return Entry(shape=shapes[shape], action=Action(action), changes=dict(changes), **rest)


def _verdict(
    shapes: Mapping[str, Shape], *, shape: str, why: str, verdict: str, key: list[Any], **rest: str
) -> Quarantined:
    return Quarantined(shape=shapes[shape], why=Why(why), verdict=Verdict(verdict), key=(), **rest)

"""Where everything lies in a store: the names of its objects, made and read again.

Names are lower case throughout, since some disks do not tell one case from the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from steward_app.kernel import clock
from steward_app.services.backup.store.model import ProofState

DESCRIPTOR = "store.json"
NAMING_KEY = "keys/naming.age"
IDENTITY = "keys/identity.age"
PACKS, MAPS, DETAILS = "packs/", "maps/", "details/"
POINTS, PROOFS, HOLDS, PLAIN, LEDGER = "points/", "proofs/", "holds/", "plain/", "ledger/"
CLOCK = "clock/"
FOLDERS = ("keys/", POINTS, PACKS, MAPS, DETAILS, PLAIN, PROOFS, HOLDS, LEDGER)
"""All that a store has, but `store.json` and what means nothing."""
_AGE = ".age"
MOST_POINTS = 10**12
"""No store ever has as many: a manifest with a higher number is none of ours."""

_MOMENT = "%Y%m%dt%H%M%S.%f"
_POINT = re.compile(r"points/(\d{8,15})-(\d{8}t\d{6}\.\d{3}z)-([a-z0-9_]+)\.json")
_PROOF = re.compile(
    r"proofs/([a-z0-9_]+)/(\d{8}t\d{6}\.\d{3}z)-(checked|proven|failed)(?:-([0-9a-f]{32}))?\.json(?:\.age)?"
)
_HOLD = re.compile(r"holds/([a-z0-9_]+)\.json(?:\.age)?")
_RELEASE = re.compile(r"holds/([a-z0-9_]+)-released\.json")
_HASHED = re.compile(
    r"(?:^|[/-])([0-9a-f]{64})(?:-([0-9a-f]{32}))?\.(?:zst|map\.zst|json\.zst|db\.zst)(?:\.age)?$"
)


@dataclass(frozen=True, slots=True)
class PointName:
    """What the name of a manifest tells: enough to thin points without reading any. `made_at` is RFC 3339, UTC."""

    name: str
    sequence: int
    made_at: str
    id: str


@dataclass(frozen=True, slots=True)
class ProofName:
    """What the name of a proof tells. `at` is RFC 3339, UTC; `mark` is "" where the name carries none."""

    name: str
    point_id: str
    at: str
    state: ProofState
    mark: str = ""


def pack_prefix(content_hash: str) -> str:
    """What the names of packs with this content start with."""
    return f"{PACKS}{content_hash[:2]}/{content_hash}"


def plain_prefix(made_at: str, point_id: str) -> str:
    """What the names of plain points start with, before the hashes."""
    return f"{PLAIN}{moment(made_at)}-{point_id}-"


def extension(prefix: str) -> str:
    """How names in the folder of `prefix` end, before `.age`."""
    return {MAPS: ".map.zst", DETAILS: ".json.zst", PLAIN: ".db.zst"}.get(
        prefix[: prefix.index("/") + 1], ".zst"
    )


def finished(prefix: str, stored_hash: str) -> str:
    """The whole name of a content-named object. `stored_hash` is "" in a store that is not encrypted."""
    ending = extension(prefix)
    return f"{prefix}-{stored_hash[:32]}{ending}{_AGE}" if stored_hash else prefix + ending


def hashes_in(name: str) -> tuple[str, str] | None:
    """The content hash and the half of the stored hash ("" where none) that a name carries; None without any."""
    found = _HASHED.search(name)
    return (found[1], found[2] or "") if found else None


def point(manifest_id: str, sequence: int, made_at: str) -> str:
    """The name of a manifest. Sorted by name, points stand in the order they were written."""
    return f"{POINTS}{sequence:08d}-{moment(made_at)}-{manifest_id}.json"


def read_point(name: str) -> PointName | None:
    """What a manifest's name tells, or None when it is not the name of one."""
    found = _POINT.fullmatch(name)
    made_at = _moment_back(found[2]) if found else ""
    sequence = int(found[1]) if found else 0
    sound = found and made_at and 1 <= sequence <= MOST_POINTS
    return PointName(name, sequence, made_at, found[3]) if found and sound else None


def proof(point_id: str, at: str, state: ProofState, mark: Callable[[str], str] | None = None) -> str:
    """The name of a proof. In an encrypted store, `mark` gives what follows its start."""
    start = f"{PROOFS}{point_id}/{moment(at)}-{state}"
    return f"{start}-{mark(start)}.json{_AGE}" if mark else f"{start}.json"


def read_proof(name: str) -> ProofName | None:
    found = _PROOF.fullmatch(name)
    at = _moment_back(found[2]) if found else ""
    return ProofName(name, found[1], at, ProofState(found[3]), found[4] or "") if found and at else None


def hold(point_id: str, *, sealed: bool) -> str:
    return f"{HOLDS}{point_id}.json{_AGE if sealed else ''}"


def read_hold(name: str) -> str | None:
    """The id of the point that is held."""
    found = _HOLD.fullmatch(name)
    return found[1] if found else None


def release(point_id: str) -> str:
    """What says that a hold was let go of: never encrypted, since nothing is in it that names do not tell."""
    return f"{HOLDS}{point_id}-released.json"


def read_release(name: str) -> str | None:
    """The id of the point that is held no longer."""
    found = _RELEASE.fullmatch(name)
    return found[1] if found else None


def clock_object(operation_id: str) -> str:
    """What a prune writes, and removes, to see what time it is by the store's clock."""
    return f"{CLOCK}{operation_id}.json"


def is_sealed(name: str) -> bool:
    """Whether an object's name says that it is encrypted."""
    return name.endswith(_AGE)


def moment(made_at: str) -> str:
    """An RFC 3339 moment as names carry it: `20261120t104000.123z`."""
    return clock.from_text(made_at).strftime(_MOMENT)[:-3] + "z"


def _moment_back(text: str) -> str:
    """RFC 3339 again, or "" when it is no moment."""
    try:
        return clock.to_text(datetime.strptime(text[:-1] + "000", _MOMENT).replace(tzinfo=UTC))
    except ValueError:  # a thirteenth month, say
        return ""


def kind_of(name: str) -> str:
    """What an object is, in words for people."""
    words = {
        DESCRIPTOR: "description of the store",
        NAMING_KEY: "naming key",
        IDENTITY: "key under a passphrase",
        PACKS: "pack",
        MAPS: "page map",
        DETAILS: "details",
        POINTS: "manifest",
        PROOFS: "proof",
        HOLDS: "hold",
        PLAIN: "plain copy",
        LEDGER: "ledger of erasures",
    }
    return next((word for start, word in words.items() if name.startswith(start)), "object")

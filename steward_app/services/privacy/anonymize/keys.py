"""The keys of pseudonyms: named, made once, never shown, and destroyed when nobody is to make a pseudonym again.

With the key, whoever holds the original can make every pseudonym again and so find each person in the copy; without it
nobody can. A key is 32 bytes of chance among the secrets of this machine; there is no way to export it. The catalog
keeps its name, and that it was destroyed; that name is never given to another key.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as chance
from collections.abc import Callable

from steward_app.catalog import Catalog, identity, journal, releases
from steward_app.catalog.journal import Phase
from steward_app.catalog.releases import KeyRow
from steward_app.kernel import clock, ids
from steward_app.kernel.errors import ErrorCode, Failure, Refused, StewardError, UsageError
from steward_app.kernel.secret import Secret
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize.model import KeyState, PseudonymKey
from steward_app.storage import process
from steward_app.storage.secrets import Secrets, open_secrets

DESTROY = "privacy.destroy_key"
"""What the journal calls the destruction of a key."""

_BYTES = 32


def key_bytes(catalog: Catalog, name: str) -> bytes:
    """The key of that name, made now where there is none yet.

    Raises `Refused` for one that was destroyed, `Failure` for one that is not among the secrets of this machine:
    another in its place would give other pseudonyms under the same name.
    """
    secrets = open_secrets(catalog.directory)
    row = _row(catalog, name)
    if row is None:
        with catalog.unit() as unit:
            releases.insert_key(unit, KeyRow(ids.new_id("pk"), name, KeyState.NEW.value, _now()))
            unit.commit()
        row = _row(catalog, name)
        assert row is not None, "it was named just now"
    require_usable(row)
    if row.state == KeyState.MADE:
        return _kept(secrets, row)
    made = secrets.get_or_set(_secret_name(row), lambda: _text(chance.token_bytes(_BYTES)))
    with catalog.unit() as unit:
        releases.key_is_made(unit, name)
        unit.commit()
    return _bytes(made)


def known_key_bytes(catalog: Catalog, name: str) -> bytes | None:
    """The same; None where there is none yet: looking makes no key. Raises as `key_bytes` does."""
    row = _row(catalog, name)
    if row is None or row.state == KeyState.NEW:
        return None
    require_usable(row)
    return _kept(open_secrets(catalog.directory), row)


def passing_key() -> bytes:
    """A key that nobody keeps, for what must not be the same twice: a rehearsal, or a first look."""
    return chance.token_bytes(_BYTES)


def drawing_key(database_id: str, name: str) -> bytes:
    """What draws the rows of a subset: no secret, so that a plan draws those of the copy before its key is made.

    Args:
        name: of the key that the rules name, or "": copies with another key hold other rows.
    """
    told = f"{database_id}\0{name}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=_BYTES, person=b"steward draw").digest()


def list_keys(catalog: Catalog) -> tuple[PseudonymKey, ...]:
    """All keys there are or were, by name."""
    here = _kept_here(catalog)
    with catalog.reading() as session:
        own = {each.id: str(each.path) for each in identity.every(session)}
        return tuple(
            _key(row, count, own.get(row.name, ""), here=here is None or _secret_name(row) in here)
            for row, count in releases.keys(session)
        )


def key_sentence(name: str, database_id: str, *, is_new: bool) -> str:
    """Which key makes the pseudonyms of a copy, and whether other copies have the same."""
    key = "The key of this database" if name == database_id else f"The key {quoted(name)}"
    if is_new:
        return f"{key} makes the pseudonyms. It is new and made now: no earlier copy has the same pseudonyms."
    return f"{key} makes the pseudonyms: they are the same in every copy made with it."


def find_key(catalog: Catalog, name: str) -> PseudonymKey:
    """The key of that name, else of that title or id. Raises `UsageError` where there is none, or several."""
    keys = list_keys(catalog)
    titled = [key for key in keys if key.title == name]
    found = next((key for key in keys if key.name == name), None) or next(iter(titled), None)
    found = found or next((key for key in keys if key.id == name), None)
    if len(titled) > 1 and found is titled[0]:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"Several databases have a key {quoted(name)}.",
            hint=f"Nothing was changed. Name its id: {', '.join(f'{key.id} ({key.database})' for key in titled)}.",
        )
    if found is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no key {quoted(name)}.",
            hint="“steward privacy keys list” shows those there are.",
        )
    return found


def destroy_key(
    catalog: Catalog, name: str, *, reason: str, typed: str, before: Callable[[], None] = lambda: None
) -> PseudonymKey:
    """Destroy a key for good: its pseudonyms can be neither made again nor turned back by anybody.

    Args:
        reason: why, for the record.
        typed: its title or name, as the steward typed it: nothing can undo this.
        before: called when all is well, just before the key goes.

    Raises `UsageError` for a key that is not there or without a reason, `Refused` when another name was typed or it is
    destroyed already.
    """
    found = find_key(catalog, name)
    if found.state is KeyState.DESTROYED:
        raise _destroyed(found.title, found.destroyed_at)
    if not reason.strip():
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Destroying a key needs a reason.",
            hint="Nothing was changed. Say why it goes, for the record.",
        )
    if typed not in (found.title, found.name):
        raise Refused(
            ErrorCode.NEEDS_CONFIRMATION,
            f"Nothing can undo this. It is done only when {quoted(found.title, 0)} was typed.",
            hint="Nothing was changed.",
        )
    before()
    open_secrets(catalog.directory).delete(_secret_of(found.id))
    with catalog.unit() as unit:
        releases.key_is_destroyed(unit, found.name, _now(), process.user(), reason.strip())
        for database_id in releases.databases_of_key(unit.session, found.name) or ("",):
            journal.append(
                *(unit, Phase.NOTE, DESTROY),
                database_id=database_id,
                details={
                    "sentence": f"The key of pseudonyms {quoted(found.title)} was destroyed",
                    "key": found.id,
                    "name": found.name,
                    "why": reason.strip(),
                },
            )
        unit.commit()
    return find_key(catalog, found.name)


def require_usable(row: KeyRow) -> None:
    """Raise `Refused` for a key that was destroyed."""
    if row.state == KeyState.DESTROYED:
        raise _destroyed(row.name, row.destroyed_at)


def _destroyed(name: str, at: str) -> Refused:
    return Refused(
        ErrorCode.NOT_ALLOWED,
        f"The key {quoted(name)} was destroyed on {at[:10]}; its pseudonyms cannot be made again.",
        hint="Nothing was changed. Name another key: where the copy is asked for (--key on the command line), or in the"
        " rules of the release.",
    )


def _kept(secrets: Secrets, row: KeyRow) -> bytes:
    kept = secrets.get(_secret_name(row))
    if kept is None:
        raise Failure(
            ErrorCode.NEEDS_KEY,
            f"The key {quoted(row.name)} was made on {row.made_at[:10]} and is not among the keys of this computer.",
            hint="Nothing was changed. Work on the computer that made it, or name another key: where the copy is asked"
            " for (--key on the command line), or in the rules of the release.",
        )
    return _bytes(kept)


def _row(catalog: Catalog, name: str) -> KeyRow | None:
    with catalog.reading() as session:
        return releases.key(session, name)


def _kept_here(catalog: Catalog) -> frozenset[str] | None:
    """The names of the secrets of this computer; None where they cannot be read now."""
    try:
        return frozenset(open_secrets(catalog.directory).names())
    except StewardError:
        return None


def _key(row: KeyRow, count: int, database: str, *, here: bool) -> PseudonymKey:
    state = KeyState(row.state)
    if state is KeyState.MADE and not here:
        state = KeyState.MISSING
    return PseudonymKey(
        *(row.id, row.name, state, row.made_at),
        *(row.destroyed_at, row.destroyed_by, row.reason),
        releases=count,
        database=database,
    )


def _secret_name(row: KeyRow) -> str:
    return _secret_of(row.id)


def _secret_of(key_id: str) -> str:
    return f"privacy/keys/{key_id}"


def _text(key: bytes) -> Secret:
    return Secret(base64.b64encode(key).decode("ascii"))


def _bytes(kept: Secret) -> bytes:
    return base64.b64decode(kept.reveal(), validate=True)


def _now() -> str:
    return clock.to_text(clock.now())

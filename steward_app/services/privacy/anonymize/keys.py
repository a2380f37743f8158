"""The keys of pseudonyms: named, made once, never shown, and destroyed when nobody is to make a pseudonym again.

With the key, whoever holds the original can make every pseudonym again and so find each person in the copy; without it
nobody can. A key is 32 bytes of chance among the secrets of this machine; there is no way to export it. The catalog
keeps its name, and that it was destroyed; that name is never given to another key, and neither is the title by which
people know the key of a database.
"""

from __future__ import annotations

import base64
import hashlib
import secrets as chance
from collections.abc import Callable, Mapping

from steward_app.catalog import Catalog, identity, journal, releases
from steward_app.catalog.journal import Phase
from steward_app.catalog.releases import KeyRow
from steward_app.db import Session
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
    _require_usable(catalog, row)
    if row.state == KeyState.MADE:
        return _kept(catalog, secrets, row)
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
    _require_usable(catalog, row)
    return _kept(catalog, open_secrets(catalog.directory), row)


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
    return _every(catalog, lambda row: here is None or _secret_name(row) in here)


def title_of(session: Session, name: str) -> str:
    """What people call the key of that name: see `PseudonymKey.title`."""
    row = releases.key(session, name)
    return _key(row, 0, _own(session).get(name, ""), here=True).title if row else name


def key_sentences(catalog: Catalog, name: str, database_id: str, *, is_new: bool) -> tuple[str, ...]:
    """Which key makes the pseudonyms of a copy, and whether other copies have the same; none without a key."""
    if not name:
        return ()
    with catalog.reading() as session:
        title = title_of(session, name)
    key = "The key of this database" if name == database_id else f"The key {quoted(title)}"
    if is_new:
        return (
            f"{key} makes the pseudonyms. It is new and made now: no earlier copy has the same pseudonyms.",
        )
    return (f"{key} makes the pseudonyms: they are the same in every copy made with it.",)


def find_key(catalog: Catalog, name: str) -> PseudonymKey:
    """The key of that name, title or id. Raises `UsageError` where there is none, or several."""
    found = _called(list_keys(catalog), name)
    if found is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no key {quoted(name)}.",
            hint="“steward privacy keys list” shows those there are.",
        )
    return found


def meant_key(catalog: Catalog, name: str, database_id: str) -> str:
    """A key as rules name it by the name that the catalog has for it: "" for that of the database.

    Whoever writes the title or the id of a key means that key. What no key is called is the name of a new one.

    Raises `UsageError` where several keys are called so.
    """
    found = _called(_every(catalog, lambda _: True), name) if name else None
    meant = found.name if found else name
    return "" if meant == database_id else meant


def _called(keys: tuple[PseudonymKey, ...], name: str) -> PseudonymKey | None:
    found = [key for key in keys if name in (key.name, key.title, key.id)]
    if len(found) > 1:
        each = ", ".join(f"{key.id} ({key.database or 'named by rules'})" for key in found)
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"Several keys are called {quoted(name)}.",
            hint=f"Nothing was changed. Name its id: {each}.",
        )
    return found[0] if found else None


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
    return find_key(catalog, found.id)


def _require_usable(catalog: Catalog, row: KeyRow) -> None:
    """Raise `Refused` for a key that was destroyed."""
    if row.state == KeyState.DESTROYED:
        raise _destroyed(_title(catalog, row), row.destroyed_at)


def _destroyed(name: str, at: str) -> Refused:
    return Refused(
        ErrorCode.NOT_ALLOWED,
        f"The key {quoted(name)} was destroyed on {at[:10]}; its pseudonyms cannot be made again.",
        hint="Nothing was changed. Name another key: where the copy is asked for (--key on the command line), or in the"
        " rules of the release.",
    )


def _kept(catalog: Catalog, secrets: Secrets, row: KeyRow) -> bytes:
    kept = secrets.get(_secret_name(row))
    if kept is None:
        raise Failure(
            ErrorCode.NEEDS_KEY,
            f"The key {quoted(_title(catalog, row))} was made on {row.made_at[:10]} and is not among the keys of this"
            " computer.",
            hint="Nothing was changed. Work on the computer that made it, or name another key: where the copy is asked"
            " for (--key on the command line), or in the rules of the release.",
        )
    return _bytes(kept)


def _row(catalog: Catalog, name: str) -> KeyRow | None:
    with catalog.reading() as session:
        return releases.key(session, name)


def _title(catalog: Catalog, row: KeyRow) -> str:
    with catalog.reading() as session:
        return title_of(session, row.name)


def _every(catalog: Catalog, is_here: Callable[[KeyRow], bool]) -> tuple[PseudonymKey, ...]:
    with catalog.reading() as session:
        own = _own(session)
        return tuple(
            _key(row, count, own.get(row.name, ""), here=is_here(row))
            for row, count in releases.keys(session)
        )


def _own(session: Session) -> Mapping[str, str]:
    """The path of each database, by the name of its own key."""
    return {each.id: str(each.path) for each in identity.every(session)}


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

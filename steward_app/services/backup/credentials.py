"""What opens the servers of stores: given once, kept among the secrets of this computer, used by every later reach.

What is kept for a store goes before what the usual places hold (docs/stores.md), and what is given for one run goes
before both. It stands in no address, plan, journal or log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from steward_app.catalog import Catalog, journal, stores
from steward_app.catalog.journal import Phase
from steward_app.catalog.stores import Store
from steward_app.kernel.errors import ErrorCode, Failure, Refused, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.secret import Secret
from steward_app.kernel.text import quoted
from steward_app.services.backup.store.descriptor import open_store
from steward_app.storage.local import read_whole
from steward_app.storage.objects import (
    Credentials,
    FolderPlace,
    LoginRefused,
    ObjectStore,
    S3Place,
    SftpPlace,
    open_objects,
    parse_url,
)
from steward_app.storage.secrets import Secrets, open_secrets

_FILE_BYTES: Final = 1 << 16
_NAMES_OF_AWS: Final = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def give(catalog: Catalog, store: Store, credentials: Credentials | None, context: Context) -> None:
    """Log in to a store with these, and keep them in the place of what was kept for it.

    With None it is logged in to as ever, to see whether anything need be given.

    Raises `Failure` as `open_objects` does, `UsageError` for what does not fit the address, and `Refused` where another
    store answers; what was kept stays then.
    """
    with reach(catalog, store.url, given=credentials, store_id=store.id) as objects:
        found = open_store(objects, context, database_id=store.database_id)
        if found.descriptor.store_id != store.id:
            raise Refused(
                ErrorCode.WHICH_DATABASE,
                f"Another store than {quoted(store.name)} is at its address.",
                hint="What is kept to log in is unchanged. Put the store back, or connect the other one.",
            )
    if credentials is None:
        return
    keep(open_secrets(catalog.directory), store.id, credentials)
    _note(catalog, store, f"What opens the server of the store {quoted(store.name)} was given")


def forget(catalog: Catalog, store: Store) -> None:
    """Keep what opens the server of a store no longer; it is looked for in the usual places then."""
    remove(open_secrets(catalog.directory), store.id)
    _note(catalog, store, f"What opens the server of the store {quoted(store.name)} is kept no longer")


def are_kept(catalog: Catalog, store: Store) -> bool:
    """Whether something is kept to log in to a store. Raises `Failure` where secrets cannot be reached."""
    return kept(open_secrets(catalog.directory), store.id) is not None


def for_login(url: str, text: Secret) -> Credentials:
    """What a person typed for an SFTP server: the passphrase of the key file its address names, else the password.

    Raises `UsageError` for an address that is none.
    """
    place = parse_url(url)
    with_key = isinstance(place, SftpPlace) and bool(place.key_file)
    return Credentials(key_passphrase=text) if with_key else Credentials(password=text)


def read_access_key(path: Path) -> Credentials:
    """The S3 access key in a file: its id, the secret and perhaps a session token, a line each; or as AWS writes them.

    Raises `Failure` for a file that holds none, without a word of what it holds.
    """
    text = read_whole(path, limit_bytes=_FILE_BYTES).decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = {
        name.strip().lower(): value.strip() for name, _, value in (each.partition("=") for each in lines)
    }
    if _NAMES_OF_AWS[0] in named:
        lines = [value for name in _NAMES_OF_AWS if (value := named.get(name, ""))]
    if len(lines) not in (2, 3) or not all(line.isascii() and line.isprintable() for line in lines):
        raise Failure(
            ErrorCode.BAD_KEY,
            f"There is no access key in {quoted(path.name)}.",
            hint="Nothing was sent. Write its id into the first line and the secret into the second.",
        )
    token = Secret(lines[2]) if lines[2:] else None
    return Credentials(access_key_id=lines[0], secret_access_key=Secret(lines[1]), session_token=token)


def check_fits(url: str, credentials: Credentials) -> None:
    """Raise `UsageError` for what a server at this address would never be asked to take."""
    place = parse_url(url)
    for_s3 = bool(credentials.access_key_id)
    if isinstance(place, FolderPlace):
        told = "A store in a folder takes no password and no access key."
    elif isinstance(place, SftpPlace) and for_s3:
        told = "An SFTP server takes a password or a key, and no access key."
    elif isinstance(place, S3Place) and not for_s3:
        told = "A bucket takes an access key, and no password."
    else:
        return
    raise UsageError(ErrorCode.BAD_REQUEST, told, hint="Nothing was sent and nothing is kept.")


def keep(secrets: Secrets, store_id: str, credentials: Credentials) -> None:
    """Keep what opens the server of a store, in the place of what was kept before."""
    secrets.set(_name(store_id), Secret(json.dumps(_texts(credentials))))


def kept(secrets: Secrets, store_id: str) -> Credentials | None:
    """What is kept for a store."""
    found = secrets.get(_name(store_id))
    if found is None:
        return None
    try:
        return _from_texts(json.loads(found.reveal()))
    except (ValueError, TypeError, AttributeError):
        raise Failure(
            ErrorCode.DAMAGED,
            "What this computer keeps to log in to the store is not as it was written.",
            hint="Nothing was sent. Give it again.",
        ) from None


def remove(secrets: Secrets, store_id: str) -> None:
    """Keep nothing for a store."""
    secrets.delete(_name(store_id))


def reach(
    catalog: Catalog,
    url: str,
    *,
    given: Credentials | None = None,
    store_id: str = "",
    create: bool = False,
) -> ObjectStore:
    """The objects at an address, logged in to with what was given, else with what is kept for it.

    Where secrets cannot be reached, that is said only when the usual places do not open the server either.

    Args:
        store_id: of a store the catalog does not know yet; without it, the store with that address.
        create: as for `open_objects`.

    Raises as `open_objects` does.
    """
    if given is not None:
        check_fits(url, given)
    unreached: Failure | None = None
    if given is None and not isinstance(parse_url(url), FolderPlace):
        try:
            given = _kept_for(catalog, store_id, url)
        except Failure as error:
            unreached = error
    try:
        return open_objects(url, create=create, credentials=given)
    except LoginRefused:
        if unreached is not None:
            raise unreached from None
        raise


def _kept_for(catalog: Catalog, store_id: str, url: str) -> Credentials | None:
    with catalog.reading() as session:
        ids = (store_id,) if store_id else stores.at(session, parse_url(url).url)
    secrets = open_secrets(catalog.directory) if ids else None
    found = (kept(secrets, each) for each in ids) if secrets else ()
    return next((each for each in found if each), None)


def _texts(credentials: Credentials) -> dict[str, str]:
    every = {each.name: getattr(credentials, each.name) for each in fields(credentials)}
    return {
        name: value.reveal() if isinstance(value, Secret) else str(value)
        for name, value in every.items()
        if value
    }


def _from_texts(texts: Mapping[str, str]) -> Credentials:
    of: dict[str, Callable[[str], Any]] = {"key_file": Path, "access_key_id": str}
    return Credentials(**{name: of.get(name, Secret)(text) for name, text in texts.items()})


def _name(store_id: str) -> str:
    return f"store/{store_id}/login"


def _note(catalog: Catalog, store: Store, sentence: str) -> None:
    with catalog.unit() as unit:
        details = {"sentence": sentence, "store": store.id}
        journal.append(unit, Phase.NOTE, "backup.login", database_id=store.database_id, details=details)
        unit.commit()

"""The secret keys of the ledgers: among the secrets of this machine, and in the sealed copies that lie in stores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from steward_app.kernel.secret import Secret
from steward_app.services.erasure.hashing import LedgerKey
from steward_app.storage.secrets import Secrets


def own_key(secrets: Secrets, database_id: str) -> LedgerKey:
    """The key this machine makes the entries of a database with; made when it is asked for first."""
    kept = secrets.get_or_set(_name(database_id, "own"), lambda: _secret(LedgerKey.new()))
    return _key(kept)


def ledger_keys(secrets: Secrets, database_id: str, key_ids: Iterable[str]) -> dict[str, LedgerKey]:
    """The keys of these ids, as far as they are here; by id."""
    kept = [secrets.get(_name(database_id, "own"))]
    kept += [secrets.get(_name(database_id, key_id)) for key_id in sorted(key_ids)]
    keys = [_key(secret) for secret in kept if secret]
    return {key.id: key for key in keys}


def keep_keys(secrets: Secrets, database_id: str, keys: Mapping[str, LedgerKey]) -> None:
    """Keep keys that came with a copy of the ledger."""
    here = ledger_keys(secrets, database_id, keys)
    for key_id, key in keys.items():
        if key_id not in here:
            secrets.set(_name(database_id, key_id), _secret(key))


def _name(database_id: str, which: str) -> str:
    return f"ledger/{database_id}/{which}"


def _secret(key: LedgerKey) -> Secret:
    return Secret(key.secret.hex())


def _key(secret: Secret) -> LedgerKey:
    return LedgerKey(bytes.fromhex(secret.reveal()))

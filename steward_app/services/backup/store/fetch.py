"""Getting a point's objects out of a store, each checked against its name before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import failures, sealing
from steward_app.services.backup.store.model import Manifest, OpenStore
from steward_app.storage.age import Identity
from steward_app.storage.objects import TooLarge

_CHANGED = "its bytes are not the ones that were written"


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Gets objects for one point; every `Failure` names the point and the object."""

    store: OpenStore
    manifest: Manifest
    identity: Identity | None

    def contents(self, name: str, context: Context, *, most_bytes: int | None = None) -> bytes:
        """An object's contents, in memory, where there can be so much in it."""
        most = None if most_bytes is None else sealing.most_stored_bytes(most_bytes)
        try:
            stored = self.store.objects.get(name, context, most_bytes=most)
            self._check(name, stored)
            return sealing.unseal(stored, name, self.identity)
        except Failure as error:
            raise self._told(error, name) from error

    def pages(self, name: str, context: Context) -> bytes:
        """A pack's contents, whose pages will be compared with their hashes one by one: its name is not, unless the
        pack cannot be opened, to tell damage from a wrong key.
        """
        try:
            stored = self.store.objects.get(name, context)
            try:
                return sealing.unseal(stored, name, self.identity)
            except Failure:
                self._check(name, stored)
                raise
        except Failure as error:
            raise self._told(error, name) from error

    def file(self, name: str, folder: Path, context: Context, *, most_bytes: int | None = None) -> Path:
        """An object's contents as a file in a scratch folder, where there can be so much in it."""
        most = None if most_bytes is None else sealing.most_stored_bytes(most_bytes)
        stored = folder / name.replace("/", "-")
        try:
            self.store.objects.get_to(name, stored, context, most_bytes=most)
            if not sealing.verify_file(name, stored, self.store.naming_key):
                raise self.damaged(name, _CHANGED)
            opened = sealing.unseal_file(
                stored, stored.with_name(stored.name + ".opened"), name, self.identity
            )
        except Failure as error:
            raise self._told(error, name) from error
        if opened != stored:
            stored.unlink()
        return opened

    def _check(self, name: str, stored: bytes) -> None:
        if not sealing.verify_name(name, stored, self.store.naming_key):
            raise self.damaged(name, _CHANGED)

    def damaged(self, name: str, why: str) -> Failure:
        return failures.object_damaged(self.store, self.manifest, name, why)

    def _told(self, error: Failure, name: str) -> Failure:
        if isinstance(error, TooLarge):
            return self.damaged(name, "there is more of it than was written")
        match error.code:
            case ErrorCode.NOT_FOUND:
                return failures.object_gone(self.store, self.manifest, name)
            case ErrorCode.DAMAGED if failures.point_words(self.manifest) not in error.message:
                return self.damaged(name, "it cannot be decrypted")
            case ErrorCode.WRONG_KEY:
                return failures.wrong_key(self.store, self.manifest, name)
        return error

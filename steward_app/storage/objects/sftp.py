"""A store on an SFTP server: one connection, many requests on their way at once.

An object is written under a temporary name, synced where the server can, read back and compared, and renamed. SFTP has
no way to sync a folder: a name may be lost with a power cut at the server, never half an object.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import asyncssh
from asyncssh import FILEXFER_TYPE_DIRECTORY, SFTPAttrs, SFTPClient, SFTPClientFile

from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.storage import local
from steward_app.storage.objects import failures
from steward_app.storage.objects.gathering import Gathering, arriving
from steward_app.storage.objects.model import (
    Credentials,
    ObjectInfo,
    Patience,
    check_name,
    check_prefix,
    folder_of,
    is_name,
)
from steward_app.storage.objects.place import SftpPlace
from steward_app.storage.objects.sftp_files import NOT_THERE, SftpFiles
from steward_app.storage.objects.ssh import CUTS, connect, start_sftp
from steward_app.storage.objects.waiting import Loop, Watch, persistently

T = TypeVar("T")

_CLOSE_SECONDS = 5
_SHARED = 0o022  # a folder that others may write to is shared with them, and so is what we put there
_DENIED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)
_FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)


class SftpStore:
    """Objects as files under one folder of a server."""

    transfers = 8

    def __init__(
        self, place: SftpPlace, credentials: Credentials, patience: Patience, *, create: bool = False
    ) -> None:
        self._place = place
        self._credentials = credentials
        self._patience = patience
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: SFTPClient | None = None
        self._connecting = asyncio.Lock()
        self._watch = Watch(patience.silence_seconds)
        self._files = SftpFiles(self._watch)
        self._root = place.path
        self._private = True
        self._closed = False
        self._loop = Loop(f"sftp {place.host}")
        try:
            self._call(lambda client: self._open(client, create), Context(), opening=True)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        return self._place.url

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        path = self._path(name)
        self._call(lambda client: self._put(client, path, name, data), context, name)

    def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
        path = self._path(name)

        async def work(client: SFTPClient) -> bytes:
            gathered = Gathering(self.where, name, most_bytes)
            async with aclosing(self._read(client, path, name)) as blocks:
                async for block in blocks:
                    gathered.add(block)
            return gathered.whole()

        return self._call(work, context, name)

    def get_to(
        self, name: str, target: Path, context: Context | None = None, *, most_bytes: int | None = None
    ) -> None:
        path = self._path(name)

        async def work(client: SFTPClient) -> None:
            async with aclosing(self._read(client, path, name)) as blocks:
                with arriving(self.where, name, target, most_bytes) as add:
                    async for block in blocks:
                        add(block)

        self._call(work, context, name)

    def info(self, name: str, context: Context | None = None) -> ObjectInfo | None:
        path = self._path(name)

        async def work(client: SFTPClient) -> ObjectInfo | None:
            attributes = await self._files.status(client, path)
            if attributes is None:
                await self._check_root(client)
            return _info(name, attributes) if attributes and not _is_folder(attributes) else None

        return self._call(work, context, name)

    def list(self, prefix: str = "", context: Context | None = None) -> Iterator[ObjectInfo]:
        for name, attributes in self._walk(folder_of(check_prefix(prefix)), context):
            if name.startswith(prefix) and is_name(name):
                yield _info(name, attributes)

    def delete(self, name: str, context: Context | None = None) -> None:
        path = self._path(name)
        self._call(lambda client: self._remove(client, path), context, name)

    def sweep(self, before: datetime, context: Context | None = None) -> int:
        old = [
            f"{self._root}/{name}"
            for name, attributes in self._walk("", context)
            if local.is_temporary(name.rpartition("/")[2]) and (attributes.mtime or 0) < before.timestamp()
        ]
        for path in old:
            self._call(partial(self._remove, path=path), context)
        return len(old)

    def free_bytes(self) -> int | None:
        async def work(client: SFTPClient) -> int | None:
            try:
                space = await self._watch.over(client.statvfs(self._root))
            except asyncssh.SFTPOpUnsupported:
                return None
            return space.bavail * space.frsize

        return self._call(work, None)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.run(self._disconnect(), Context())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SftpStore({self.where!r})"

    def _path(self, name: str) -> str:
        return f"{self._root}/{check_name(name)}"

    def _call(
        self,
        work: Callable[[SFTPClient], Coroutine[Any, Any, T]],
        context: Context | None,
        name: str = "",
        *,
        opening: bool = False,
    ) -> T:
        """Do the work, again after a cut, and say what fails in words about this store."""
        context = context or Context()

        async def attempt() -> T:
            client = await self._connected()
            try:
                try:
                    return await work(client)
                except CUTS:
                    raise
                except asyncssh.SFTPError as error:
                    raise await self._failure(client, error, name) from error
            except CUTS as error:
                self._drop(client)
                raise failures.Cut(self.where) from error

        return persistently(
            lambda: self._loop.run(attempt(), context), self._patience, context, opening=opening
        )

    async def _connected(self) -> SFTPClient:
        async with self._connecting:
            if self._client is None or self._connection is None or self._connection.is_closed():
                self._connection = await connect(self._place, self._credentials, self._patience)
                self._client = await start_sftp(self._connection, self._place, self._patience)
            return self._client

    def _drop(self, client: SFTPClient) -> None:
        """Let go of a connection that was cut or went silent, unless another transfer has made a new one since."""
        if self._client is client and self._connection is not None:
            self._connection.abort()
            self._client = self._connection = None

    async def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            with suppress(*CUTS):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._connection.wait_closed()

    async def _open(self, client: SFTPClient, create: bool) -> None:
        root = self._place.path
        if root.startswith("~/"):
            root = f"{await self._watch.over(client.realpath('.'))}{root[1:]}"
        status = await self._files.status(client, root)
        if status is None and create:
            with suppress(*NOT_THERE):
                await self._watch.over(client.mkdir(root, SFTPAttrs(permissions=0o700)))
            status = await self._files.status(client, root)
        if status is None:
            raise failures.folder_missing(self.where)
        if not _is_folder(status):
            raise failures.not_a_folder(self.where)
        await self._watch.over(client.readdir(root))  # may it be read
        self._private = not (status.permissions or 0) & _SHARED
        self._root = root.rstrip("/")

    async def _put(self, client: SFTPClient, path: str, name: str, data: bytes | Path) -> None:
        folder, _, last = path.rpartition("/")
        part = f"{folder}/{local.temporary_name(last)}"
        file = await self._create(client, folder, part)
        try:
            try:
                sent = await self._files.send(file, data)
            except asyncssh.SFTPFailure as error:  # the server's word for every error of its disk
                raise failures.full(self.where, name, sure=False) from error
            if sent != await self._files.digest(client, part):
                raise failures.not_as_sent(self.where, name)
            await self._files.rename(client, part, path)
        except BaseException:
            await self._files.discard(client, file, part)
            raise

    async def _create(self, client: SFTPClient, folder: str, part: str) -> SFTPClientFile:
        rights = SFTPAttrs(permissions=0o600) if self._private else SFTPAttrs()
        try:
            return await self._watch.over(client.open(part, "xb", rights))
        except NOT_THERE:
            await self._make_folders(client, folder)
        return await self._watch.over(client.open(part, "xb", rights))

    async def _make_folders(self, client: SFTPClient, folder: str) -> None:
        """Make the folders between the root and an object; never the root."""
        if await self._files.status(client, folder) is not None:
            return
        if folder == self._root:
            raise failures.folder_missing(self.where)
        await self._make_folders(client, folder_of(folder))
        rights = SFTPAttrs(permissions=0o700) if self._private else SFTPAttrs()
        with suppress(asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists):  # another writer was faster
            await self._watch.over(client.mkdir(folder, rights))

    async def _read(self, client: SFTPClient, path: str, name: str) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._files.read(client, path)) as blocks:
                async for block in blocks:
                    yield block
        except NOT_THERE:
            await self._check_root(client)
            raise failures.object_missing(self.where, name) from None

    async def _remove(self, client: SFTPClient, path: str) -> None:
        try:
            await self._watch.over(client.remove(path))
        except NOT_THERE:
            await self._check_root(client)

    async def _check_root(self, client: SFTPClient) -> None:
        if await self._files.status(client, self._root) is None:
            raise failures.folder_missing(self.where)

    def _walk(self, folder: str, context: Context | None) -> Iterator[tuple[str, SFTPAttrs]]:
        """Every file under a folder of the store, with its name in the store, several folders at a time."""
        folders = [folder]
        while folders:
            some, folders = folders[: self.transfers], folders[self.transfers :]
            for name, attributes in self._call(partial(self._entries, folders=some), context):
                if not _is_folder(attributes):
                    yield name, attributes
                elif is_name(name):
                    folders.append(name)

    async def _entries(self, client: SFTPClient, folders: Sequence[str]) -> Sequence[tuple[str, SFTPAttrs]]:
        found = await asyncio.gather(*(self._folder(client, folder) for folder in folders))
        return [entry for entries in found for entry in entries]

    async def _folder(self, client: SFTPClient, folder: str) -> Sequence[tuple[str, SFTPAttrs]]:
        try:
            entries = await self._watch.over(
                client.readdir(f"{self._root}/{folder}" if folder else self._root)
            )
        except NOT_THERE:
            await self._check_root(client)
            return []
        start = f"{folder}/" if folder else ""
        return [(f"{start}{entry.filename!s}", entry.attrs) for entry in entries]

    async def _failure(self, client: SFTPClient, error: asyncssh.SFTPError, name: str) -> Failure:
        if isinstance(error, _DENIED):
            return failures.no_permission(self.where, name)
        if isinstance(error, _FULL):
            return failures.full(self.where, name)
        if isinstance(error, NOT_THERE) and await self._files.status(client, self._root) is None:
            return failures.folder_missing(self.where)
        return failures.broken(self.where, f"SFTP code {error.code}")


def _is_folder(attributes: SFTPAttrs) -> bool:
    return attributes.type == FILEXFER_TYPE_DIRECTORY


def _info(name: str, attributes: SFTPAttrs) -> ObjectInfo:
    return ObjectInfo(name, attributes.size or 0, datetime.fromtimestamp(attributes.mtime or 0, UTC))

"""The files of an SFTP server: many blocks on their way at once, so that a far server is not waited for at each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Final, cast

import asyncssh
from asyncssh import SFTPAttrs, SFTPClient, SFTPClientFile
from blake3 import blake3

from steward_app.storage import local
from steward_app.storage.objects.waiting import Watch

NOT_THERE: Final = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)

_BLOCK_BYTES = 255 << 10  # the most that OpenSSH takes in one request
_BLOCKS = (
    8  # on their way at once, of all transfers together: enough for a far server, few enough for a slow line
)
_TIDY_SECONDS = 5


class SftpFiles:
    """Reads and writes in blocks, for all transfers of a store. Errors are those of asyncssh, and TimeoutError."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._slots = asyncio.Semaphore(_BLOCKS)

    async def send(self, file: SFTPClientFile, data: bytes | Path) -> bytes:
        """Write it all, sync it where the server can, close it; the hash of what was sent."""
        hashed, offset = blake3(), 0
        try:
            async with asyncio.TaskGroup() as group:
                for block in _blocks(data):
                    await self._slots.acquire()
                    writing = group.create_task(self._write(file, block, offset))
                    writing.add_done_callback(lambda _: self._slots.release())
                    hashed.update(block)
                    offset += len(block)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        with suppress(asyncssh.SFTPOpUnsupported):
            await self._watch.over(file.fsync())
        await self._watch.over(file.close())
        return hashed.digest()

    async def _write(self, file: SFTPClientFile, block: bytes, offset: int) -> None:
        await self._watch.over(file.write(block, offset))

    async def digest(self, client: SFTPClient, path: str) -> bytes:
        """The hash of what comes back, as `send` gives it for what went out."""
        hashed = blake3()
        async with aclosing(self.read(client, path)) as blocks:
            async for block in blocks:
                hashed.update(block)
        return hashed.digest()

    async def read(self, client: SFTPClient, path: str) -> AsyncGenerator[bytes, None]:
        """The blocks of a file in their order, the next ones on their way already."""
        file = await self._watch.over(client.open(path, "rb"))
        reading: deque[asyncio.Task[bytes]] = deque()
        try:
            size, offset = (await self._watch.over(file.stat())).size or 0, 0
            while offset < size or reading:
                while offset < size and len(reading) < _BLOCKS:
                    await self._slots.acquire()
                    block = self._block(file, offset, min(_BLOCK_BYTES, size - offset))
                    reading.append(asyncio.ensure_future(block))
                    reading[-1].add_done_callback(lambda _: self._slots.release())
                    offset += _BLOCK_BYTES
                yield await reading.popleft()
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            await self.close(file)

    async def _block(self, file: SFTPClientFile, offset: int, size: int) -> bytes:
        block = b""
        while len(block) < size:
            more = cast("bytes", await self._watch.over(file.read(size - len(block), offset + len(block))))
            if not more or len(more) > size - len(block):
                raise asyncssh.SFTPConnectionLost(
                    "the file became shorter, or more came of it than was asked for"
                )
            block += more
        return block

    async def rename(self, client: SFTPClient, part: str, path: str) -> None:
        """Give a file its name, over whatever has it; in one step where the server can."""
        try:
            await self._watch.over(client.posix_rename(part, path))
        except asyncssh.SFTPOpUnsupported:  # a server that renames only to a name that is free
            with suppress(*NOT_THERE):
                await self._watch.over(client.remove(path))
            await self._watch.over(client.rename(part, path))

    async def status(self, client: SFTPClient, path: str) -> SFTPAttrs | None:
        """What is there under a name, or None."""
        try:
            return await self._watch.over(client.stat(path))
        except NOT_THERE:
            return None

    async def close(self, file: SFTPClientFile) -> None:
        """Close a file, as far as the server still answers."""
        with suppress(asyncssh.Error, OSError):
            async with asyncio.timeout(_TIDY_SECONDS):
                await file.close()

    async def discard(self, client: SFTPClient, file: SFTPClientFile, path: str) -> None:
        """Leave nothing of a file, as far as the server still answers."""
        await self.close(file)
        with suppress(asyncssh.Error, OSError):
            async with asyncio.timeout(_TIDY_SECONDS):
                await client.remove(path)


def _blocks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, Path):
        yield from local.read_chunks(data, _BLOCK_BYTES)
    else:
        yield from (data[start : start + _BLOCK_BYTES] for start in range(0, len(data), _BLOCK_BYTES))

"""A store in an S3-compatible bucket, with plain puts, gets, lists and deletes: no conditions, no ranges.

Whether an object arrived whole is told by the checksum (ETag) the server gives, where it is one; else the object is
read back and compared.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import obstore
from blake3 import blake3
from obstore import store as stores
from obstore.exceptions import BaseError

from steward_app.kernel.errors import Failure, StewardError
from steward_app.kernel.progress import Context
from steward_app.storage import local
from steward_app.storage.disk import translated
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
from steward_app.storage.objects.place import S3Place
from steward_app.storage.objects.s3_access import Access, find_access
from steward_app.storage.objects.s3_errors import s3_failure
from steward_app.storage.objects.waiting import Loop, Watch, persistently

T = TypeVar("T")

_PART_BYTES = 5 << 20
_PARTS_AT_MOST = 9_000
_PARTS_AT_ONCE = 2
_READ_BYTES = 256 << 10
_ENDING_SECONDS = 3.0  # for a server to hear that an upload in parts was given up
_REQUEST_SECONDS = 6 * 3600  # obstore counts whole requests; here `Watch` ends what is silent


class S3Store:
    """Objects in a bucket, below a prefix."""

    transfers = 4

    def __init__(self, place: S3Place, credentials: Credentials, patience: Patience) -> None:
        access = find_access(place, credentials)
        self._place = place
        self._patience = patience
        self._host = urlsplit(access.endpoint).netloc or f"s3.{access.region}.amazonaws.com"
        self._remote = _remote(place, access, patience)
        self._watch = Watch(patience.silence_seconds)
        self._sending_bytes = 0
        self._uploads: set[asyncio.Future[Any]] = set()
        self._closed = False
        self._loop = Loop(f"s3 {place.bucket}")
        try:
            self._call(self._look, Context(), opening=True)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        path = f"/{self._place.prefix}" if self._place.prefix else ""
        return f"s3://{self._place.bucket}{path} at {self._host}"

    def put(self, name: str, data: bytes | Path, context: Context | None = None) -> None:
        check_name(name)
        self._call(lambda: self._put(name, data), context, name)

    def get(self, name: str, context: Context | None = None, *, most_bytes: int | None = None) -> bytes:
        check_name(name)

        async def work() -> bytes:
            gathered = Gathering(self.where, name, most_bytes)
            async with aclosing(self._read(name)) as blocks:
                async for block in blocks:
                    gathered.add(block)
            return gathered.whole()

        return self._call(work, context, name)

    def get_to(
        self, name: str, target: Path, context: Context | None = None, *, most_bytes: int | None = None
    ) -> None:
        check_name(name)

        async def work() -> None:
            async with aclosing(self._read(name)) as blocks:
                with arriving(self.where, name, target, most_bytes) as add:
                    async for block in blocks:
                        add(block)

        self._call(work, context, name)

    def info(self, name: str, context: Context | None = None) -> ObjectInfo | None:
        check_name(name)

        async def work() -> ObjectInfo | None:
            try:
                return _info(await self._watch.over(obstore.head_async(self._remote, name)))
            except FileNotFoundError:
                return None

        return self._call(work, context, name)

    def list(self, prefix: str = "", context: Context | None = None) -> Iterator[ObjectInfo]:
        folder = folder_of(check_prefix(prefix))

        async def work() -> tuple[ObjectInfo, ...]:
            found: list[ObjectInfo] = []
            pages = obstore.list(self._remote, prefix=folder or None, chunk_size=1000)
            while page := await self._watch.over(_next(pages)):
                found += (_info(each) for each in page if is_name(each["path"]))
            return tuple(found)

        yield from (each for each in self._call(work, context) if each.name.startswith(prefix))

    def delete(self, name: str, context: Context | None = None) -> None:
        check_name(name)

        async def work() -> None:
            try:
                await self._watch.over(obstore.delete_async(self._remote, name))
            except FileNotFoundError:
                await self._look()

        self._call(work, context, name)

    def sweep(self, before: datetime, context: Context | None = None) -> int:
        """Nothing: a bucket shows no unfinished uploads to us. Its own rules end what a kill left (docs/stores.md)."""
        return 0

    def free_bytes(self) -> int | None:
        return None

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._loop.run(self._ended(), Context())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"S3Store({self.where!r})"

    def _call(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        context: Context | None,
        name: str = "",
        *,
        opening: bool = False,
    ) -> T:
        """Do the work, again after a cut, and say what fails in words about this store."""
        context = context or Context()

        async def attempt() -> T:
            try:
                return await work()
            except TimeoutError as error:
                raise failures.Cut(self.where) from error
            except (BaseError, OSError) as error:
                raise self._failure(error, name) from error

        return persistently(
            lambda: self._loop.run(attempt(), context), self._patience, context, opening=opening
        )

    def _failure(self, error: Exception, name: str) -> Failure:
        return s3_failure(error, self.where, self._host, self._place.bucket, name)

    async def _look(self) -> None:
        """Raise where the bucket is not there or not ours to list."""
        pages = obstore.list(self._remote, chunk_size=1)
        await self._watch.over(_next(pages))

    async def _put(self, name: str, data: bytes | Path) -> None:
        size = _size(data)
        part_bytes = max(_PART_BYTES, -(-size // _PARTS_AT_MOST))
        sent = _Sent()
        problems: list[StewardError] = []
        given_up = False

        async def parts() -> AsyncGenerator[bytes, None]:
            try:
                for part in _parts(data, part_bytes):
                    if given_up:
                        raise _GivenUp
                    self._watch.hear()
                    sent.add(part)
                    yield part
            except (
                StewardError
            ) as problem:  # of the file it is read from; obstore would put it in words of its own
                problems.append(problem)
                raise

        outstanding = min(size, _PARTS_AT_ONCE * part_bytes)
        self._sending_bytes += outstanding
        try:
            seconds = self._sending_bytes / self._patience.slowest_bytes_per_second
            if size <= part_bytes:
                whole = b"".join([part async for part in parts()])
                sending = obstore.put_async(self._remote, name, whole, use_multipart=False)
                answer = await self._watch.over(sending, extra_seconds=seconds)
            else:
                in_parts = asyncio.ensure_future(
                    obstore.put_async(
                        self._remote, name, parts(), chunk_size=part_bytes, max_concurrency=_PARTS_AT_ONCE
                    )
                )
                self._uploads.add(in_parts)
                in_parts.add_done_callback(self._is_over)
                try:
                    answer = await self._watch.over(asyncio.shield(in_parts), extra_seconds=seconds)
                finally:  # obstore ends it on the server when there is no next part, and not when it is cancelled
                    given_up = True
                    asyncio.get_running_loop().call_later(_ENDING_SECONDS, in_parts.cancel)
        except Exception:  # always raised on: only whose words it is said in is chosen here
            if problems:
                raise problems[0] from None
            raise
        finally:
            self._sending_bytes -= outstanding
        if not sent.is_what(answer["e_tag"] or "", in_parts=size > part_bytes):
            await self._read_back(name, sent)

    async def _ended(self) -> None:
        """Let the server hear of uploads in parts that were given up a moment ago."""
        if self._uploads:
            await asyncio.wait(self._uploads, timeout=_ENDING_SECONDS)

    def _is_over(self, upload: asyncio.Future[Any]) -> None:
        self._uploads.discard(upload)
        if not upload.cancelled():
            upload.exception()  # who still waited for it was told; that it was given up is no news

    async def _read_back(self, name: str, sent: _Sent) -> None:
        hashed = blake3()
        async with aclosing(self._read(name)) as blocks:
            async for block in blocks:
                hashed.update(block)
        if hashed.digest() != sent.hashed.digest():
            raise failures.not_as_sent(self.where, name)

    async def _read(self, name: str) -> AsyncGenerator[bytes, None]:
        """The bytes of an object as they come. What is cut short is an error, and never taken for the whole."""
        try:
            answer = await self._watch.over(obstore.get_async(self._remote, name))
        except FileNotFoundError as error:
            failure = self._failure(error, name)
            missing = failures.object_missing(self.where, name)
            raise failure if failure.code is failure.code.STORE_MISSING else missing from None
        size, got = answer.meta["size"], 0
        blocks = answer.stream(min_chunk_size=_READ_BYTES)
        while block := await self._watch.over(_next(blocks)):
            got += len(block)
            yield bytes(block)
        if got != size:
            raise failures.Cut(self.where)


class _GivenUp(Exception):
    """There is no next part, since nobody waits for the upload any more."""


class _Sent:
    """What was sent, as a server would tell it and as we do."""

    def __init__(self) -> None:
        self.hashed = blake3()
        self._md5s: list[bytes] = []

    def add(self, part: bytes) -> None:
        self.hashed.update(part)
        self._md5s.append(hashlib.md5(part, usedforsecurity=False).digest())

    def is_what(self, e_tag: str, *, in_parts: bool) -> bool:
        """Whether a server's ETag is the checksum of what was sent: MD5, or for parts the MD5 of their MD5s.

        A server may give something else (it does for what it encrypts); that tells nothing.
        """
        if not in_parts:
            return e_tag.strip('"') == self._md5s[0].hex()
        of_parts = hashlib.md5(b"".join(self._md5s), usedforsecurity=False).hexdigest()
        return e_tag.strip('"') == f"{of_parts}-{len(self._md5s)}"


def _remote(place: S3Place, access: Access, patience: Patience) -> stores.S3Store:
    options: dict[str, Any] = {"region": access.region}
    if access.endpoint:
        options |= {"endpoint": access.endpoint, "virtual_hosted_style_request": False}
    if access.key_id and access.secret:
        options |= {"access_key_id": access.key_id, "secret_access_key": access.secret.reveal()}
    if access.token:
        options["session_token"] = access.token.reveal()
    return stores.S3Store(
        place.bucket,
        prefix=place.prefix or None,
        client_options={
            "allow_http": access.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=patience.connect_seconds),
            "timeout": timedelta(seconds=_REQUEST_SECONDS),
        },
        retry_config={"max_retries": 0},
        **options,
    )


def _size(data: bytes | Path) -> int:
    if isinstance(data, bytes):
        return len(data)
    with translated(data):
        return data.stat().st_size


async def _next(items: AsyncIterator[T]) -> T | None:
    """The next of them, or None after the last. (`anext` with a default does not understand obstore's iterators.)"""
    try:
        return await anext(items)
    except StopAsyncIteration:
        return None


def _parts(data: bytes | Path, part_bytes: int) -> Iterator[bytes]:
    """At least one part, so that an empty object is written too."""
    if isinstance(data, bytes):
        yield from (data[start : start + part_bytes] for start in range(0, max(len(data), 1), part_bytes))
        return
    parts = local.read_chunks(data, part_bytes)
    yield next(parts, b"")
    yield from parts


def _info(meta: Any) -> ObjectInfo:
    return ObjectInfo(meta["path"], meta["size"], meta["last_modified"])

"""From a URL to a store, through a seam where fault tests put a store that breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.storage.objects.folder import FolderStore
from steward_app.storage.objects.host_keys import HostKey
from steward_app.storage.objects.model import Credentials, ObjectStore, Patience
from steward_app.storage.objects.place import FolderPlace, Place, S3Place, SftpPlace, parse_url

_wrap: Callable[[ObjectStore], ObjectStore] = lambda store: store  # noqa: E731


def open_objects(
    url: str | Place,
    *,
    create: bool = False,
    credentials: Credentials | None = None,
    patience: Patience | None = None,
) -> ObjectStore:
    """Open the store at a URL; it is there and answers when this returns. Close it, or use it in a `with` block.

    Args:
        create: make the store's folder, in a folder that is there. A bucket is never made.
        credentials: what opens the server; without them, what the usual places hold.
        patience: how long a server is waited for.

    Raises UsageError for a URL that is none, and Failure: STORE_MISSING, OFFLINE, LOGIN_REFUSED, NO_PERMISSION,
    UNKNOWN_HOST_KEY (see `host_key`), HOST_KEY_CHANGED.
    """
    place = parse_url(url) if isinstance(url, str) else url
    return _wrap(_open(place, create, credentials or Credentials(), patience or Patience()))


def host_key(url: str, context: Context | None = None, patience: Patience | None = None) -> HostKey:
    """The key that an SFTP server shows now, without logging in: to be compared, and given to `accept_host_key`.

    Raises UsageError for the URL of another kind of store, and Failure (OFFLINE) where no server answers.
    """
    place = parse_url(url)
    if not isinstance(place, SftpPlace):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Only a store at an sftp:// address has a host key.",
            hint="Nothing was done. Other stores need none.",
        )
    from steward_app.storage.objects.ssh import shown_host_key

    return shown_host_key(place, context, patience)


@contextmanager
def wrapping(wrap: Callable[[ObjectStore], ObjectStore]) -> Iterator[None]:
    """Have every store that is opened while the block runs go through `wrap`. For fault tests."""
    global _wrap
    before, _wrap = _wrap, wrap
    try:
        yield
    finally:
        _wrap = before


def _open(place: Place, create: bool, credentials: Credentials, patience: Patience) -> ObjectStore:
    match place:
        case FolderPlace():
            return FolderStore(place.path, create=create)
        case SftpPlace():
            from steward_app.storage.objects.sftp import SftpStore

            return SftpStore(place, credentials, patience, create=create)
        case S3Place():
            from steward_app.storage.objects.s3 import S3Store

            return S3Store(place, credentials, patience)

"""Object stores: a folder, an SFTP server or an S3-compatible bucket, all used in the same way."""

from steward_app.storage.objects.failures import LoginRefused, StoreBroken, TooLarge
from steward_app.storage.objects.gathering import MOST_BYTES
from steward_app.storage.objects.host_keys import HostKey, Trust, accept_host_key
from steward_app.storage.objects.model import (
    Credentials,
    ObjectInfo,
    ObjectStore,
    Patience,
    Wanted,
    check_name,
)
from steward_app.storage.objects.opening import host_key, open_objects, wrapping
from steward_app.storage.objects.parallel import in_parallel
from steward_app.storage.objects.place import FolderPlace, Place, S3Place, SftpPlace, parse_url

__all__ = [
    "MOST_BYTES",
    "Credentials",
    "FolderPlace",
    "HostKey",
    "LoginRefused",
    "ObjectInfo",
    "ObjectStore",
    "Patience",
    "Place",
    "S3Place",
    "SftpPlace",
    "StoreBroken",
    "TooLarge",
    "Trust",
    "Wanted",
    "accept_host_key",
    "check_name",
    "host_key",
    "in_parallel",
    "open_objects",
    "parse_url",
    "wrapping",
]

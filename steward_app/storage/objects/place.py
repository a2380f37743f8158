"""Where a store is: the URL a steward writes, taken apart and checked. No secret has a place in it."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_SETTINGS = ("endpoint", "region", "allow_http")
_KEY_FILE = "key_file"


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder. `path` is absolute."""

    path: Path

    @property
    def url(self) -> str:
        """The place as text, that `parse_url` reads again."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """A folder on an SFTP server. `path` begins with `/`, or with `~/` for the folder one logs in to.

    `user` may be "": then the name on this machine is used. `key_file` names the private key to log in with, alone; ""
    for those of the agent and in `~/.ssh`. Only its path stands in the address.
    """

    host: str
    path: str
    user: str = ""
    port: int = 22
    key_file: str = ""

    @property
    def url(self) -> str:
        """The place as text, that `parse_url` reads again."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        port = f":{self.port}" if self.port != 22 else ""
        query = f"?{urlencode({_KEY_FILE: self.key_file}, safe='/~')}" if self.key_file else ""
        return f"sftp://{user}{host}{port}/{quote(self.path.removeprefix('/'), safe='/~')}{query}"


@dataclass(frozen=True, slots=True)
class S3Place:
    """A bucket, or what begins with a prefix in it. `endpoint` and `region` may be "": then AWS's own settings hold."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    allow_http: bool = False

    @property
    def url(self) -> str:
        """The place as text, that `parse_url` reads again."""
        settings = {"endpoint": self.endpoint, "region": self.region, "allow_http": "yes" * self.allow_http}
        query = urlencode({key: value for key, value in settings.items() if value}, safe=":/")
        path = f"/{quote(self.prefix)}" if self.prefix else ""
        return f"s3://{self.bucket}{path}{'?' if query else ''}{query}"


Place = FolderPlace | SftpPlace | S3Place


def parse_url(url: str) -> Place:
    """The place a URL names: a path, `file://`, `sftp://user@host:port/path`, `s3://bucket/prefix?endpoint=...`.

    Raises UsageError, which never repeats what may be a secret.
    """
    if not _SCHEME.match(url):
        if not url.strip() or "\x00" in url:
            raise _bad("A store needs an address.")
        try:
            path = Path(url).expanduser()
        except RuntimeError:
            raise _bad("There is no user of this machine with the folder that “~” stands for.") from None
        return FolderPlace(Path(os.path.abspath(path)))  # noqa: PTH100  takes `..` away
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("The address of the store cannot be read: its host or port is not one.") from None
    if parts.password is not None:
        raise _bad(
            "The address of the store holds a password, which would be seen in lists and logs.",
            "Nothing was done. Leave it out; keys and passwords come from the places in docs/stores.md.",
        )
    match parts.scheme.lower():
        case "file":
            return _folder(parts)
        case "sftp":
            return _sftp(parts, port)
        case "s3":
            return _s3(parts)
    raise _bad(f"There are no stores at {quoted(parts.scheme)} addresses.")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_endpoint(endpoint: str, *, allow_http: bool) -> str:
    """The endpoint itself. Raises UsageError for what is none, or sends in clear over a network unasked."""
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.query:
        raise _bad("The endpoint of the store is not an address such as https://s3.example.org.")
    if parts.username is not None:
        raise _bad(
            "The endpoint of the store holds a name or password, which would be seen in lists and logs."
        )
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise _bad(
            f"The endpoint {quoted(host)} is plain http: everybody on the way could read along.",
            "Nothing was sent. Use https, or add allow_http=yes to the address where the network is yours alone.",
        )
    return endpoint.rstrip("/")


def _folder(parts: SplitResult) -> FolderPlace:
    if parts.netloc not in ("", "localhost") and os.name != "nt":
        raise _bad(
            "A file:// address names no other machine.",
            "Nothing was done. Connect the network folder first, and give its path on this machine.",
        )
    if parts.query or parts.fragment or not parts.path.startswith("/"):
        raise _bad("The file:// address of the store is not a path.")
    path = unquote(parts.path)
    if "\x00" in path:
        raise _bad("The file:// address of the store is not a path.")
    if os.name == "nt":  # /C:/folder, or //machine/share/folder
        path = f"//{parts.netloc}{path}" if parts.netloc not in ("", "localhost") else path.removeprefix("/")
    return FolderPlace(Path(os.path.abspath(path)))  # noqa: PTH100  takes `..` away


def _sftp(parts: SplitResult, port: int | None) -> SftpPlace:
    path = unquote(parts.path)
    if not parts.hostname or not path.strip("/") or port == 0:
        raise _bad(
            "The sftp:// address needs a server and a folder.",
            "For example sftp://user@host/srv/backups, or sftp://user@host/~/backups below the folder one logs in to.",
        )
    settings = dict(parse_qsl(parts.query, keep_blank_values=True))
    key_file = settings.pop(_KEY_FILE, "")
    if settings or parts.fragment or "\x00" in path + key_file or (parts.query and not key_file):
        raise _bad(
            "After the folder, an sftp:// address holds nothing more than the key to log in with.",
            "For example sftp://user@host/srv/backups?key_file=~/.ssh/backups.",
        )
    path = "/" + "/".join(each for each in path.split("/") if each not in ("", "."))
    if ".." in path.split("/"):
        raise _bad("The folder of an sftp:// address has no “..” in it.")
    path = path.removeprefix("/") if path.startswith("/~/") else path
    return SftpPlace(parts.hostname, path, unquote(parts.username or ""), port or 22, key_file)


def _s3(parts: SplitResult) -> S3Place:
    bucket, prefix = parts.netloc, unquote(parts.path).strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise _bad(
            "The s3:// address names no bucket, or not only a bucket.",
            "For example s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1.",
        )
    settings = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(settings) - set(_SETTINGS))
    if unknown or parts.fragment:
        raise _bad(
            "The s3:// address holds a setting that is none.",
            f"Its settings are {', '.join(_SETTINGS)}. Keys and passwords come from the places in docs/stores.md.",
        )
    if any(each in ("", ".", "..") for each in prefix.split("/") if prefix) or not prefix.isprintable():
        raise _bad("The prefix of the s3:// address is not one.")
    allow_http = settings.get("allow_http", "no")
    if allow_http not in ("yes", "no"):
        raise _bad("In an s3:// address, allow_http is yes or no.")
    endpoint = settings.get("endpoint", "")
    if endpoint:
        endpoint = check_endpoint(endpoint, allow_http=allow_http == "yes")
    return S3Place(bucket, prefix, endpoint, settings.get("region", ""), allow_http == "yes")


def _bad(message: str, hint: str = "") -> UsageError:
    return UsageError(
        ErrorCode.BAD_REQUEST,
        message,
        hint=hint or "Nothing was done. A store is a folder, sftp://user@host/folder or s3://bucket/prefix.",
    )

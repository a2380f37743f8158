"""What opens an S3-compatible bucket: endpoint, region and keys, from the places AWS's own programs look at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.secret import Secret
from steward_app.kernel.text import quoted
from steward_app.storage.local import is_there, read_whole
from steward_app.storage.objects.failures import LoginRefused
from steward_app.storage.objects.model import Credentials, Wanted
from steward_app.storage.objects.place import S3Place, check_endpoint

_LIMIT_BYTES = 1 << 20
_FIRST_REGION = "us-east-1"  # what servers that know no regions expect
_OTHER_WAYS = (  # set where a cluster gives its programs keys of their own; obstore reads them
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass(frozen=True, slots=True)
class Access:
    """Where to go, and what to show there. `endpoint` is "" for AWS; `key_id` is "" where the machine has a role."""

    endpoint: str
    region: str
    key_id: str = ""
    secret: Secret | None = None
    token: Secret | None = None


def find_access(place: S3Place, credentials: Credentials) -> Access:
    """Keys from the caller, the environment, or the profile in `~/.aws` (AWS_PROFILE). Other machines are not asked.

    Raises Failure (LOGIN_REFUSED) when there are none, and UsageError for an endpoint in clear (`check_endpoint`).
    """
    environment = os.environ
    profile = _profile(environment)
    endpoint = (
        place.endpoint or environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL", "")
    )
    if endpoint:
        endpoint = check_endpoint(endpoint, allow_http=place.allow_http)
    regions = (
        place.region,
        environment.get("AWS_REGION"),
        environment.get("AWS_DEFAULT_REGION"),
        profile.get("region"),
        _FIRST_REGION,
    )
    region = next(each for each in regions if each)
    if credentials.access_key_id and credentials.secret_access_key:
        token = credentials.session_token
        return Access(endpoint, region, credentials.access_key_id, credentials.secret_access_key, token)
    from_environment = {name: environment.get(name.upper(), "") for name in _NAMES}
    for found in (from_environment, profile):
        key_id, secret, token_text = (found.get(name, "") for name in _NAMES)
        if key_id and secret:
            return Access(
                endpoint, region, key_id, Secret(secret), Secret(token_text) if token_text else None
            )
    if any(environment.get(name) for name in _OTHER_WAYS):
        return Access(endpoint, region)
    raise LoginRefused(
        f"There are no keys for the bucket {quoted(place.bucket)} on this machine.",
        "Nothing was sent. Give the access key of the store, or write it to ~/.aws/credentials.",
        Wanted.ACCESS_KEY,
    )


_NAMES = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")


def _profile(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the chosen profile, of both files; what stands in `credentials` comes first."""
    name = environment.get("AWS_PROFILE") or "default"
    config = Path(environment.get("AWS_CONFIG_FILE") or "~/.aws/config").expanduser()
    keys = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
    in_config = _section(config, name if name == "default" else f"profile {name}")
    return in_config | _section(keys, name)


def _section(path: Path, name: str) -> dict[str, str]:
    if not is_there(path):
        return {}
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_whole(path, limit_bytes=_LIMIT_BYTES).decode("utf-8"))
    except (Error, ValueError):  # whose words would repeat a line of the file
        raise Failure(
            ErrorCode.LOGIN_REFUSED,
            f"The file {quoted(path.name)} in {path.parent} cannot be read as AWS writes it.",
            hint="Nothing was sent. Put the file right, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        ) from None
    return dict(parser[name]) if parser.has_section(name) else {}

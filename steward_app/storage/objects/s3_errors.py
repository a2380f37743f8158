"""What obstore reports, in words of a store. It tells kinds of errors apart in its text only."""

from __future__ import annotations

import re

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted, visible
from steward_app.storage.objects import failures
from steward_app.storage.objects.model import Wanted

_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
_STATUS = re.compile(r"status(?: code)?: (\d{3})")
_LOGIN = {
    "InvalidAccessKeyId": "does not know the access key",
    "SignatureDoesNotMatch": "did not accept the secret key",
    "ExpiredToken": "says that the session has expired",
    "InvalidToken": "did not accept the session token",
    "RequestTimeTooSkewed": "says that this machine's clock is wrong",
    "AuthorizationHeaderMalformed": "expects another region",
}
_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
_FULL = {
    "QuotaExceeded",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
    "StorageFull",
    "EntityTooLarge",
}
_BUSY = {"408", "429", "500", "502", "503", "504"}


def s3_failure(error: Exception, where: str, host: str, bucket: str, name: str) -> Failure:
    """The failure for an error of obstore. Nothing of the error's own text comes into it but a short code."""
    text = str(error)
    code = next(iter(_CODE.findall(text)), "")
    status = next(iter(_STATUS.findall(text)), "")
    if code == "NoSuchBucket":
        return failures.bucket_missing(host, bucket)
    if code in _LOGIN or status == "401":
        wanted = Wanted.ACCESS_KEY if code in _KEYS or status == "401" else Wanted.NOTHING
        return _login_refused(where, _LOGIN.get(code, "refused the login"), wanted)
    if code in _FULL or status == "507":
        return failures.full(where, name)
    if status == "403":
        return failures.no_permission(where, name)
    if status in _BUSY:
        return failures.ServerFailed(where, f"{status} {code}".strip())
    if status.startswith("3") or "redirect" in text:
        return _login_refused(where, _LOGIN["AuthorizationHeaderMalformed"])
    if status:
        return failures.broken(where, f"{status} {code}".strip())
    return _without_answer(text, where, host)


def _without_answer(text: str, where: str, host: str) -> Failure:
    if "ConnectionRefused" in text:
        return _unreachable(f"{quoted(host)} refused the connection.")
    if "dns error" in text:
        return _unreachable(f"There is no server named {quoted(host)} on this network.")
    if any(word in text for word in ("ertificate", "UnknownIssuer")):
        return _unreachable(
            f"{quoted(host)} cannot prove that it is {quoted(host)}: its certificate is not trusted."
        )
    if any(
        word in text for word in ("InvalidMessage", "Parse(", "InvalidListResponse", "invalid list response")
    ):
        return _unreachable(f"What answers at {quoted(host)} does not speak S3.")
    if "kind: Connect" in text:
        return _unreachable(f"{quoted(host)} did not answer.")
    if "HTTP error" in text or "HttpError" in text:
        return failures.Cut(where)
    return failures.broken(where, "it is not one that this program knows")


def _login_refused(where: str, why: str, wanted: Wanted = Wanted.NOTHING) -> Failure:
    return failures.LoginRefused(
        f"The server of {visible(where)} {why}.",
        "Nothing was read or written. Check the keys, the region and the clock of this machine.",
        wanted,
    )


def _unreachable(said: str) -> Failure:
    return Failure(
        ErrorCode.OFFLINE,
        said,
        hint="The store is untouched. Check the address, the network and the server, then try again.",
    )

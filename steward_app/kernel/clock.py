"""Time, in UTC everywhere. The only thing tests replace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.text import quoted

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def shown(text: str) -> str:
    """A moment for people, to the minute: "2026-11-20 10:20 UTC".

    Args:
        text: as `to_text` gives it.
    """
    return f"{text[:16].replace('T', ' ')} UTC"


def to_text(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and a Z: "2026-11-20T10:40:00.000Z". Sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The inverse of `to_text`. Raises ValueError for anything that is not RFC 3339 with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:  # in UTC it is before the first year, or after the last
        raise ValueError(f"no moment in UTC: {text!r}") from error


def typed(text: str) -> datetime:
    """A moment as people write it, in UTC where it has no offset. Raises `UsageError`."""
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(text, 60)} is no moment.",
            hint="Write it as 2026-11-20 10:05, which is in UTC, or with an offset: 2026-11-20 11:05+01:00.",
        ) from None

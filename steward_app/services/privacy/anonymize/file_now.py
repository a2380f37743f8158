"""What lies where a copy was made: what was checked and assessed is the file that was made, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum

from steward_app.db.image import image_hash
from steward_app.kernel.errors import Failure
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.model import COPY_FOR_RELEASE, Release, ReleaseState


class FileNow(Enum):
    """What lies where a copy was made, in words."""

    SAME = "there, byte for byte what was made"
    OTHER = "not the file that was made: it was changed or replaced since"
    GONE = "not where it was made"
    UNREADABLE = "there, and cannot be read"
    IN_USE = "the database itself, which may be written to: it is not compared"


def file_now(release: Release, context: Context) -> FileNow:
    """Whether the file of a copy is there, and byte for byte what was made. What cannot be read is there."""
    if not release.path.exists():
        return FileNow.GONE
    if release.in_place:
        return FileNow.IN_USE
    try:
        same = image_hash(release.path, context) == release.file_hash
    except Failure:
        return FileNow.UNREADABLE
    return FileNow.SAME if same else FileNow.OTHER


def compared(found: Iterable[Release], context: Context) -> tuple[Release, ...]:
    """The same copies, each with what lies where it was made. Reads every byte of all that were not destroyed.

    What a person assessed was the file that was made: of another one that lies there, nothing is said.
    """
    return tuple(
        each if each.state is ReleaseState.DESTROYED else _lies(each, file_now(each, context))
        for each in found
    )


def _lies(release: Release, now: FileNow) -> Release:
    other = now is FileNow.OTHER
    assessed = (
        replace(each, file_now=now.value, holds=each.holds and not other) for each in release.assessments
    )
    words = COPY_FOR_RELEASE if other and not release.in_place else release.words
    return replace(release, file=now.value, assessments=tuple(assessed), words=words)

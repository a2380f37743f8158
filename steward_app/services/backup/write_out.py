"""Bringing a copy out of a restore point into a new file: what proving, restoring and drills all do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from blake3 import blake3

from steward_app.db.copy import refuse_target
from steward_app.db.image import read_image
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.examine import compare, examine
from steward_app.services.backup.model import Examination
from steward_app.storage import staged


def write_out(
    copy: Path,
    expected: Examination | None,
    target: Path,
    context: Context,
    *,
    before_it_is_there: Callable[[Path], bool] | None = None,
    known: Callable[[str], None] = lambda file_hash: None,
) -> Examination:
    """Copy a point's file to a new file, byte for byte, and read there again all that is known of the point.

    The new file gets its name only when everything in it was found to be as it must be: it appears whole or not at all.

    Args:
        expected: what was found in the copy when it was made; None for a point that nobody looked into.
        target: a path where nothing is; its folder exists.
        before_it_is_there: called with the compared file under its temporary name; it may change it (take out what was
            erased since) and says whether it did.
        known: told the hash of the file just before it gets its name.

    Returns what is in the new file.

    Raises:
        Refused: something is at `target` already.
        Failure: the copy is gone, is not as it was made (VERIFY_FAILED), or the disk is full.
        Cancelled: nothing was left behind.
    """
    refuse_target(target, copy)
    if not copy.exists():
        raise Failure(
            ErrorCode.NOT_FOUND,
            f"The copy of the restore point {copy.stem} is not there: {copy}",
            hint="Nothing was restored. Bring the file back to this place, or choose another restore point.",
        )
    digest = blake3()
    with staged(target, private=True) as new:
        for chunk in read_image(copy, context):
            digest.update(chunk)
            new.write(chunk)
        if expected is not None and digest.hexdigest() != expected.file_hash:
            raise _wrong(copy, "its bytes have changed since it was made")
        found = examine(new.temporary, context)
        if found.file_hash != digest.hexdigest():
            raise _wrong(copy, "the disk did not give back what was written to it")
        wrong = [check.title for check in compare(expected or found, found) if not check.passed]
        if wrong:
            raise _wrong(copy, f"this is not so: {'; '.join(wrong)}")
        if before_it_is_there is not None and before_it_is_there(new.let_go()):
            found = _changed(copy, found, examine(new.temporary, context))
        context.checkpoint()
        known(found.file_hash)
        new.finish(overwrite=False)
    return found


def _changed(copy: Path, before: Examination, now: Examination) -> Examination:
    """What is in a file that was changed on purpose; it must hold together as it did."""
    same = (before.schema_hash, before.integrity, before.unchecked)
    if (now.schema_hash, now.integrity, now.unchecked) != same:
        raise _wrong(copy, "without what was erased since, it does not hold together as it did")
    return now


def _wrong(copy: Path, why: str) -> Failure:
    return Failure(
        ErrorCode.VERIFY_FAILED,
        f"The restore point {copy.stem} cannot be restored: {why}.",
        hint="Nothing was restored. Choose another restore point.",
    )

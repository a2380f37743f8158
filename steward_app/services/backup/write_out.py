"""Bringing a copy out of a restore point into a new file: what proving, restoring and drills all do."""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3

from steward_app.db.copy import refuse_target
from steward_app.db.image import image_hash, read_image
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.storage import staged


def write_out(copy: Path, file_hash: str, target: Path, context: Context) -> str:
    """Copy a point's file to a new file, byte for byte; the BLAKE3 of both.

    The new file is read again before it gets its name, and appears whole or not at all.

    Args:
        file_hash: what the copy's bytes must hash to; "" for a point that nobody has looked into.
        target: a path where nothing is; its folder exists.

    Raises:
        Refused: something is at `target` already.
        Failure: the copy is gone or not as it was made (VERIFY_FAILED), disk full.
        Cancelled: nothing was left behind.
    """
    refuse_target(target, copy)
    digest = blake3()
    with staged(target, private=True) as new:
        for chunk in read_image(copy, context):
            digest.update(chunk)
            new.write(chunk)
        read = digest.hexdigest()
        if file_hash and read != file_hash:
            raise Failure(
                ErrorCode.VERIFY_FAILED,
                f"The restore point {copy.stem} is no longer as it was made: its bytes have changed.",
                hint="Nothing was restored. Choose another restore point.",
            )
        if image_hash(new.temporary, context) != read:
            raise Failure(
                ErrorCode.VERIFY_FAILED,
                "The disk did not give back what was written to it.",
                hint="Nothing was restored. Check the disk, then try again or restore to another one.",
            )
        context.checkpoint()
        new.finish(overwrite=False)
    return read

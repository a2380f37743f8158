"""Bringing the image of a point out into a new file: what proving, restoring, exporting and drills all do.

Wherever a point lies, the way is the same: its image is written under a temporary name, read back and compared with all
that is known of the point, what was erased since is taken out, and only then the file gets its name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from enum import IntEnum
from pathlib import Path

from blake3 import blake3

from steward_app.db.copy import refuse_target
from steward_app.db.image import read_image
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.examine import compare, examine
from steward_app.services.backup.model import Examination
from steward_app.storage import Staged, staged


class Reworked(IntEnum):
    """What was done to an image before it got its name."""

    NOTHING = 0
    ROWS = 1  # rows were taken out
    OBJECTS = 2  # tables of ours were taken out, too: the schema is another one


class Source(ABC):
    """A point whose image can be brought out.

    Attributes:
        id: of the point.
        expected: what was found in it when it was made; None for a point that nobody looked into.
        read: `expected`, where this is what was read from the point itself just now.
    """

    id: str
    expected: Examination | None
    read: Examination | None = None

    @abstractmethod
    def fill(self, new: Staged, context: Context) -> None:
        """Write the image. Raises `Failure` where it is not as it was made."""

    @abstractmethod
    def wrong(self, file: Path, found: Examination, context: Context) -> Iterator[str]:
        """What is not as it must be in what was written and read back, in words. `wrong_point` makes an error of it."""

    def refuse(self, target: Path) -> None:
        """Raise `Refused` where no file can be made."""
        refuse_target(target, target)

    def wrong_point(self, why: str) -> Failure:
        """The error of a point that cannot be brought out."""
        return Failure(
            ErrorCode.VERIFY_FAILED,
            f"The restore point {self.id} cannot be restored: {why}.",
            hint="Nothing was restored. Choose another restore point.",
        )


class WholeFile(Source):
    """A whole-file point: a SQLite file on this computer."""

    def __init__(self, copy: Path, expected: Examination | None, *, just_read: bool = False) -> None:
        self.id = copy.stem
        self.expected = expected
        self.read = expected if just_read else None
        self._copy = copy
        self._hash = ""

    def fill(self, new: Staged, context: Context) -> None:
        if not self._copy.exists():
            raise Failure(
                ErrorCode.NOT_FOUND,
                f"The copy of the restore point {self.id} is not there: {self._copy}",
                hint="Nothing was restored. Bring the file back to this place, or choose another restore point.",
            )
        digest = blake3()
        for chunk in read_image(self._copy, context):
            digest.update(chunk)
            new.write(chunk)
        self._hash = digest.hexdigest()
        if self.expected is not None and self._hash != self.expected.file_hash:
            raise self.wrong_point("its bytes have changed since it was made")

    def wrong(self, file: Path, found: Examination, context: Context) -> Iterator[str]:
        if found.file_hash != self._hash:
            yield "the disk did not give back what was written to it"
        for check in compare(self.expected or found, found):
            if not check.passed:
                yield f"this is not so: {check.title}"


def bring_out(
    source: Source,
    target: Path,
    context: Context,
    *,
    before_it_is_there: Callable[[Path], Reworked] | None = None,
    known: Callable[[str], None] = lambda file_hash: None,
) -> Examination:
    """Bring the image of a point out to a new file, and read there again all that is known of the point.

    The new file gets its name only when everything in it was found to be as it must be: it appears whole or not at all.

    Args:
        target: a path where nothing is; its folder exists.
        before_it_is_there: called with the compared file under its temporary name; it may change it (take out what was
            erased since) and says what it did.
        known: told the hash of the file just before it gets its name.

    Returns what is in the new file.

    Raises:
        Refused: something is at `target` already.
        Failure: the point is gone, is not as it was made (VERIFY_FAILED, DAMAGED), or the disk is full.
        Cancelled: nothing was left behind.
    """
    source.refuse(target)
    with staged(target, private=True) as new:
        source.fill(new, context)
        file = new.let_go()
        found = examine(file, context, read=source.read)
        wrong = "; ".join(source.wrong(file, found, context))
        if wrong:
            raise source.wrong_point(wrong)
        if before_it_is_there is not None and (reworked := before_it_is_there(file)):
            found = _changed(source, found, examine(file, context), reworked)
        context.checkpoint()
        known(found.file_hash)
        new.finish(overwrite=False)
    return found


def write_out(
    copy: Path, expected: Examination | None, target: Path, context: Context, *, just_read: bool = False
) -> Examination:
    """`bring_out` of a whole-file point, by the path of its copy.

    Args:
        just_read: what is expected was found in that copy just now.
    """
    return bring_out(WholeFile(copy, expected, just_read=just_read), target, context)


def _changed(source: Source, before: Examination, now: Examination, reworked: Reworked) -> Examination:
    """What is in a file that was changed on purpose; it must hold together as it did, or better."""
    same = before.unchecked == now.unchecked
    same = same and (before.schema_hash == now.schema_hash or reworked is Reworked.OBJECTS)
    if not same or not set(now.integrity) <= set(before.integrity):
        raise source.wrong_point("without what was erased since, it does not hold together as it did")
    return now

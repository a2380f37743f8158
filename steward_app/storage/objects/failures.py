"""What a steward is told when a store fails, in the same words for every kind of store."""

from __future__ import annotations

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import plural, quoted, visible
from steward_app.storage.objects.model import Wanted

_UNTOUCHED = "What is stored already is untouched."


class Passing(Failure):
    """What may be gone the next moment: worth another try. `still` begins the sentence when it is not."""

    def __init__(self, code: ErrorCode, message: str, still: str) -> None:
        super().__init__(code, message, hint=f"{_UNTOUCHED} Try again; sending the same again does no harm.")
        self.still = still


class Cut(Passing):
    """The connection was lost, or the server went silent."""

    def __init__(self, where: str) -> None:
        line = f"The connection to {visible(where)} was cut"
        super().__init__(ErrorCode.OFFLINE, f"{line}, or the server went silent.", f"{line} or silent")


class ServerFailed(Passing):
    """The server answered that it cannot. `answer` is a code of the protocol."""

    def __init__(self, where: str, answer: str) -> None:
        line = f"The server of {visible(where)} failed"
        super().__init__(
            ErrorCode.IO_ERROR,
            f"{line} ({answer}).",
            f"{line} ({answer}; its disk may be full, or it may be busy)",
        )


class LoginRefused(Failure):
    """The server, or a key on this machine, did not open. `wanted` is what could be given to change that."""

    def __init__(self, message: str, hint: str, wanted: Wanted = Wanted.NOTHING) -> None:
        super().__init__(ErrorCode.LOGIN_REFUSED, message, hint=hint)
        self.wanted = wanted


def for_good(failure: Failure, tries: int) -> Failure:
    """What is said when every try failed, the last like this."""
    if not isinstance(failure, Passing):
        return failure
    hint = (
        f"{_UNTOUCHED} Check the network and the server, then try again; sending the same again does no harm."
    )
    return Failure(failure.code, f"{failure.still} {plural(tries, 'time')} in a row.", hint=hint)


def object_missing(where: str, name: str) -> Failure:
    return Failure(
        ErrorCode.NOT_FOUND,
        f"{quoted(name)} is not in the store at {visible(where)}.",
        hint=f"{_UNTOUCHED} Verify the store to see which points need it.",
    )


def folder_missing(where: str) -> Failure:
    return Failure(
        ErrorCode.STORE_MISSING,
        f"The folder of the store is not there: {visible(where)}",
        hint="Nothing was written anywhere else. Plug in the drive or connect the network folder, or check the name.",
    )


def not_a_folder(where: str) -> Failure:
    return Failure(
        ErrorCode.BAD_PATH,
        f"A store needs a folder, and this is a file: {visible(where)}",
        hint="Nothing was written. Choose a folder.",
    )


def folder_replaced(where: str) -> Failure:
    return Failure(
        ErrorCode.STORE_MISSING,
        f"Another folder now stands in the place of the store: {visible(where)}",
        hint="The drive may have been unplugged. Nothing was written to the other folder. Plug it in and try again.",
    )


def bucket_missing(host: str, bucket: str) -> Failure:
    return Failure(
        ErrorCode.STORE_MISSING,
        f"There is no bucket {quoted(bucket)} at {visible(host)}.",
        hint="Nothing was written. Check the name and the endpoint, or make the bucket with your provider.",
    )


def no_permission(where: str, name: str = "") -> Failure:
    what = f" for {quoted(name)}" if name else ""
    return Failure(
        ErrorCode.NO_PERMISSION,
        f"The store at {visible(where)} gave no permission{what}.",
        hint=f"{_UNTOUCHED} Ask whoever runs it for the right to list, read, write and delete there.",
    )


def full(where: str, name: str, *, sure: bool = True) -> Failure:
    """`sure` is False where the server refuses bytes and gives no reason."""
    why = "is full" if sure else "takes no more bytes; most likely its disk or your quota is full"
    return Failure(
        ErrorCode.DISK_FULL,
        f"The store at {visible(where)} {why}. {quoted(name)} was not stored.",
        hint=f"{_UNTOUCHED} Free some space there, or prune old points, then try again.",
    )


class StoreBroken(Failure):
    """The store reported an error, and not this computer."""


def broken(where: str, reason: str) -> Failure:
    """Something else that the disk or the server said. `reason` never comes from outside as it is."""
    return StoreBroken(
        ErrorCode.IO_ERROR,
        f"The store at {visible(where)} reported an error: {reason}.",
        hint=f"{_UNTOUCHED} Check the drive or the server, then try again.",
    )


def leads_out(where: str, folder: str) -> Failure:
    return Failure(
        ErrorCode.BLOCKED,
        f"The folder {quoted(folder)} in the store at {visible(where)} is a link to another place.",
        hint=f"Nothing was written there. {_UNTOUCHED} Put the folder itself in the place of the link.",
    )


class TooLarge(Failure):
    """There is more of an object than was ever written."""


def too_large(where: str, name: str) -> Failure:
    return TooLarge(
        ErrorCode.DAMAGED,
        f"{quoted(name)} in the store at {visible(where)} is larger than anything this program writes there, and was "
        "not read to its end.",
        hint=f"{_UNTOUCHED} Verify the store to see which points need it.",
    )


def no_room(where: str, name: str) -> Failure:
    return Failure(
        ErrorCode.DISK_FULL,
        f"{quoted(name)} in the store at {visible(where)} is larger than the space that is free for it here.",
        hint=f"What came of it was removed. {_UNTOUCHED} Free some space, or verify the store first.",
    )


def not_as_sent(where: str, name: str) -> Failure:
    return Failure(
        ErrorCode.VERIFY_FAILED,
        f"{quoted(name)} came back from {visible(where)} other than it was sent.",
        hint="It does not count as stored; older points are untouched. Check the drive or the server, then try again.",
    )

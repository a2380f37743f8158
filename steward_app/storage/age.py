"""age, the format of what is encrypted here: any `age` program of the same format reads and writes it too.

A file is encrypted to the public keys of its recipients ("age1..."); any one of the private keys opens it. Or it is
encrypted with a passphrase. Neither a private key nor a passphrase is ever in an error, a log or a `repr`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final, Protocol, Self

from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.secret import Secret
from steward_app.storage import age_passphrase, age_x25519
from steward_app.storage.age_format import VERSION

START: Final = VERSION + b"\n"
_PRIVATE: Final = "AGE-SECRET-KEY-"
_FINGERPRINT_CHARACTERS: Final = 12
_PIECE_BYTES: Final = 1 << 20
# Letters that no key can hold after its "1", and what a reader of print took for them.
_MISREAD: Final = str.maketrans({"O": "0", "I": "L", "1": "L", "B": "8"})


class Identity:
    """A private key of age (X25519) and the public key that belongs to it."""

    __slots__ = ("_secret", "public_key")

    def __init__(self, secret: Secret) -> None:
        """Raises `UsageError` when the text is no private key, or has a typing error in it."""
        import pyrage

        try:
            key = pyrage.x25519.Identity.from_str(secret.reveal())
        except (pyrage.IdentityError, UnicodeEncodeError):
            raise UsageError(
                ErrorCode.BAD_KEY,
                "The key cannot be right: one character or more is wrong or missing.",
                hint="A private key begins with AGE-SECRET-KEY-1 and has 74 characters. Compare it with the sheet.",
            ) from None
        self._secret = secret
        self.public_key: str = str(key.to_public())

    @classmethod
    def generate(cls) -> Self:
        """A new one, from the operating system's randomness."""
        import pyrage

        return cls(Secret(str(pyrage.x25519.Identity.generate())))

    @classmethod
    def read(cls, text: Secret) -> Self:
        """The private key in a text: a key file of age, or what was typed or scanned from a recovery sheet.

        Lines that begin with "#", spaces, dashes and small letters do no harm, nor do the letters O, I and B and the
        digit 1 in the places of the 0, L and 8 they were taken for: no key has them there. Any other slip is noticed,
        since a key ends in a checksum of its own. Raises `UsageError`.
        """
        lines = [line for line in text.reveal().splitlines() if not line.lstrip().startswith("#")]
        compact = re.sub(
            r"[\s\u2010-\u2015\u2212-]", "", unicodedata.normalize("NFKC", "".join(lines))
        ).upper()
        start = _PRIVATE.replace("-", "") + "1"
        if compact.startswith(start):
            compact = f"{_PRIVATE}1{compact.removeprefix(start).translate(_MISREAD)}"
        return cls(Secret(compact))

    def reveal(self) -> Secret:
        """The private key, "AGE-SECRET-KEY-1...": to be kept among the secrets or printed, nowhere else."""
        return self._secret

    @property
    def fingerprint(self) -> str:
        """What tells this key from another, safe to show."""
        return fingerprint(self.public_key)

    def __repr__(self) -> str:
        return f"Identity({self.fingerprint})"


class Readable(Protocol):
    """Where a stream comes from."""

    def read(self, size: int, /) -> bytes: ...


def fingerprint(public_key: str) -> str:
    """The first characters of a public key, to tell one from another: "age1qz3k7w2x"."""
    return public_key[:_FINGERPRINT_CHARACTERS]


def check_public_key(text: str) -> str:
    """A public key as it is written. Raises `UsageError` when it is none or has a typing error in it."""
    import pyrage

    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except (pyrage.RecipientError, UnicodeEncodeError):
        raise UsageError(
            ErrorCode.BAD_KEY,
            "The public key cannot be right: one character or more is wrong or missing.",
            hint="A public key begins with age1 and has 62 characters.",
        ) from None


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """Bytes as an age file that any of the recipients' private keys opens."""
    import pyrage

    return bytes(pyrage.encrypt(data, _public(recipients)))


def decrypt(data: bytes, identity: Identity, *, name: str) -> bytes:
    """What an age file holds.

    Args:
        name: of the file, for the error.

    Raises `Failure`: WRONG_KEY when it was encrypted to other keys, DAMAGED when its bytes are not as written.
    """
    import pyrage

    if (opened := age_x25519.opened(data, identity.reveal())) is not None:
        return opened
    try:
        return bytes(pyrage.decrypt(data, [_private(identity)]))
    except pyrage.DecryptError as error:
        raise _failure(str(error), name, f"the key {identity.fingerprint}") from None


def encrypt_with_passphrase(data: bytes, passphrase: Secret) -> bytes:
    """Bytes as an age file that the passphrase opens. Takes some tenths of a second, so that every guess does too.

    Raises `UsageError` for an empty passphrase.
    """
    if not passphrase:
        raise UsageError(
            ErrorCode.BAD_KEY, "The passphrase is empty.", hint="Nothing was encrypted. Give one."
        )
    return age_passphrase.seal(data, _typed(passphrase))


def decrypt_with_passphrase(data: bytes, passphrase: Secret, *, name: str) -> bytes:
    """What an age file holds that was encrypted with a passphrase. Raises `Failure` as `decrypt` does."""
    import pyrage

    try:
        if (opened := age_passphrase.unsealed(data, _typed(passphrase))) is not None:
            return opened
        return bytes(pyrage.passphrase.decrypt(data, _typed(passphrase)))
    except age_passphrase.WrongPassphrase:
        raise _failure("No matching keys", name, "the passphrase") from None
    except pyrage.DecryptError as error:
        raise _failure(str(error), name, "the passphrase") from None


def encrypt_stream(source: Readable, write: Callable[[bytes], object], recipients: Sequence[str]) -> None:
    """As `encrypt`, in pieces: memory stays the same whatever the size. What `source` and `write` raise comes out."""
    import pyrage

    source_end, target_end = _Source(source), _Target(write)
    try:
        pyrage.encrypt_io(source_end, target_end, _public(recipients))
        target_end.flush_rest()
    except (pyrage.EncryptError, OSError):
        raise (
            source_end.error
            or target_end.error
            or Failure(
                ErrorCode.IO_ERROR,
                "Encrypting stopped before its end.",
                hint="Nothing was kept of it. Try again.",
            )
        ) from None


def decrypt_stream(
    source: Readable, write: Callable[[bytes], object], identity: Identity, *, name: str
) -> None:
    """As `decrypt`, in pieces. What was written before an error counts for nothing. Raises as `decrypt` does."""
    import pyrage

    source_end, target_end = _Source(source), _Target(write)
    try:
        pyrage.decrypt_io(source_end, target_end, [_private(identity)])
        target_end.flush_rest()
    except (pyrage.DecryptError, OSError) as error:
        said = _failure(str(error), name, f"the key {identity.fingerprint}")
        raise source_end.error or target_end.error or said from None


class _Source:
    """Keeps what reading raised, which pyrage turns into words."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.error: BaseException | None = None

    def read(self, size: int = _PIECE_BYTES) -> bytes:
        try:
            return self._source.read(size)
        except BaseException as error:
            self.error = error
            raise


class _Target:
    """Gathers small pieces into large ones, and keeps what writing raised."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._rest = bytearray()
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        self._rest += data
        if len(self._rest) >= _PIECE_BYTES:
            self.flush_rest()
        return len(data)

    def flush(self) -> None:
        """pyrage asks for it after every piece; the pieces go on when they are worth it."""

    def flush_rest(self) -> None:
        try:
            self._write(bytes(self._rest))
        except BaseException as error:
            self.error = error
            raise
        self._rest.clear()


def _public(recipients: Sequence[str]) -> list[object]:
    import pyrage

    if not recipients:
        raise ValueError("nobody could open what is encrypted to nobody")
    return [pyrage.x25519.Recipient.from_str(each) for each in recipients]


def _private(identity: Identity) -> object:
    import pyrage

    return pyrage.x25519.Identity.from_str(identity.reveal().reveal())


def _typed(passphrase: Secret) -> str:
    """What a terminal could not decode reaches us as half surrogate pairs, which are no text."""
    return passphrase.reveal().encode("utf-8", "replace").decode("utf-8")


def _failure(said: str, name: str, key: str) -> Failure:
    """pyrage tells its errors apart by their words only."""
    if "No matching keys" in said or said == "Decryption failed":
        return Failure(
            ErrorCode.WRONG_KEY,
            f"“{name}” is not opened by {key}.",
            hint="It is unchanged. Give another one.",
        )
    if "work" in said.lower():
        return Failure(
            ErrorCode.TOO_LARGE,
            f"“{name}” was encrypted on a much faster computer, and this one would need too long to open it.",
            hint="It is unchanged. Open it on a faster computer, or use a recovery key.",
        )
    return Failure(
        ErrorCode.DAMAGED,
        f"“{name}” cannot be decrypted: its bytes are not as they were written.",
        hint="Nothing was changed. Use another copy of it.",
    )

"""That the key file got a passphrase is said at the terminal: who loses the passphrase loses what is in the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from steward_app.cli.outcome import tell

_VARIABLE = "STEWARD_PASSPHRASE_FILE"


@contextmanager
def telling_of_a_passphrase() -> Iterator[None]:
    """Run a command, and say when it encrypted a key file that had been plain text."""
    if not os.environ.get(_VARIABLE):  # which is all it costs nearly always
        yield
        return
    from steward_app.storage.secrets import Place, secrets_state

    before = secrets_state()
    try:
        yield
    finally:
        now = secrets_state()
        plain = before.place is Place.KEY_FILE and before.in_use and not before.protected
        if plain and now.in_use and now.protected:
            tell(
                f"The key file is encrypted from now on, since {_VARIABLE} names a passphrase: {now.where}",
                "Without that passphrase nothing opens it. “steward keys passphrase --none” takes it away again.",
            )

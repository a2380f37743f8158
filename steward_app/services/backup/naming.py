"""The naming key in an encrypted store: without it a new computer cannot open the store, so it is mended at once."""

from __future__ import annotations

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.progress import Context
from steward_app.services.backup.connect import Opened
from steward_app.services.backup.store.keys import (
    MOST_BYTES,
    NAMING_OBJECT,
    naming_key_is_sound,
    seal_naming_key,
)


def mend_naming_key(found: Opened, context: Context) -> str:
    """Write the naming key anew where it is gone or damaged; a sentence when it was, else "".

    Without the private key nobody can look into it, so it is written anew then, and nothing is said. What is written
    is what opened this store: the seal of its description was made with it.
    """
    store = found.store
    if not store.encrypted or store.naming_key is None:
        return ""
    data = _there(found, context)
    if data is not None and found.identity and naming_key_is_sound(data, store.naming_key, found.identity):
        return ""
    sealed = seal_naming_key(store.naming_key, store.descriptor.of_the_naming_key)
    store.objects.put(NAMING_OBJECT, sealed, context)
    if data is None:
        return "The naming key was not in the store any more. It was written anew"
    return "The naming key in the store was damaged. It was written anew" if found.identity else ""


def _there(found: Opened, context: Context) -> bytes | None:
    try:
        return found.store.objects.get(NAMING_OBJECT, context, most_bytes=MOST_BYTES)
    except Failure as error:
        if error.code not in (ErrorCode.NOT_FOUND, ErrorCode.DAMAGED):
            raise
        return None

"""Names of persons as links and names of files have them (`written_names`), as bytes that are looked for."""

from __future__ import annotations

from steward_app.kernel.values import SqlValue
from steward_app.services.privacy import written_names
from steward_app.services.privacy.residue.forms import LONGEST, Form, encoded


def in_links(value: SqlValue, *, wide: bool) -> dict[bytes, Form]:
    """The strings of a name; none of what is no whole name.

    Args:
        wide: the texts of the file are UTF-16; they are looked for in its own encoding alone, since there are many.
    """
    texts = written_names.in_links(value) if isinstance(value, str) else ()
    if wide:
        return {raw: Form.TEXT for text in texts for raw in [*encoded(text)][1:] if len(raw) <= LONGEST}
    return {raw: Form.TEXT for text in texts if len(raw := text.encode()) <= LONGEST}

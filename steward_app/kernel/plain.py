"""Values as JSON can say them, with nothing lost: for documents, kept plans and the ids of rows.

Bytes become {"base64": "..."}, infinities {"real": "Infinity"} or {"real": "-Infinity"}, and a path that is none "".
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from steward_app.kernel import clock


def plain(value: Any) -> Any:
    """A value, or a whole document, in words of JSON. Raises TypeError for what has no place in one."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"real": "Infinity" if value > 0 else "-Infinity"}
        case bytes():
            return {"base64": base64.b64encode(value).decode("ascii")}
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case datetime():
            return clock.to_text(value)
        case Path():
            return str(value) if value != Path() else ""
        case Iterable():
            return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no place in a JSON document")


def from_plain(fields: dict[str, Any]) -> Any:
    """The way back, as the `object_hook` of `json.loads`. Raises ValueError for bytes that are none."""
    match fields:
        case {"base64": str(text), **rest} if not rest:
            return base64.b64decode(text, validate=True)
        case {"real": "Infinity" | "-Infinity" as text, **rest} if not rest:
            return float(text)
    return fields

"""Values as JSON can say them, with nothing lost: for documents, kept plans and the ids of rows.

Bytes become {"base64": "..."}, infinities {"real": "Infinity"} or {"real": "-Infinity"}, and a path that is none "".
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward_app.kernel import clock

if TYPE_CHECKING:
    from pydantic import TypeAdapter


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


@cache
def adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """What makes checked values of a kind from documents. Kept, since making it takes longer than many documents do."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def from_plain(fields: dict[str, Any]) -> Any:
    """The way back, as the `object_hook` of `json.loads`. Raises ValueError for bytes that are none."""
    match fields:
        case {"base64": str(text), **rest} if not rest:
            return base64.b64decode(text, validate=True)
        case {"real": "Infinity" | "-Infinity" as text, **rest} if not rest:
            return float(text)
    return fields

"""The rules by which two forms are compared, each with its names and sentences for both directions.

One comparison finds them all: what a reader's schema refuses and a writer's allows. Where the reader is the newer one,
something was narrowed since; where it is the older one, something was widened.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

_EARLIER = "rows from before may not fit"
_LATER = "programs of the form before do not expect it"


class _Words(NamedTuple):
    backward: str
    forward: str
    narrowed: str
    widened: str


class Rule(Enum):
    """What differs. The sentences are about `what`, and hold `more`."""

    PROPERTY = _Words(
        "property_removed",
        "property_added",
        "{what} is gone, and rows from before may hold it",
        "{what} is new, and programs of the form before do not know it",
    )
    REQUIRED = _Words(
        "required_added",
        "required_removed",
        "{what} must be given now, and rows from before may lack it",
        "{what} need not be given any more, and programs of the form before rely on it",
    )
    NULL = _Words(
        "null_forbidden",
        "null_allowed",
        f"{{what}} takes no NULL any more, and {_EARLIER}",
        f"{{what}} may be NULL now, and {_LATER}",
    )
    TYPE = _Words(
        "type_narrowed",
        "type_widened",
        f"{{what}} takes no {{more}} any more, and {_EARLIER}",
        f"{{what}} may hold {{more}} now, and {_LATER}",
    )
    VALUES = _Words(
        "values_removed",
        "values_added",
        f"{{what}} does not take {{more}} any more, and {_EARLIER}",
        f"{{what}} takes {{more}} now, and {_LATER}",
    )
    BOUND = _Words(
        "bound_tightened",
        "bound_loosened",
        f"{{what}} is held to {{more}} now, and {_EARLIER}",
        f"{{what}} is not held to {{more}} any more, and {_LATER}",
    )
    CONSTRAINT = _Words(
        "constraint_added",
        "constraint_removed",
        f"{{what}} must meet {{more}} now, and {_EARLIER}",
        f"{{what}} need not meet {{more}} any more, and {_LATER}",
    )
    CLOSED = _Words(
        "model_closed",
        "model_opened",
        f"{{what}} takes no further properties any more, and {_EARLIER}",
        f"{{what}} takes further properties now, and {_LATER}",
    )
    TYPED = _Words(
        "property_typed",
        "property_untyped",
        f"{{what}} could hold anything before and is restricted now, and {_EARLIER}",
        f"{{what}} is not restricted any more, and {_LATER}",
    )
    READ_ONLY = _Words(
        "read_only_added",
        "read_only_removed",
        "{what} is computed now, and rows from before give it a value of their own",
        "{what} is not computed any more, and programs of the form before rely on its rule",
    )
    STRICT = _Words(
        "strict_added",
        "strict_removed",
        f"{{what}} is STRICT now, and {_EARLIER} its types",
        f"{{what}} is not STRICT any more and may hold values of other types, and {_LATER}",
    )
    CHECK = _Words(
        "check_added",
        "check_removed",
        f"{{what}} must meet {{more}} now, and {_EARLIER}",
        f"{{what}} need not meet {{more}} any more, and {_LATER}",
    )
    UNIQUE = _Words(
        "unique_added",
        "unique_removed",
        f"{{what}} may hold each {{more}} only once now, and {_EARLIER}",
        f"{{what}} may hold the same {{more}} more than once now, and {_LATER}",
    )
    REFERENCE = _Words(
        "reference_added",
        "reference_removed",
        f"{{what}} must meet {{more}} now, and {_EARLIER}",
        f"{{what}} need not meet {{more}} any more, and {_LATER}",
    )
    TEXT = _Words(
        "text_changed",
        "text_changed",
        f"{{what}} is written in a way that cannot be read, and otherwise than before; {_EARLIER}",
        "{what} is written in a way that cannot be read, and otherwise than before; rows to come may not fit the form"
        " before",
    )
    TABLE = _Words(
        "table_removed",
        "table_removed",
        "{what} is gone, and rows from before have no place",
        "{what} is gone, and programs of the form before look for it",
    )

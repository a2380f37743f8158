"""Bringing back a whole file, in place or as a new one, a table, or rows, from an earlier state."""

from steward_app.services.restore.at_moment import AtMoment, point_at
from steward_app.services.restore.bring_back import (
    bring,
    keys_where,
    outlook,
    plan_bring,
    rehearse_bring,
    undoable,
)
from steward_app.services.restore.bring_model import (
    Answer,
    Branch,
    BringRequest,
    Choice,
    Conflict,
    ConflictKind,
    Extent,
    Outlook,
)
from steward_app.services.restore.compare import (
    Difference,
    Kind,
    TableDifference,
    compare,
)
from steward_app.services.restore.difference_rows import (
    DifferencePage,
    RowDifference,
    count_differing,
    difference_page,
)
from steward_app.services.restore.drill import drill
from steward_app.services.restore.drill_stores import Drilled, StoreDrilled, drill_stores
from steward_app.services.restore.erased import kept_out
from steward_app.services.restore.export import ExportPoint
from steward_app.services.restore.find import find_in_points
from steward_app.services.restore.find_model import FoundInPoints, RowQuestion, RowState, ValueQuestion
from steward_app.services.restore.in_place import RestoreInPlace
from steward_app.services.restore.model import RestoreRequest
from steward_app.services.restore.new_file import RestoreToNewFile
from steward_app.services.restore.point_image import PointImage, point_image, usable_point
from steward_app.services.restore.restore import (
    OPERATIONS,
    plan_export,
    plan_restore,
    plan_restore_from_store,
    rehearse,
    restore,
    settle,
)
from steward_app.services.restore.revert import Revert
from steward_app.services.restore.shelf import image_of
from steward_app.services.restore.tend import Due, Tended, due, tend, watch

__all__ = [
    "OPERATIONS",
    "Answer",
    "AtMoment",
    "Branch",
    "BringRequest",
    "Choice",
    "Conflict",
    "ConflictKind",
    "Difference",
    "DifferencePage",
    "Drilled",
    "Due",
    "ExportPoint",
    "Extent",
    "FoundInPoints",
    "Kind",
    "Outlook",
    "PointImage",
    "RestoreInPlace",
    "RestoreRequest",
    "RestoreToNewFile",
    "Revert",
    "RowDifference",
    "RowQuestion",
    "RowState",
    "StoreDrilled",
    "TableDifference",
    "Tended",
    "ValueQuestion",
    "bring",
    "compare",
    "count_differing",
    "difference_page",
    "drill",
    "drill_stores",
    "due",
    "find_in_points",
    "image_of",
    "kept_out",
    "keys_where",
    "outlook",
    "plan_bring",
    "plan_export",
    "plan_restore",
    "plan_restore_from_store",
    "point_at",
    "point_image",
    "rehearse",
    "rehearse_bring",
    "restore",
    "settle",
    "tend",
    "undoable",
    "usable_point",
    "watch",
]

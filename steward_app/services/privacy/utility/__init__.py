"""What a copy for release is still good for."""

from steward_app.services.privacy.utility.measure import measure
from steward_app.services.privacy.utility.model import UtilityReport
from steward_app.services.privacy.utility.queries import SavedQuery, saved_queries

__all__ = ["SavedQuery", "UtilityReport", "measure", "saved_queries"]

"""The steward's own records, and the policy document beside the file."""

from steward_app.catalog.store import Catalog, Unit, open_catalog

__all__ = ["Catalog", "Unit", "open_catalog"]

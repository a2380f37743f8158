"""The steward's own records, and the policy document beside the file."""

from steward_app.catalog.store import Catalog, CatalogDamaged, Unit, open_catalog

__all__ = ["Catalog", "CatalogDamaged", "Unit", "open_catalog"]

"""Reports: pages that are read without the program. Everything from a file is escaped; nothing is fetched."""

from steward_app.services.report.html import render

__all__ = ["render"]

"""Reports: pages that are read without the program. Everything from a file is escaped; nothing is fetched."""

from steward_app.services.report.html import pieces, render
from steward_app.services.report.pdf import render_pdf

__all__ = ["pieces", "render", "render_pdf"]

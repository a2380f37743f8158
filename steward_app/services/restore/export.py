"""Exporting a restore point: a plain SQLite file for other uses, the way out of every store."""

from __future__ import annotations

from steward_app.services.restore.new_file import RestoreToNewFile


class ExportPoint(RestoreToNewFile):
    """Brings a restore point out as a file of its own, checked like a restored one and without who was erased since.

    It never takes the place of the database, even where that is gone.
    """

    name = "backup.export"
    verb = "Export"
    done = "Exported"
    takes_place = False

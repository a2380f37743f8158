"""Builders of real SQLite files for tests: `from builders import a_database`."""

from builders.database import DatabaseBuilder, a_database

__all__ = ["DatabaseBuilder", "a_database"]

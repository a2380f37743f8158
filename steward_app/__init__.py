"""Data Steward: custody of a local SQLite database. See docs/tour.md for the way through the house."""

__version__ = "0.1.0"

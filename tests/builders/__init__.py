"""What tests are made of: `from builders import a_database, steward`."""

from builders.commands import Ran, steward, steward_process
from builders.database import DatabaseBuilder, a_database

__all__ = ["DatabaseBuilder", "Ran", "a_database", "steward", "steward_process"]

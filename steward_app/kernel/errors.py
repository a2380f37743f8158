"""Everything that can go wrong and that a steward can act on.

    StewardError
    ├── UsageError   exit 2    the request itself is wrong
    ├── Refused      exit 3    needs confirmation, the plan is stale, a finding blocks it
    ├── Failure      exit 4    the world is in the way: locked, full, damaged, gone
    └── Cancelled    exit 130  stopped on request; nothing was changed

Any other exception is a bug of ours (exit 70). A message says what happened and to which file; the hint
says what is untouched and what to do next. Neither ever holds a value of a row.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Stable names for scripts (`error.code` in JSON) and for translation at the edge."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_OBJECT = "unknown_object"
    BAD_SQL = "bad_sql"
    BAD_POLICY = "bad_policy"
    BAD_MIGRATION = "bad_migration"
    BAD_KEY = "bad_key"

    NEEDS_CONFIRMATION = "needs_confirmation"
    STALE_PLAN = "stale_plan"
    BLOCKED = "blocked"
    READ_ONLY = "read_only"
    BUSY_ELSEWHERE = "busy_elsewhere"
    NOT_ALLOWED = "not_allowed"
    WHICH_DATABASE = "which_database"

    NOT_FOUND = "not_found"
    NOT_A_FILE = "not_a_file"
    NO_PERMISSION = "no_permission"
    BAD_PATH = "bad_path"
    NOT_A_DATABASE = "not_a_database"
    ENCRYPTED = "encrypted"
    NEEDS_KEY = "needs_key"
    WRONG_KEY = "wrong_key"
    NEWER_FORMAT = "newer_format"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    MALFORMED_SCHEMA = "malformed_schema"
    NAME_NOT_UTF8 = "name_not_utf8"
    HOT_JOURNAL = "hot_journal"
    WAL_NOT_READABLE = "wal_not_readable"
    LOCKED = "locked"
    FILE_REPLACED = "file_replaced"
    CHANGED_ON_DISK = "changed_on_disk"
    DISK_FULL = "disk_full"
    IO_ERROR = "io_error"
    MISSING_MODULE = "missing_module"
    CONSTRAINT = "constraint"
    TOO_LARGE = "too_large"
    VERIFY_FAILED = "verify_failed"

    STORE_MISSING = "store_missing"
    OFFLINE = "offline"
    LOGIN_REFUSED = "login_refused"
    UNKNOWN_HOST_KEY = "unknown_host_key"
    HOST_KEY_CHANGED = "host_key_changed"

    CANCELLED = "cancelled"
    INTERNAL = "internal"  # a fault of ours, where one must be shown as an error


class StewardError(Exception):
    """A failure a steward can act on.

    Args:
        code: stable name of the kind of failure.
        message: one sentence: what happened, and to which file or object.
        hint: what is untouched and what to do next; may be empty.
    """

    exit_code = 4

    def __init__(self, code: ErrorCode, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class UsageError(StewardError):
    """The request cannot be understood or names something that is not there."""

    exit_code = 2


class Refused(StewardError):
    """The request is understood and will not be done as things stand."""

    exit_code = 3


class Failure(StewardError):
    """The world is in the way: a lock, a full disk, a damaged file."""

    exit_code = 4


class Cancelled(StewardError):
    """Stopped on request. The file is as it was before."""

    exit_code = 130

    def __init__(self, message: str = "Stopped. Nothing was changed.") -> None:
        super().__init__(ErrorCode.CANCELLED, message)

"""The words every floor shares. No input or output, no SQLite, no Qt."""

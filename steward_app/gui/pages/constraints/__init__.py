"""The constraints: what the file promises, what SQLite enforces, which rows break it."""

"""What logs: the tables and triggers in the user's file, and reading the log without losing anything of it."""

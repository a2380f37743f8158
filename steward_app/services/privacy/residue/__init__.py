"""Original values that are left in a file or beside it."""

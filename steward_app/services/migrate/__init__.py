"""Change: the schema of a database, step by step, each tried on a copy of the real data before it touches the file."""

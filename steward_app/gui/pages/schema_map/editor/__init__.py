"""The schema editor: a table field by field, with the migration it becomes beside it."""

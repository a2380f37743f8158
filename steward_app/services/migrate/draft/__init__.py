"""A table as it is to be, field by field, as a schema editor holds it; and the edits that lead there."""

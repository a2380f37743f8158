"""A table as it is to be, as a schema editor holds it; the edits that lead there; and lists of changes of several."""

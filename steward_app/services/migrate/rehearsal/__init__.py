"""The report of a rehearsal: what migrations did to a copy of the real data.

model       the report; row_model what it says of rows
report      makes it, of a file before and a file after
"""

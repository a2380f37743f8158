"""What the steward decided about columns, and what follows from it.

decided     what the policy says: `classification`
decide      decisions, withdrawals, confirming what a scan proposes
carry       renames, with everything the policy says
responsible whom the record of processing names
undecided   what a release waits for, and what is to decide
drift       what came, went or was renamed since
handling    whether levels are handled as they ask for
check       all of it at once: `standing`
overlay     the marks on the schema map
register    the record of processing (Art. 30); `register_file` writes it
"""

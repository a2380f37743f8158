"""The data page: the rows of any table, a query of one's own, and a value found wherever it stands."""

"""Setting up the audit: which tables and columns, what it costs, and how it stands."""

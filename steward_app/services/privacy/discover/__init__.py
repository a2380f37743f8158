"""Which columns are personal, and why we think so."""

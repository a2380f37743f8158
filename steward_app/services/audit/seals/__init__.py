"""What proves: hashes, seals, their chain and receipts, verifying, and comparing the rows with the log."""

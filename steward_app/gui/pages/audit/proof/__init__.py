"""What the audit proves: seals, receipts, and whether log and tables are as they were sealed."""

"""Looking back: history, tables and rows as they were, two times compared, the recycle bin."""

"""What the steward decided about columns, and what follows from it."""

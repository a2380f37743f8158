"""The personal data page: which columns say something about a person, and what the steward decided."""

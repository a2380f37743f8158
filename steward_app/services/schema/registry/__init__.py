"""Table schemas as versions of JSON Schema, and what is promised of the versions to come."""

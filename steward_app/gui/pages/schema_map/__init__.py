"""The schema map: how the tables hang together, drawn to be moved, searched and read."""

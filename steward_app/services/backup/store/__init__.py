"""Stores of restore points: pages of a database, hashed, grouped, packed and sealed."""

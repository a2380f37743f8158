"""Migrations: what is applied, what waits, what a rehearsal of it showed, and the way to apply it or take it back."""

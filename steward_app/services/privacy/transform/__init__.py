"""Techniques: what becomes of the values of one column."""

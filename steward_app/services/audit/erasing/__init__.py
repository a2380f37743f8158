"""Erasing inside the log without breaking its chain."""

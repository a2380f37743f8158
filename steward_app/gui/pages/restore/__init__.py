"""Restoring: a point is chosen, a plan is read, and the file is back, in its place or as a new one."""

"""Putting tables under audit and keeping them there: install, arm again, remove, status, alarm, own seals."""

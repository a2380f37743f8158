"""Retention: the oldest sealed changes leave for an archive of their own."""

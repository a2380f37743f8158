"""Attacks on a copy for release, carried out."""

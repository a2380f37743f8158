"""Copies for release, and anonymizing in place."""

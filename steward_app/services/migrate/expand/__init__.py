"""Expand and contract: a column gets another name, type or shape while old and new programs go on side by side."""

"""The overview: how the open file is doing, and what needs attention."""

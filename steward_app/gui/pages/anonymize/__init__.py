"""Make a copy for release, and see how far anybody could turn it back."""

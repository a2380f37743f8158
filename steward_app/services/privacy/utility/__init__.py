"""What a copy for release is still good for."""

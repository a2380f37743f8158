"""Who changed which cell, when, what it was before, and the way back."""

"""The group that the verbs of `steward audit` belong to."""

from steward_app.cli.frame import group

app = group("Who changed which cell, when; what it was before; and the way back.")

"""The group that the verbs of `steward migrate` belong to."""

from steward_app.cli.frame import group

app = group("Change the schema step by step, each tried first on a copy of the real data.")

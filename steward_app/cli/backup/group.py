"""The group that the verbs of `steward backup` belong to."""

from steward_app.cli.frame import group

app = group("Restore points: copies of the database that are checked and proven.")

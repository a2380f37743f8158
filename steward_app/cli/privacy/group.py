"""The group that the verbs of `steward privacy` belong to."""

from steward_app.cli.frame import group

app = group(
    "Find personal data, classify it, make a copy for release and measure how far it could be turned back."
)

"""An open file: its identity, its read-only switch, its sessions, what is kept about it, and what changes in it."""

from steward_app.services.document.document import Document, open_document
from steward_app.services.document.model import Change, ChangeKind, Identity

__all__ = ["Change", "ChangeKind", "Document", "Identity", "open_document"]

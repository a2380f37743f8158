"""Taking back what was done: the one list of operations that can be undone, and the way to do it for every caller."""

from steward_app.services.undo.operations import undoable
from steward_app.services.undo.undo import Offer, carry_out, offers, plan_undo, rehearse_undo, undo

__all__ = ["Offer", "carry_out", "offers", "plan_undo", "rehearse_undo", "undo", "undoable"]

"""Servers that are not known yet: the steward compares the key they show, and accepts it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication

from steward_app.gui.widgets.buttons import Button
from steward_app.kernel.errors import ErrorCode, StewardError
from steward_app.kernel.progress import Context
from steward_app.storage.objects import HostKey, accept_host_key, host_key

STRANGERS = (ErrorCode.UNKNOWN_HOST_KEY, ErrorCode.HOST_KEY_CHANGED)


def accept_button(
    run: Callable[..., Any],
    url: str,
    error: StewardError,
    again: Callable[[], None],
    wrong: Callable[[StewardError], None],
) -> tuple[Button, ...]:
    """A button that trusts the server if it still shows the key that the error tells; () for another error.

    Args:
        run: of the page or the dialog.
        again: called when the key was accepted, or is another one now, which is said anew then.
        wrong: told what was in the way.
    """
    if error.code not in STRANGERS or not url:
        return ()

    def work(context: Context) -> bool:
        shown: HostKey = host_key(url, context)
        if shown.fingerprint not in error.message:
            return False
        accept_host_key(shown)
        return True

    def accept() -> None:
        run(_tr("Accepting the key of the server"), work, lambda _: again(), on_failure=wrong)

    return (Button(_tr("Accept this key"), accept, small=True),)


def _tr(text: str) -> str:
    return QCoreApplication.translate("backups", text)

"""PDF from typst templates in resources/templates. What a template shows reaches it as data, never as markup."""

from __future__ import annotations

import json

from steward_app import __version__
from steward_app.kernel import clock
from steward_app.kernel.plan import Json
from steward_app.storage.shipped import resource


def render_pdf(template: str, values: dict[str, Json]) -> bytes:
    """A PDF that needs nothing else: its fonts and pictures are in it.

    Ours are used for what they can write, the computer's own for names in other scripts.

    Args:
        template: name of a file in resources/templates. It reads `values` from `data` of `base.typ`, with `made_at` and
            `version` beside them; pictures are SVG texts among them.
        values: what the template shows; names from a file go through `kernel.text.visible` first.
    """
    import typst

    templates = resource("templates")
    data = {**values, "made_at": clock.to_text(clock.now()), "version": __version__}
    return typst.compile(
        str(templates / template),
        root=str(templates),
        font_paths=[str(resource("fonts"))],
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
    )

"""The diagram as PNG or PDF, from its SVG."""

from __future__ import annotations

from typing import Literal

from steward_app.kernel.errors import ErrorCode, Failure

_LARGEST_SIDE_PIXELS = 16_000
_POINTS_PER_PIXEL = 0.75


def to_png(svg: str, width: float, height: float, *, scale: float = 2.0) -> bytes:
    """A PNG of an SVG of that size in pixels, `scale` times as large.

    Raises:
        Failure: when the picture would be too large to be opened by common programs.
    """
    if max(width, height) * scale > _LARGEST_SIDE_PIXELS:
        scale = _LARGEST_SIDE_PIXELS / max(width, height)
    if scale < 0.25:
        raise Failure(
            ErrorCode.TOO_LARGE,
            "The diagram is too large for one PNG picture.",
            hint="Choose fewer tables, or save it as SVG or PDF.",
        )
    return _compiled(svg, width, height, "png", ppi=72.0 * scale / _POINTS_PER_PIXEL)


def to_pdf(svg: str, width: float, height: float) -> bytes:
    """A PDF of one page that is as large as the picture; text stays text."""
    return _compiled(svg, width, height, "pdf", ppi=144.0)


def _compiled(svg: str, width: float, height: float, kind: Literal["png", "pdf"], *, ppi: float) -> bytes:
    import typst

    # the picture travels as data, never as markup
    source = (
        f"#set page(width: {width * _POINTS_PER_PIXEL:g}pt, height: {height * _POINTS_PER_PIXEL:g}pt, margin: 0pt)\n"
        '#image(bytes(sys.inputs.at("svg")), format: "svg", width: 100%)\n'
    )
    return typst.compile(source.encode(), format=kind, ppi=ppi, sys_inputs={"svg": svg})

"""The style sheet, made from the tokens. No colour and no length stands anywhere else.

Widgets choose by dynamic properties: `kind` (buttons, frames), `role` (type), `tone` (colour of text), `small`.
What a style sheet cannot draw (ticks, arrows, rings, arcs) the widgets paint themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from steward_app.gui.fonts import NAMES
from steward_app.gui.look import Look
from steward_app.gui.tokens import Tone


def stylesheet(look: Look) -> str:
    """The whole sheet for one look."""
    return "\n".join(part(look) for part in (_text, _buttons, _fields, _choices, _frames, _lists, _bars))


def _scaled(look: Look) -> Callable[[float], str]:
    return lambda length: f"{round(length * look.scale)}px"


def _inside(look: Look, height: float) -> str:
    """The height within borders of 1 px, which do not grow with the zoom."""
    return f"{round(height * look.scale) - 2}px"


def _text(look: Look) -> str:
    m, px = look.measures, _scaled(look)
    roles = {
        "body": (m.body, m.body_line, 400, 0.0),
        "caption": (m.caption, m.caption_line, 400, 0.0),
        "small": (m.small, m.small_line, 400, 0.0),
        "strong-small": (m.small, m.small_line, 500, 0.0),
        "strong": (m.body, m.body_line, 600, 0.0),
        "medium": (m.body, m.body_line, 500, 0.0),
        "heading": (m.heading, m.heading_line, 600, 0.0),
        "title": (m.title, m.title_line, 600, -0.2),
        "figure": (m.figure, m.figure_line, 600, -0.3),
        "question": (15, m.body_line, 600, 0.0),
    }
    mono = ", ".join(f'"{name}"' for name in NAMES)
    rules = [
        f'QLabel[role="{role}"] {{ font-size: {px(size)}; font-weight: {weight}; min-height: {px(line)}; '
        f"letter-spacing: {spacing * look.scale:.2f}px; }}"
        for role, (size, line, weight, spacing) in roles.items()
    ]
    rules += [
        f'QLabel[role="{role}"] {{ font-family: {mono}; font-size: {px(size)}; font-weight: {weight}; '
        f"min-height: {px(m.code_line)}; }}"
        for role, size, weight in (
            ("mono", m.code, 400),
            ("mono-strong", m.code, 600),
            ("mono-heading", m.heading, 600),
        )
    ]
    rules += [f'QLabel[tone="{tone}"] {{ color: {getattr(look.colours, tone)}; }}' for tone in Tone]
    return "\n".join(rules)


def _buttons(look: Look) -> str:
    c, m, px = look.colours, look.measures, _scaled(look)
    inner, inner_small = _inside(look, m.control_height), _inside(look, m.control_small)
    mono = ", ".join(f'"{name}"' for name in NAMES)
    return f"""
QPushButton {{ border: 1px solid {c.control}; border-radius: {px(m.radius_control)}; background: {c.base};
    color: {c.text}; font-size: {px(m.body)}; font-weight: 500; padding: 0 {px(11)};
    min-height: {inner}; max-height: {inner}; outline: 0; }}
QPushButton[kind="second"]:checked, QPushButton[kind="icon"]:checked {{ background: {c.accent_tint};
    border-color: {c.accent}; color: {c.accent}; }}
QPushButton:hover {{ background: {c.hover}; }}
QPushButton:pressed {{ background: {c.pressed}; }}
QPushButton:disabled {{ color: {c.control}; border-color: {c.hairline}; background: {c.window}; }}
QPushButton[small="true"] {{ min-height: {inner_small}; max-height: {inner_small};
    font-size: {px(m.small)}; padding: 0 {px(7)}; }}
QPushButton[kind="primary"] {{ background: {c.selection}; border-color: {c.selection}; color: {c.on_fill};
    font-weight: 600; }}
QPushButton[kind="primary"]:hover, QPushButton[kind="primary"]:pressed {{ background: {c.selection_hover};
    border-color: {c.selection_hover}; }}
QPushButton[kind="danger"] {{ background: {c.danger_fill}; border-color: {c.danger_fill}; color: {c.on_fill};
    font-weight: 600; }}
QPushButton[kind="danger"]:hover, QPushButton[kind="danger"]:pressed {{ border-color: {c.text}; }}
QPushButton[kind="primary"]:disabled, QPushButton[kind="danger"]:disabled {{ color: {c.control};
    border-color: {c.hairline}; background: {c.window}; }}
QPushButton[busy="true"]:disabled {{ color: {c.muted}; }}
QPushButton[kind="quiet"] {{ border-color: transparent; background: transparent; color: {c.accent};
    padding: 0 {px(7)}; }}
QPushButton[kind="quiet"]:hover {{ background: {c.hover}; }}
QPushButton[kind="quiet"]:pressed {{ background: {c.pressed}; }}
QPushButton[kind="quiet"]:disabled {{ color: {c.control}; background: transparent; }}
QPushButton[kind="link"] {{ border: 0; background: transparent; color: {c.accent}; padding: 0; font-weight: 400;
    min-height: {px(m.body_line)}; max-height: {px(m.body_line)}; text-align: left; }}
QPushButton[kind="link"][mono="true"] {{ font-family: {mono}; font-size: {px(m.code)}; }}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:disabled {{ color: {c.control}; }}
QPushButton[kind="icon"] {{ padding: 0; min-width: {inner}; max-width: {inner}; }}
QPushButton[kind="icon"][small="true"] {{ min-width: {inner_small}; max-width: {inner_small}; }}
QPushButton[kind="plain-icon"] {{ padding: 0; border-color: transparent; background: transparent;
    min-width: {inner}; max-width: {inner}; }}
QPushButton[kind="plain-icon"]:hover {{ background: {c.hover}; }}
QPushButton[kind="plain-icon"][small="true"] {{ min-width: {inner_small}; max-width: {inner_small}; }}
QPushButton[kind="row"] {{ border: 0; border-radius: 0; background: transparent; padding: 0;
    min-height: {px(m.row_list)}; max-height: {px(m.row_list)}; text-align: left; }}
QPushButton[kind="row"]:hover {{ background: {c.window}; }}
"""


def _fields(look: Look) -> str:
    c, m, px = look.colours, look.measures, _scaled(look)
    inner, inner_small = _inside(look, m.control_height), _inside(look, m.control_small)
    mono = ", ".join(f'"{name}"' for name in NAMES)
    return f"""
QLineEdit, QComboBox, QSpinBox, QDateEdit {{ border: 1px solid {c.control};
    border-radius: {px(m.radius_control)}; background: {c.base}; color: {c.text}; padding: 0 {px(7)};
    min-height: {inner}; max-height: {inner}; selection-background-color: {c.selection};
    selection-color: {c.on_fill}; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled {{ color: {c.control}; border-color: {c.hairline};
    background: {c.window}; }}
QLineEdit[small="true"], QComboBox[small="true"] {{ min-height: {inner_small};
    max-height: {inner_small}; font-size: {px(m.small)}; }}
QLineEdit[wrong="true"] {{ border-color: {c.danger}; }}
QPlainTextEdit[kind="field"] {{ border: 1px solid {c.control}; border-radius: {px(m.radius_control)};
    background: {c.base}; color: {c.text}; padding: {px(3)}; }}
QLineEdit[kind="filter"] {{ min-height: 0; max-height: {px(40)}; font-size: {px(m.small)};
    padding: 0 {px(5)}; border-radius: {px(m.radius_mark)}; }}
QLineEdit[kind="filter"][active="true"] {{ border-color: {c.accent}; color: {c.accent}; font-weight: 500; }}
QLineEdit[kind="filter"][wrong="true"] {{ border-color: {c.danger}; }}
QLineEdit[kind="bare"] {{ border: 0; background: transparent; padding: 0; }}
QLineEdit[kind="bare-large"] {{ border: 0; background: transparent; padding: 0; font-size: {px(15)}; }}
QLineEdit[mono="true"], QComboBox[mono="true"] {{ font-family: {mono}; font-size: {px(m.code)}; }}
QComboBox {{ padding-right: {px(24)}; }}
QComboBox:hover {{ background: {c.hover}; }}
QComboBox::drop-down {{ border: 0; width: {px(24)}; }}
QComboBox::down-arrow {{ image: none; width: 0; height: 0; }}
QComboBox QAbstractItemView {{ border: 1px solid {c.hairline}; background: {c.base}; color: {c.text};
    outline: 0; padding: {px(4)}; selection-background-color: {c.selection}; selection-color: {c.on_fill}; }}
QPlainTextEdit, QTextEdit {{ border: 1px solid {c.control}; border-radius: {px(m.radius_control)};
    background: {c.base}; color: {c.text}; selection-background-color: {c.selection};
    selection-color: {c.on_fill}; }}
QPlainTextEdit[kind="sql"] {{ border: 0; background: {c.window}; font-family: {mono};
    font-size: {px(m.code)}; padding: {px(4)} {px(8)}; }}
QPlainTextEdit[kind="editor"] {{ font-family: {mono}; font-size: {px(m.code)}; padding: {px(4)}; }}
"""


def _choices(look: Look) -> str:
    c, m, px = look.colours, look.measures, _scaled(look)
    return f"""
QCheckBox, QRadioButton {{ spacing: {px(8)}; color: {c.text}; min-height: {px(m.body_line)}; outline: 0; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {c.control}; }}
QCheckBox::indicator {{ width: {px(14)}; height: {px(14)}; border: 1px solid {c.control};
    border-radius: {px(m.radius_mark)}; background: {c.base}; }}
QCheckBox::indicator:checked, QCheckBox::indicator:indeterminate {{ background: {c.selection};
    border-color: {c.selection}; }}
QCheckBox::indicator:disabled {{ background: {c.window}; border-color: {c.hairline}; }}
QRadioButton::indicator {{ width: {px(14)}; height: {px(14)}; border: 1px solid {c.control};
    border-radius: {px(8)}; background: {c.base}; }}
QRadioButton::indicator:checked {{ width: {px(6)}; height: {px(6)}; border: {px(5)} solid {c.selection}; }}
QRadioButton::indicator:disabled {{ border-color: {c.hairline}; background: {c.window}; }}
QToolButton[kind="segment"] {{ border: 0; border-radius: {px(m.radius_control - 1)}; background: transparent;
    color: {c.text}; padding: 0 {px(12)}; font-size: {px(m.body)}; outline: 0; }}
QToolButton[kind="segment"]:hover {{ background: {c.hover}; }}
QToolButton[kind="segment"]:checked {{ background: {c.accent_tint}; color: {c.accent}; font-weight: 600; }}
QToolButton[kind="segment"]:disabled {{ color: {c.control}; }}
QToolButton[kind="tab"] {{ border: 0; border-bottom: {px(2)} solid transparent; border-radius: 0;
    background: transparent; color: {c.muted}; padding: {px(4)} 0; outline: 0; }}
QToolButton[kind="tab"]:hover {{ color: {c.text}; }}
QToolButton[kind="tab"]:checked {{ color: {c.text}; font-weight: 600; border-bottom-color: {c.accent}; }}
"""


def _frames(look: Look) -> str:
    c, m, px = look.colours, look.measures, _scaled(look)
    tints = "\n".join(
        f'QFrame[kind="banner"][tone="{tone}"] {{ background: {getattr(c, f"{tone}_tint")}; }}'
        for tone in (Tone.ACCENT, Tone.DANGER, Tone.WARNING, Tone.SUCCESS, Tone.PERSONAL)
    )
    return f"""
QWidget[kind="page"] {{ background: {c.base}; }}
QFrame[kind="header"] {{ background: {c.window}; border: 0; border-bottom: 1px solid {c.hairline}; }}
QFrame[kind="strip"] {{ background: {c.window}; border: 0; border-top: 1px solid {c.hairline}; }}
QFrame[kind="sidebar"] {{ background: {c.window}; border: 0; border-right: 1px solid {c.hairline}; }}
QFrame[kind="card"] {{ background: {c.base}; border: 1px solid {c.hairline};
    border-radius: {px(m.radius_surface)}; }}
QFrame[kind="card-foot"] {{ background: {c.window}; border: 0; border-top: 1px solid {c.hairline};
    border-bottom-left-radius: {px(m.radius_surface - 1)};
    border-bottom-right-radius: {px(m.radius_surface - 1)}; }}
QFrame[kind="foot"] {{ background: {c.window}; border: 0; border-top: 1px solid {c.hairline}; }}
QFrame[kind="inspector"] {{ background: {c.base}; border: 0; border-left: 1px solid {c.hairline};
    border-top: 1px solid {c.base}; }}
QFrame[kind="inspector"][side="top"] {{ border-left-color: {c.base}; border-top-color: {c.hairline}; }}
QFrame[kind="inspector-foot"] {{ background: {c.base}; border: 0; border-top: 1px solid {c.hairline}; }}
QFrame[kind="toolbar"] {{ background: {c.base}; border: 0; border-bottom: 1px solid {c.hairline}; }}
QFrame[kind="chrome"] {{ background: {c.window}; border: 0; }}
QFrame[kind="well"] {{ background: {c.window}; border: 0; border-radius: {px(m.radius_control)}; }}
QFrame[kind="field"] {{ background: {c.base}; border: 1px solid {c.control};
    border-radius: {px(m.radius_control)}; }}
QFrame[kind="hairline"] {{ background: {c.hairline}; border: 0; }}
QFrame[kind="banner"] {{ border: 0; border-radius: {px(m.radius_control)}; }}
{tints}
QLabel[kind="keys"] {{ color: {c.muted}; background: {c.window}; border: 1px solid {c.hairline};
    border-radius: {px(m.radius_mark)}; padding: 0 {px(4)}; font-size: {px(m.caption)}; font-weight: 500; }}
QToolTip {{ background: {c.base}; color: {c.text}; border: 1px solid {c.control}; padding: {px(4)} {px(6)};
    font-size: {px(m.small)}; }}
QMenu {{ background: {c.base}; color: {c.text}; border: 1px solid {c.hairline}; padding: {px(4)}; }}
QMenu::item {{ padding: {px(5)} {px(24)} {px(5)} {px(12)}; border-radius: {px(m.radius_mark)}; }}
QMenu::icon {{ padding-left: {px(8)}; }}
QMenu::item:selected {{ background: {c.selection}; color: {c.on_fill}; }}
QMenu::item:disabled {{ color: {c.control}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {c.hairline}; margin: {px(4)} {px(8)}; }}
QScrollArea, QAbstractScrollArea {{ border: 0; background: transparent; }}
QScrollArea > QWidget > QWidget[kind="scrolled"] {{ background: transparent; }}
QSplitter::handle {{ background: {c.hairline}; }}
"""


def _lists(look: Look) -> str:
    c, m, px = look.colours, look.measures, _scaled(look)
    return f"""
QTableView, QTreeView, QListView {{ border: 0; background: {c.base}; color: {c.text}; outline: 0;
    gridline-color: {c.hairline}; selection-background-color: {c.accent_tint}; selection-color: {c.text}; }}
QHeaderView {{ background: {c.base}; border: 0; }}
QHeaderView::section {{ background: {c.base}; color: {c.muted}; border: 0;
    border-bottom: 1px solid {c.hairline}; padding: 0 {px(8)}; font-size: {px(m.small)}; font-weight: 500; }}
QTableView QTableCornerButton::section {{ background: {c.window}; border: 0;
    border-bottom: 1px solid {c.hairline}; }}
QTableView::item, QTreeView::item {{ border: 0; padding: 0 {px(8)}; }}
QTreeView::item {{ min-height: {px(m.row_table)}; }}
QTreeView::item:selected {{ background: {c.accent_tint}; color: {c.text}; }}
"""


def _bars(look: Look) -> str:
    c, px = look.colours, _scaled(look)
    return f"""
QScrollBar {{ background: transparent; border: 0; margin: 0; }}
QScrollBar:vertical {{ width: {px(12)}; }}
QScrollBar:horizontal {{ height: {px(12)}; }}
QScrollBar::handle {{ background: {c.control}; border: {px(3)} solid {c.base}; border-radius: {px(6)}; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::handle:vertical {{ min-height: {px(28)}; }}
QScrollBar::handle:horizontal {{ min-width: {px(28)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""

"""Views made of views made of views: told apart from their text before SQLite spends its time on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from steward_app.db.names import fold
from steward_app.db.tokens import LONGEST_READ, tokenize, unquote

TOO_DEEP = 60_000  # SQLite itself refuses a view that stands for more than 65,535 others, after trying
_SAYS_SO = ("too many references", "too many FROM clause terms")


def is_too_deep(problem: str) -> bool:
    """Whether SQLite's words mean that a view was too deep for it."""
    return any(words in problem for words in _SAYS_SO)


def too_deep(views: Mapping[str, str]) -> set[str]:
    """The views (text by name) that stand for too many others."""
    texts = {fold(name): sql[:LONGEST_READ] for name, sql in views.items()}
    weights: dict[str, int] = {}
    mentioned = {
        name: Counter(word for token in tokenize(sql) if (word := fold(unquote(token.text))) in texts)
        for name, sql in texts.items()
    }
    for name in texts:
        _weigh(name, mentioned, weights)
    return {name for name in views if weights[fold(name)] > TOO_DEEP}


def _weigh(start: str, mentioned: Mapping[str, Counter[str]], weights: dict[str, int]) -> None:
    """How many views each stands for; a view's own name in its text, or a circle, counts as one."""
    open_views = [start]
    while open_views:
        name = open_views[-1]
        weights.setdefault(name, 0)
        waiting = [other for other in mentioned[name] if other not in weights]
        if waiting:
            open_views.append(waiting[0])
            continue
        weights[name] = 1 + sum(
            count * max(weights[other], 1) for other, count in mentioned[name].items() if other != name
        )
        open_views.pop()

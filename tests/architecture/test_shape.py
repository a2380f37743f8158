"""The shape of the tree: short files, named after what they hold, each on a floor, none with a door to the network."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "steward_app"
MODULES = sorted(PACKAGE.rglob("*.py"))
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

FLOORS = {"kernel", "storage", "db", "catalog", "jobs", "services", "cli", "gui"}
DRAWERS = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff|base)$")
NETWORK = {
    "socket",
    "http",
    "urllib.request",
    "ftplib",
    "smtplib",
    "xmlrpc",
    "socketserver",
    "requests",
    "httpx",
}
NETWORK |= {"aiohttp", "urllib3", "PySide6.QtNetwork", "PySide6.QtWebSockets"}


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def test_a_module_has_at_most_400_lines_and_a_test_file_500() -> None:
    assert {str(f.relative_to(ROOT)): lines(f) for f in MODULES if lines(f) > 400} == {}
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert {str(f.relative_to(ROOT)): lines(f) for f in tests if lines(f) > 500} == {}


def test_a_module_is_named_after_what_it_holds() -> None:
    parts = {str(f.relative_to(ROOT)): f.relative_to(ROOT).with_suffix("").parts for f in MODULES}
    assert [name for name, words in parts.items() if any(DRAWERS.search(word) for word in words)] == []


def test_every_module_stands_on_a_floor() -> None:
    top = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert top - FLOORS - {"app.py"} <= {"__init__.py", "__main__.py", "py.typed"}


def test_every_service_has_its_place_in_the_order() -> None:
    (order,) = (c for c in SETTINGS["tool"]["importlinter"]["contracts"] if c["id"] == "services-order")
    placed = set(re.findall(r"\w+", " ".join(order["layers"])))
    services = {path.parent.name for path in (PACKAGE / "services").glob("*/__init__.py")}
    assert services <= placed


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        f for f in MODULES if f.stat().st_size and not ast.get_docstring(ast.parse(f.read_text("utf-8")))
    ]
    assert [str(f.relative_to(ROOT)) for f in silent] == []


def imports(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_module_opens_a_socket(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if set(re.findall(r"\bsocket\.(\w+)", text)) <= {"gethostname"}:  # a name of this machine opens nothing
        text = text.replace("import socket\n", "")
    doors = {name for name in imports(text) if any(name == n or name.startswith(n + ".") for n in NETWORK)}
    assert doors == set()
    assert not re.search(
        r"\b(open_connection|create_server|start_server|QTcpSocket)\b", file.read_text("utf-8")
    )


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|(?i:coming soon|not implemented yet)")
    left = [str(f.relative_to(ROOT)) for f in MODULES if words.search(f.read_text(encoding="utf-8"))]
    assert left == []

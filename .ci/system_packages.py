#!/usr/bin/env python3
"""What must come from the system before pip can do the rest: named, and installed when we are root.

    system_packages.py venv      the standard library's venv (Debian keeps it in a package of its own)
    system_packages.py qt        the shared libraries of Qt, for pictures and tests without a screen
    system_packages.py display   those, and the ones a window on a screen needs
    system_packages.py servers   OpenSSH's server, age and zstd for tests of stores, the sqlite3 shell for those of the
                                 audit; without them those are skipped

Asks `ldd` what is really missing instead of guessing from the name of the system. Exit code 0 when nothing
is missing (any more), 1 when the reader has something to do; then the last lines say what.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}

# What the tests start themselves: a program, where it lies, and the package that brings it.
SERVERS = {
    "sshd": (("/usr/sbin", "/usr/local/sbin"), "openssh-server"),
    "sftp-server": (("/usr/lib/openssh", "/usr/lib/ssh", "/usr/libexec"), "openssh-sftp-server"),
    "ssh-keygen": ((), "openssh-client"),
    "age": ((), "age"),  # and zstd: with them a stranger restores from a store
    "zstd": ((), "zstd"),
    "sqlite3": ((), "sqlite3"),  # writes to audited files beside us
}

POLICY = Path("/usr/sbin/policy-rc.d")

WITHOUT_SCREEN = (
    "PySide6/Qt[CGNPSTWX]*.abi3.so",  # Core, Gui, Network, PrintSupport, Svg, Test, Widgets, Xml
    "PySide6/Qt/plugins/platforms/libqoffscreen.so",
    "PySide6/Qt/plugins/iconengines/*.so",
    "PySide6/Qt/plugins/imageformats/*.so",
    "pygraphviz/*.so",
)
ON_SCREEN = ("PySide6/Qt/plugins/platforms/libqxcb.so",)


def main(what: str) -> int:
    """Check, install or explain."""
    if not sys.platform.startswith("linux"):
        return 0
    missing, wanted, unknown = look(what)
    if not missing:
        return 0
    say(f"This system lacks what the program needs: {', '.join(missing)}.")
    apt_get = shutil.which("apt-get")
    if apt_get is None or unknown:
        say("Install the packages of your system that hold it, and run the command again.")
        return 1
    line = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    if os.geteuid() != 0:
        say("Install it with this line, and run the command again:")
        say(f"    sudo apt-get update && sudo {' '.join(line)}")
        return 1
    say(f"Installing it: {' '.join(line)}")
    with services_stay_off():
        done = run([apt_get, "update"]) and run([apt_get, "-o", "DPkg::Lock::Timeout=120", *line[1:]])
    if not done:
        say(
            "apt-get did not succeed; its own words stand above. Run the command again when that is put right."
        )
        return 1
    still_missing, _, _ = look(what)
    if still_missing:
        say(f"apt-get succeeded, and the system still lacks {', '.join(still_missing)}.")
        return 1
    return 0


def look(what: str) -> tuple[list[str], list[str], list[str]]:
    """What is missing, the Debian packages that bring it, and what no package is known for."""
    if what == "venv":
        if importlib.util.find_spec("ensurepip"):
            return [], [], []
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return ["the venv module of Python"], [f"{version}-venv"], []
    if what == "servers":
        absent = [name for name, (folders, _) in SERVERS.items() if not found(name, folders)]
        return absent, sorted({SERVERS[name][1] for name in absent}), []
    missing = missing_libraries(WITHOUT_SCREEN + (ON_SCREEN if what == "display" else ()))
    wanted = sorted({PACKAGES[name] for name in missing if name in PACKAGES})
    return missing, wanted, [name for name in missing if name not in PACKAGES]


def found(program: str, folders: tuple[str, ...]) -> bool:
    """Whether a program is there, where the user finds it or in a folder for daemons."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *folders))) is not None


def missing_libraries(patterns: tuple[str, ...]) -> list[str]:
    """The shared libraries that the loader would not find, by their names."""
    ldd = shutil.which("ldd")
    spec = importlib.util.find_spec("PySide6")
    if ldd is None or spec is None or spec.origin is None:
        return []
    site = Path(spec.origin).parent.parent
    files = [str(file) for pattern in patterns for file in sorted(site.glob(pattern))]
    listing = subprocess.run([ldd, *files], capture_output=True, text=True, check=False).stdout
    names = {line.split()[0] for line in listing.splitlines() if line.endswith("=> not found")}
    return sorted(
        name for name in names if not name.startswith("libQt6")
    )  # plugins for parts that we do not install


@contextmanager
def services_stay_off() -> Iterator[None]:
    """Have no package start a service of its own while the block runs: Debian asks this file first.

    Our tests start the servers they need, on loopback; nobody asked for one that listens to the network.
    """
    if POLICY.exists() or not POLICY.parent.is_dir():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def run(command: list[str]) -> bool:
    """Run with its words on our error output; True when it succeeded."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=False).returncode == 0


def say(sentence: str) -> None:
    """On the error output, at once."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""What a fresh machine lacks is named with the line that installs it, and installed when we are root."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "system_packages.py"
MISSING = "\tlibEGL.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6\n\tlibxcb-cursor.so.0 => not found\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="does nothing on other systems")


class Machine:
    """A machine with an `ldd`, perhaps an `apt-get`, and a user."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.log = programs / "apt.log"
        self.listing = programs / "listing"
        self.policy = programs / "policy-rc.d"

    def lacks(self, listing: str) -> None:
        self.listing.write_text(listing)
        self._program("ldd", f"cat {self.listing}")

    def has_apt(self, *, installs: bool = True, code: int = 0, heal: str = "") -> None:
        heal = heal or (f'case "$*" in *install*) : > {self.listing};; esac' if installs else ":")
        self._program("apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {self.log}; {heal}; exit {code}')

    def run(self, what: str, *, root: bool = True) -> subprocess.CompletedProcess[str]:
        code = (
            "import importlib.util, os, pathlib, sys\n"
            f"os.geteuid = lambda: {0 if root else 1000}\n"
            f"spec = importlib.util.spec_from_file_location('system_packages', {str(SCRIPT)!r})\n"
            "module = importlib.util.module_from_spec(spec)\n"
            "spec.loader.exec_module(module)\n"
            f"module.POLICY = pathlib.Path({str(self.policy)!r})\n"
            "module.SERVERS = {'tested-server': ((), 'openssh-server')}\n"
            f"sys.exit(module.main({what!r}))"
        )
        environment = {**os.environ, "PATH": str(self.programs)}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )

    def _program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n")
        path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_said_when_nothing_is_missing(machine: Machine) -> None:
    machine.lacks("\tlibc.so.6 => /lib/libc.so.6\n")
    for what in ("venv", "qt", "display"):
        done = machine.run(what)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_user_gets_the_exact_line_and_nothing_is_run(machine: Machine) -> None:
    machine.lacks(MISSING)
    machine.has_apt()
    done = machine.run("display", root=False)
    assert done.returncode == 1
    assert done.stderr == (
        "This system lacks what the program needs: libEGL.so.1, libxcb-cursor.so.0.\n"
        "Install it with this line, and run the command again:\n"
        "    sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 libxcb-cursor0\n"
    )
    assert not machine.log.exists()


def test_root_gets_it_installed(machine: Machine) -> None:
    machine.lacks(MISSING)
    machine.has_apt()
    done = machine.run("qt")
    assert done.returncode == 0, done.stderr
    assert machine.log.read_text().splitlines() == [
        "noninteractive update",
        "noninteractive -o DPkg::Lock::Timeout=120 install -y --no-install-recommends libegl1 libxcb-cursor0",
    ]


def test_a_failing_apt_is_not_taken_for_success(machine: Machine) -> None:
    machine.lacks(MISSING)
    machine.has_apt(installs=False, code=100)
    done = machine.run("qt")
    assert done.returncode == 1
    assert "apt-get did not succeed" in done.stderr
    machine.has_apt(installs=False)
    done = machine.run("qt")
    assert done.returncode == 1
    assert "still lacks libEGL.so.1, libxcb-cursor.so.0." in done.stderr


def test_without_apt_or_with_an_unknown_library_the_names_are_given(machine: Machine) -> None:
    machine.lacks(MISSING)
    done = machine.run("qt")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "Install the packages of your system that hold it, and run the command again.\n"
    )
    machine.has_apt()
    machine.lacks("\tlibnovel.so.9 => not found\n")
    done = machine.run("qt")
    assert done.returncode == 1
    assert "libnovel.so.9" in done.stderr
    assert not machine.log.exists()


def test_a_library_of_qt_itself_is_not_the_systems_to_bring(machine: Machine) -> None:
    machine.lacks("\tlibQt6Pdf.so.6 => not found\n")
    assert machine.run("display").returncode == 0


def test_a_server_is_installed_without_being_started(machine: Machine) -> None:
    server = machine.programs / "tested-server"
    machine.has_apt(heal=f'case "$*" in *install*) sh {machine.policy}; echo "policy $?" >> {machine.log};'
                         f' echo > {server}; chmod 755 {server};; esac')  # fmt: skip
    refused = machine.run("servers", root=False)
    assert refused.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends openssh-server\n" in refused.stderr
    assert not machine.log.exists()
    done = machine.run("servers")
    assert done.returncode == 0, done.stderr
    assert machine.log.read_text().splitlines()[-1] == "policy 101"
    assert not machine.policy.exists()
    again = machine.run("servers", root=False)
    assert (again.returncode, again.stderr) == (0, "")


def test_this_machine_which_runs_the_window_has_what_it_needs() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "qt"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")

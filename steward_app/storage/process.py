"""Which process is which: so that what a dead one left behind is told from what a living one holds.

A process id alone says nothing, since ids are used again. With the moment the process started it names one process
for ever on one machine.
"""

from __future__ import annotations

import os
import socket
import sys
from functools import cache
from pathlib import Path

if sys.platform == "linux":

    def mark(pid: int) -> str:
        """A text that only this one process of this machine ever had, or "" when no such process runs."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            return ""
        fields = stat[stat.rindex(b")") + 2 :].split()  # the program's name, in brackets, may hold anything
        state, started = fields[0], fields[19].decode("ascii")  # started: clock ticks since the boot
        return "" if state in (b"Z", b"X") else f"{boot} {started}"

    def machine() -> str:
        """Where process ids mean the same thing: the host and, on Linux, the container on it."""
        try:
            return f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
        except OSError:
            return socket.gethostname()

elif sys.platform == "win32":

    def mark(pid: int) -> str:
        """A text that only this one process of this machine ever had, or "" when no such process runs."""
        import ctypes
        from ctypes import wintypes

        query_limited_information, still_active = 0x1000, 259
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel32.OpenProcess.restype = wintypes.HANDLE
        opened = kernel32.OpenProcess(query_limited_information, False, pid)
        if not opened:
            return ""
        handle = wintypes.HANDLE(opened)
        try:
            code = wintypes.DWORD()
            times = [wintypes.FILETIME() for _ in range(4)]
            running = kernel32.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value == still_active
            if not running or not kernel32.GetProcessTimes(handle, *(ctypes.byref(t) for t in times)):
                return ""
            return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)
        finally:
            kernel32.CloseHandle(handle)

    def machine() -> str:
        """Where process ids mean the same thing: the host."""
        return socket.gethostname()

else:

    def mark(pid: int) -> str:
        """A text that only this one process of this machine ever had, or "" when no such process runs."""
        import subprocess

        ran = subprocess.run(
            ["/bin/ps", "-o", "lstart=,stat=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
            env={"LC_ALL": "C", "TZ": "UTC"},
        )
        started, _, state = ran.stdout.strip().rpartition(" ")
        return "" if state.startswith("Z") else started.strip()

    def machine() -> str:
        """Where process ids mean the same thing: the host."""
        return socket.gethostname()


@cache
def own_mark() -> str:
    """The mark of this process."""
    return mark(os.getpid())


def host() -> str:
    """The name of this machine, for people to read."""
    return socket.gethostname()


def user() -> str:
    """The operating system's name for whoever runs this program; never taken from a variable they can set."""
    if sys.platform == "win32":
        import getpass

        name = getpass.getuser()
    else:
        import pwd

        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container may run under a number nobody gave a name
            name = f"uid {os.getuid()}"
    return name.encode("utf-8", "replace").decode("utf-8")

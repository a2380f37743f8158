"""What kind of disk a file lies on: SQLite's locks are only as good as those of the drive."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "9p",
        "ncpfs",
        "ceph",
        "glusterfs",
        "lustre",
        "beegfs",
        "davfs",
    }
    | {
        "fuse.sshfs",
        "fuse.davfs2",
        "fuse.rclone",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.gvfsd-fuse",
        "fuse.onedriver",
    }
)


def network_drive(file: Path, device: int) -> str:
    """The kind of the network drive a file lies on ("nfs4", "cifs"), or "" for a disk of this machine.

    Linux tells in /proc/self/mountinfo, Windows by a call. macOS is not asked: it tells only through C.
    """
    found = ""
    if sys.platform == "linux":
        with suppress(OSError):
            found = filesystem_of(device, Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape"))
    elif sys.platform == "win32":
        import ctypes

        remote = 4  # DRIVE_REMOTE
        anchor = file.anchor
        if anchor.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(anchor) == remote:
            found = "smb3"
    return found if found in _NETWORK else ""


def filesystem_of(device: int, mountinfo: str) -> str:
    """The type of the file system with that device number, from the text of /proc/self/mountinfo; "" when unknown.

    A line is `36 35 0:52 / /mnt/share rw,relatime shared:1 - nfs4 server:/share rw`: proc_pid_mountinfo(5).
    """
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in mountinfo.splitlines():
        mount, _, rest = line.partition(" - ")
        fields = mount.split(" ")
        if rest and len(fields) > 2 and fields[2] == wanted:
            return rest.split(" ", 1)[0]
    return ""

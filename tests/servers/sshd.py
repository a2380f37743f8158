"""OpenSSH's own server, on an unprivileged port of loopback, with keys made for the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.ports import free_port
from servers.serving import Serving
from steward_app.storage import process

PROGRAM = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
_SFTP_SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/lib/ssh/sftp-server", "/usr/libexec/sftp-server")
SFTP_SERVER = next((path for path in _SFTP_SERVERS if Path(path).exists()), "")


def sshd_is_missing() -> str:
    """Why there can be no such server on this machine; "" when there can."""
    if os.name == "nt":
        return "these tests run OpenSSH's server as it is built for Linux and macOS"
    if PROGRAM and SFTP_SERVER and shutil.which("ssh-keygen"):
        return ""
    line = "apt-get install -y --no-install-recommends openssh-server openssh-sftp-server openssh-client"
    return f"OpenSSH's server is not installed here: sudo apt-get update && sudo {line}"


def make_key(path: Path, passphrase: str = "") -> Path:
    """A new key pair: the private half at `path`, the public one beside it with `.pub`."""
    for each in (path, path.with_name(path.name + ".pub")):
        each.unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


class Sshd:
    """A server that runs until the block ends. Whoever holds `client_key` may log in.

    Args:
        folder: for its configuration and keys.
        sftp: what serves files: OpenSSH's sftp-server, or "internal-sftp" for users who have no shell.
        options: more lines of `sshd_config`.
        before: called in the server's process before it begins, to take rights or room from it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sftp: str = SFTP_SERVER,
        options: str = "",
        before: Callable[[], None] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.user = process.user()
        self._sftp = sftp
        self._options = options
        self._before = before
        self._serving: Serving | None = None
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.client_key = make_key(folder / "client_key")
        self.new_host_key()
        shutil.copy(folder / "client_key.pub", folder / "authorized_keys")

    @property
    def host(self) -> str:
        """The server as `known_hosts` writes it."""
        return f"[127.0.0.1]:{self.port}"

    @property
    def known_hosts_line(self) -> str:
        """What trusts this server."""
        return f"{self.host} {(self.folder / 'host_key.pub').read_text()}"

    def url(self, path: Path | str, *, user: str = "", port: int = 0) -> str:
        """The address of a folder on it."""
        return f"sftp://{user or self.user}@127.0.0.1:{port or self.port}{path}"

    def new_host_key(self) -> None:
        """Give it another host key, from its next start on."""
        make_key(self.folder / "host_key")

    def start(self) -> Self:
        """Start it, and wait until it listens."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where its unprivileged half is locked in
        configuration = self.folder / "sshd_config"
        configuration.write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self.folder}/host_key\nPidFile none\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
            f"PasswordAuthentication yes\nLogLevel INFO\nMaxStartups 100\nSubsystem sftp {self._sftp}\n"
            f"{self._options}\n"
        )
        assert PROGRAM is not None
        command = [PROGRAM, "-D", "-e", "-f", str(configuration)]
        self._serving = Serving(command, "Server listening on", self._before)
        return self

    def stop(self) -> None:
        """End it and every connection it has."""
        if self._serving is not None:
            for child in _children(self._serving.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self._serving.end()
            self._serving = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def trust(home: Path, *servers: Sshd) -> None:
    """Have the user of a home folder know these servers, and hold the key that opens the first."""
    (home / ".ssh/known_hosts").write_text("".join(server.known_hosts_line for server in servers))
    for name in ("", ".pub"):
        key = home / f".ssh/id_ed25519{name}"
        key.write_bytes((servers[0].folder / f"client_key{name}").read_bytes())
        key.chmod(0o600)


def _children(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in pairs if its_parent == parent]
    return found[1:]

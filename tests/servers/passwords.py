"""An SFTP server for one user with a password, and no key: OpenSSH's would need such a user on this machine."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

USER = "nightly"
PASSWORD = "corrëct horse “7”"


class PasswordSftp:
    """A server that runs until the block ends, and serves the files of this machine.

    Attributes:
        password: that opens it now; may be changed.
        tried: every password that was tried, in order.
        by_questions: ask for the password as a question (keyboard-interactive), as servers with PAM do.
    """

    def __init__(self, password: str = PASSWORD, *, by_questions: bool = False) -> None:
        self.password = password
        self.tried: list[str] = []
        self.by_questions = by_questions
        self.port = 0
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def known_hosts_line(self) -> str:
        """What trusts this server."""
        return f"[127.0.0.1]:{self.port} {self._key.export_public_key().decode()}"

    def url(self, path: Path | str) -> str:
        """The address of a folder on it."""
        return f"sftp://{USER}@127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._acceptor = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._acceptor.get_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._acceptor is not None
        asyncio.run_coroutine_threadsafe(self._close(self._acceptor), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _OneUser(self),
            server_host_keys=[self._key],
            sftp_factory=True,
        )

    async def _close(self, acceptor: asyncssh.SSHAcceptor) -> None:
        acceptor.close()
        await acceptor.wait_closed()


class _OneUser(asyncssh.SSHServer):
    def __init__(self, of: PasswordSftp) -> None:
        self._of = of

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return not self._of.by_questions

    def kbdint_auth_supported(self) -> bool:
        return self._of.by_questions

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "", "", "", [("Password:", False)]

    def validate_kbdint_response(self, username: str, responses: list[str]) -> bool:
        return self.validate_password(username, responses[0])

    def validate_password(self, username: str, password: str) -> bool:
        self._of.tried.append(password)
        return (username, password) == (USER, self._of.password)

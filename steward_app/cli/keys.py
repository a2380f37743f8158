"""`steward keys`: where this computer keeps its keys, and how they are protected."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from steward_app.cli.frame import group
from steward_app.cli.options import AsJson, one_of
from steward_app.cli.output import Printer, show
from steward_app.cli.progress import work
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.progress import Context

if TYPE_CHECKING:
    from steward_app.storage.objects import HostKey

app = group("Where this computer keeps its keys, and how they are protected.")

_PLACES = {"keyring": "keyring", "key-file": "key_file"}


@dataclass(frozen=True, slots=True)
class KeysDocument:
    """How secrets are kept on this computer; never a secret itself.

    Attributes:
        place: "keyring" or "key_file".
        where: name of the keyring, or path of the key file.
        in_use: False where nothing is kept yet.
        protected: False for a key file without a passphrase.
        reachable: False where the keyring cannot be reached from here.
        sentence: the same in words.
        signing_key_id: of the key that signs evidence on this computer; "" as long as nothing was signed.
        names: what is kept, by name; empty where it cannot be reached.
    """

    place: str
    where: str
    in_use: bool
    protected: bool
    reachable: bool
    sentence: str
    signing_key_id: str
    names: tuple[str, ...]


@app.command("show")
def show_keys(as_json: AsJson = False) -> None:
    """Show where keys are kept, whether they are protected, and what there is, by name."""
    _show(work("Looking at the keys", _kept), as_json)


@app.command()
def move(
    to: Annotated[
        str,
        typer.Option("--to", metavar="PLACE", help="keyring or key-file.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Keep the keys in the other place: in the keyring of the desktop, or in a key file.

    A key file is for a computer that makes restore points while nobody is signed in, when a keyring is closed.
    """
    place = _PLACES[one_of("--to", to, tuple(_PLACES))]

    def call(context: Context) -> KeysDocument:
        from steward_app.storage.secrets import Place, move_secrets

        move_secrets(Place(place))
        return _kept(context)

    _show(work("Moving the keys", call), as_json)


@app.command()
def passphrase(
    new: Annotated[
        Path | None,
        typer.Option(
            "--new",
            metavar="FILE",
            help="A file whose first line is the new passphrase.",
            show_default=False,
            readable=False,
        ),
    ] = None,
    none: Annotated[
        bool, typer.Option("--none", help="Take the passphrase away; unset the variable too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Change the passphrase of the key file, which STEWARD_PASSPHRASE_FILE gives.

    From then on that variable must name the new file.
    """
    if (new is None) != none:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Give either --new FILE or --none.",
            hint="The key file is unchanged.",
        )

    def call(context: Context) -> KeysDocument:
        from steward_app.storage.secrets import change_passphrase, secrets_state

        before = _kept(context)
        change_passphrase(new)
        return replace(before, **asdict(secrets_state()))

    _show(work("Changing the passphrase", call), as_json)


@app.command()
def server(
    address: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help="The store, as sftp://user@host/folder.", show_default=False),
    ],
    accept: Annotated[
        str,
        typer.Option(
            "--accept",
            metavar="FINGERPRINT",
            help="Trust the server from now on, if this is the fingerprint of the key it shows.",
            show_default=False,
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show the key by which an SFTP server is known, without logging in, and accept it."""
    from steward_app.storage.objects import Trust, accept_host_key, host_key

    def call(context: Context) -> HostKey:
        shown = host_key(address, context)
        if not accept:
            return shown
        if shown.fingerprint != accept.strip():
            raise Refused(
                ErrorCode.HOST_KEY_CHANGED,
                f"The server shows another key than that: {shown.fingerprint} ({shown.algorithm}).",
                hint="It was not accepted. Compare the fingerprint with what the server's administrator tells you.",
            )
        accept_host_key(shown)
        return replace(shown, trust=Trust.KNOWN)

    key = work("Asking the server for its key", call)
    show("keys-server", key, as_json=as_json, human=lambda out: _print_server(out, key))


def _print_server(out: Printer, key: HostKey) -> None:
    told = {
        "known": "This server is known here.",
        "new": "This server is not known here. Compare the fingerprint with what its administrator tells you.",
        "changed": "This server was accepted here with another key. It may be a new server, or somebody in between.",
    }
    out.line(told[key.trust.value])
    out.facts([("Server", key.name), ("Key", key.algorithm), ("Fingerprint", key.fingerprint)])


def _kept(context: Context) -> KeysDocument:
    from steward_app.catalog.keys import known_signing_key_id
    from steward_app.storage.secrets import open_secrets, secrets_state

    state = secrets_state()
    if not state.reachable:
        return KeysDocument(**asdict(state), signing_key_id="", names=())
    secrets = open_secrets()
    return KeysDocument(
        **asdict(secrets_state()), signing_key_id=known_signing_key_id(secrets), names=secrets.names()
    )


def _show(kept: KeysDocument, as_json: bool) -> None:
    show("keys", kept, as_json=as_json, human=lambda out: _print(out, kept))


def _print(out: Printer, kept: KeysDocument) -> None:
    out.line(kept.sentence)
    facts = [("Where", kept.where)]
    if kept.signing_key_id:
        facts.append(("Evidence is signed by", kept.signing_key_id))
    out.facts(facts)
    for name in kept.names:
        out.line(name, indent=2)

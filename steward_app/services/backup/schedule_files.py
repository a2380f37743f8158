"""Files that make the operating system run a schedule: systemd (Linux), launchd (macOS), Task Scheduler (Windows).

Each runs `steward backup run DATABASE` as the user who installs it, every so many minutes, also after the machine
slept. A run finds out by itself what is due, so it never matters when exactly the system calls it.

The names of files and what stands in them come from the steward's own path, so each is quoted by the rules of its
system: systemd.syntax(7) and systemd.service(5) "COMMAND LINES", launchd.plist(5), and the way Windows programs take
a command line apart.
"""

from __future__ import annotations

import plistlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.text import quoted, visible

_TASK = "http://schemas.microsoft.com/windows/2004/02/mit/task"


class System(StrEnum):
    """Who runs the schedule."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    TASK_SCHEDULER = "task-scheduler"


@dataclass(frozen=True, slots=True)
class ScheduleFiles:
    """What a system needs to run a schedule.

    Attributes:
        files: name and content of each.
        folder: where the system looks for them, as the steward types it.
        install, remove: the commands that begin and end it, in order, to be typed in that folder.
        note: when it does not run, in a sentence; "" where there is nothing to know.
    """

    system: System
    files: dict[str, bytes]
    folder: str
    install: tuple[str, ...]
    remove: tuple[str, ...]
    note: str = ""


def schedule_files(
    system: System,
    command: tuple[str, ...],
    database: Path,
    database_id: str,
    every_minutes: int,
    environment: Mapping[str, str] | None = None,
) -> ScheduleFiles:
    """The files for one database.

    Args:
        command: how this program is called, each word by itself: ("/usr/bin/steward",).
        database: absolute path.
        database_id: names the files, so that each database has its own and installing again replaces them.
        every_minutes: 1 or more.
        environment: variables that the run needs as they are here, such as where the data directory is; never a secret.

    Raises `Refused` for a path with signs that not every one of these systems can write down.
    """
    environment = environment or {}
    for path in (str(database), *environment.values()):
        if not path.isprintable():
            raise Refused(
                ErrorCode.BAD_PATH,
                f"{quoted(path, 200)} has signs in its path that cannot be written into a schedule.",
                hint="Nothing was written. Rename the file or its folder, or let the window or “steward backup watch” "
                "run.",
            )
    name = f"data-steward-{database_id[:8]}"
    words = (*command, "backup", "run", str(database))
    match system:
        case System.SYSTEMD:
            return _systemd(name, words, database, every_minutes, environment)
        case System.LAUNCHD:
            return _launchd(name, words, every_minutes, environment)
        case System.TASK_SCHEDULER:
            return _task_scheduler(name, words, database, every_minutes, environment)


def _systemd(
    name: str, words: tuple[str, ...], database: Path, every_minutes: int, environment: Mapping[str, str]
) -> ScheduleFiles:
    described = visible(database.name).replace("%", "%%").replace("\\", "\\\\")
    service = (
        f"[Unit]\nDescription=Restore points of {described}\n\n"
        "[Service]\nType=oneshot\nNice=10\nIOSchedulingClass=idle\n"
        + "".join(f"Environment={_systemd_text(f'{key}={value}')}\n" for key, value in environment.items())
        + f"ExecStart={' '.join(map(_systemd_word, words))}\n"
    )
    timer = (
        f"[Unit]\nDescription=Restore points of {described}\n\n"
        f"[Timer]\nOnActiveSec=0\nOnUnitActiveSec={every_minutes}min\nAccuracySec=30s\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return ScheduleFiles(
        System.SYSTEMD,
        {f"{name}.service": service.encode(), f"{name}.timer": timer.encode()},
        "~/.config/systemd/user",
        ("systemctl --user daemon-reload", f"systemctl --user enable --now {name}.timer"),
        (f"systemctl --user disable --now {name}.timer",),
        "It runs while you are signed in; after “loginctl enable-linger” also when you are not.",
    )


def _systemd_word(word: str) -> str:
    """One word of a command line, where `$` is systemd's own sign, and stands for itself when doubled."""
    return _systemd_text(word.replace("$", "$$"))


def _systemd_text(text: str) -> str:
    """A quoted text; `%` is systemd's own sign in all of them."""
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%")):
        text = text.replace(sign, written)
    return f'"{text}"'


def _launchd(
    name: str, words: tuple[str, ...], every_minutes: int, environment: Mapping[str, str]
) -> ScheduleFiles:
    label = f"org.{name}"
    wanted: dict[str, object] = {
        "Label": label,
        "ProgramArguments": list(words),
        "StartInterval": every_minutes * 60,
        "RunAtLoad": True,
        "ProcessType": "Background",
        "LowPriorityIO": True,
    }
    if environment:
        wanted["EnvironmentVariables"] = dict(environment)
    content = plistlib.dumps(wanted)
    return ScheduleFiles(
        System.LAUNCHD,
        {f"{label}.plist": content},
        "~/Library/LaunchAgents",
        (f"launchctl bootstrap gui/$(id -u) {label}.plist",),
        (f"launchctl bootout gui/$(id -u)/{label}",),
        "It runs while you are signed in.",
    )


def _task_scheduler(
    name: str, words: tuple[str, ...], database: Path, every_minutes: int, environment: Mapping[str, str]
) -> ScheduleFiles:
    ElementTree.register_namespace("", _TASK)
    task = ElementTree.Element(f"{{{_TASK}}}Task", version="1.2")

    def put(parent: ElementTree.Element, tag: str, text: str = "") -> ElementTree.Element:
        element = ElementTree.SubElement(parent, f"{{{_TASK}}}{tag}")
        element.text = text or None
        return element

    put(put(task, "RegistrationInfo"), "Description", f"Restore points of {visible(database.name)}")
    trigger = put(put(task, "Triggers"), "TimeTrigger")
    repetition = put(trigger, "Repetition")
    put(repetition, "Interval", f"PT{every_minutes}M")
    put(trigger, "StartBoundary", "2026-01-01T00:00:00")
    settings = put(task, "Settings")
    put(settings, "MultipleInstancesPolicy", "IgnoreNew")
    put(settings, "DisallowStartIfOnBatteries", "false")
    put(settings, "StopIfGoingOnBatteries", "false")
    put(settings, "StartWhenAvailable", "true")
    action = put(put(task, "Actions"), "Exec")
    put(action, "Command", words[0])
    put(action, "Arguments", subprocess.list2cmdline(words[1:]))
    content = ElementTree.tostring(task, encoding="utf-16", xml_declaration=True)
    return ScheduleFiles(
        System.TASK_SCHEDULER,
        {f"{name}.xml": content},
        "%USERPROFILE%",
        (
            *(
                f'setx {key} "{value}"' for key, value in environment.items()
            ),  # a task has no variables of its own
            f'schtasks /Create /TN {name} /XML "%USERPROFILE%\\{name}.xml" /F',
        ),
        (f"schtasks /Delete /TN {name} /F",),
        "The commands are for the Command Prompt. It runs while you are signed in.",
    )

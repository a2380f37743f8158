"""Files for the schedulers of three systems: each reads its own words back, whatever the path holds."""

from __future__ import annotations

import plistlib
import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward_app.kernel.errors import Refused
from steward_app.services.backup.schedule_files import ScheduleFiles, System, schedule_files

ODD = Path('/data/100% "of" $HOME\\it\'s & <b>/riverside clinic.db')
_COMMAND = ("/opt/data steward/bin/steward",)


def _files(system: System, path: Path = ODD, every_minutes: int = 5) -> ScheduleFiles:
    return schedule_files(system, _COMMAND, path, "0123456789abcdef", every_minutes)


def _systemd_words(service: str) -> list[str]:
    """As systemd takes a command line apart: specifiers, then quoted words, then variables."""
    line = re.findall("^ExecStart=(.*)$", service, re.MULTILINE)[0].replace("%%", "%")
    return [word.replace("$$", "$") for word in shlex.split(line)]


def _windows_words(line: str) -> list[str]:
    """As a Windows program takes its command line apart (the rules of its C runtime)."""
    words, word, quoted_now, slashes, begun = [], "", False, 0, False
    for sign in f"{line} ":
        if sign == "\\":
            slashes += 1
            continue
        if sign == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted_now, begun = not quoted_now, True
            slashes = 0
            continue
        word, slashes = word + "\\" * slashes, 0
        if sign == " " and not quoted_now:
            if word or begun:
                words.append(word)
            word, begun = "", False
        else:
            word += sign
    return words


@given(name=st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda name: name.isprintable()))
def test_every_system_calls_the_program_with_the_path_itself(name: str) -> None:
    path = Path("/data", name.replace("/", "_"))
    expected = [*_COMMAND, "backup", "run", str(path)]
    service, _ = _files(System.SYSTEMD, path).files.values()
    assert _systemd_words(service.decode()) == expected
    (plist,) = _files(System.LAUNCHD, path).files.values()
    assert plistlib.loads(plist)["ProgramArguments"] == expected
    (task,) = _files(System.TASK_SCHEDULER, path).files.values()
    action = {each.tag.partition("}")[2]: each.text for each in ElementTree.fromstring(task).iter()}
    assert [action["Command"], *_windows_words(action["Arguments"] or "")] == expected


@given(value=st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text.isprintable()))
def test_each_knows_where_the_data_directory_is(value: str) -> None:
    def files(system: System) -> ScheduleFiles:
        return schedule_files(system, _COMMAND, ODD, "0123456789abcdef", 5, {"STEWARD_HOME": value})

    service = next(iter(files(System.SYSTEMD).files.values())).decode()
    (line,) = re.findall("^Environment=(.*)$", service, re.MULTILINE)
    assert shlex.split(line.replace("%%", "%")) == [f"STEWARD_HOME={value}"]
    (plist,) = files(System.LAUNCHD).files.values()
    assert plistlib.loads(plist)["EnvironmentVariables"] == {"STEWARD_HOME": value}
    assert files(System.TASK_SCHEDULER).install[0] == f'setx STEWARD_HOME "{value}"'


def test_each_runs_as_often_as_was_set() -> None:
    _, timer = _files(System.SYSTEMD, every_minutes=15).files.values()
    assert "OnUnitActiveSec=15min\n" in timer.decode()
    (plist,) = _files(System.LAUNCHD, every_minutes=15).files.values()
    assert plistlib.loads(plist)["StartInterval"] == 900
    (task,) = _files(System.TASK_SCHEDULER, every_minutes=15).files.values()
    assert "<Interval>PT15M</Interval>" in task.decode("utf-16")


@pytest.mark.parametrize("system", list(System))
def test_each_says_how_to_begin_and_how_to_end(system: System) -> None:
    told = _files(system)
    names = [Path(name).stem for name in told.files]
    assert told.folder
    for command in (told.install[-1], told.remove[-1]):
        assert any(name in command for name in names)


def test_the_task_is_found_from_wherever_the_command_is_typed() -> None:
    told = _files(System.TASK_SCHEDULER)
    (name,) = told.files
    assert f'/XML "{told.folder}\\{name}"' in told.install[-1]
    assert "Command Prompt" in told.note


@pytest.mark.parametrize("system", list(System))
def test_a_path_that_cannot_be_written_down_is_refused(system: System) -> None:
    for path in (Path("/data/two\nlines.db"), Path("/data/\udcff.db"), Path("/data/\x07.db")):
        with pytest.raises(Refused) as raised:
            _files(system, path)
        assert "Nothing was written" in raised.value.hint


def test_two_databases_have_files_of_their_own() -> None:
    one = schedule_files(System.SYSTEMD, _COMMAND, ODD, "11111111-x", 5)
    other = schedule_files(System.SYSTEMD, _COMMAND, ODD, "22222222-x", 5)
    assert set(one.files).isdisjoint(other.files)

"""What the office does: reference lists, documents, messages, logins, settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from steward_app.kernel.values import SqlValue
from steward_app.services.sample import numbers, pictures
from steward_app.services.sample.people import Names, ascii_word
from steward_app.services.sample.texts import Writer
from steward_app.services.sample.words import word_list
from steward_app.services.sample.world import Record, Visit, World

_MESSAGES = 480
_LOGINS = 1_500
_DOCUMENTS = 250
_OLD_REGISTER = 96
_STARTED_MESSAGES = 2_200  # days ago


def lists(world: World) -> None:
    """What is chosen from: roles, rooms, insurers, illnesses, medications."""
    chance, clinic, clinical = world.chance("lists"), word_list("organisation"), word_list("clinical")
    for number, name, prescribes, *_ in clinic.fields("roles"):
        world.put("role", id=int(number), name=name, may_prescribe=int(prescribes))
    for place, (name, floor, equipment) in enumerate(clinic.fields("rooms"), 1):
        world.put("room", id=place, name=name, floor=int(floor), equipment=json.dumps(equipment.split(", ")))
    for number, name, _ in clinic.fields("insurers"):
        mail = f"claims@{ascii_word(name.split()[0])}.example"
        world.put("insurer", id=int(number), name=name, email=mail, iban=numbers.iban(chance))
    for code, title, chapter, *_ in clinical.fields("diagnoses"):
        world.put("icd_code", code=code, title=title, chapter=chapter)
    for place, (code, name, form, strength, _) in enumerate(clinical.fields("medications"), 1):
        world.put("medication", id=place, atc_code=code, name=name, form=form, strength=strength)


def documents(world: World) -> None:
    """Scans and letters; every third hangs on a result of the laboratory where there is one."""
    chance, writer = world.chance("documents"), Writer(world, "titles")
    visit_of_order = {row["id"]: row["visit_id"] for row in world.tables["lab_order"]}
    results: dict[SqlValue, Record] = {}
    for result in world.tables["lab_result"]:
        results.setdefault(visit_of_order[result["order_id"]], result)
    chosen = sorted(chance.sample(range(len(world.visits)), _DOCUMENTS))
    for number, visit in enumerate((world.visits[place] for place in chosen), 1):
        illness = visit.illnesses[0][1] if visit.illnesses else ""
        title = writer.write("document titles", visit.patient, illness=illness)
        found = results.get(visit.id)
        scanned = chance.random() < 0.6
        content = pictures.png(chance) if scanned else pictures.pdf(_letter(writer, visit, title))
        world.put(
            "document",
            id=number,
            visit_id=visit.id,
            author_id=visit.doctor.id,
            scanned_by=chance.choice(world.at_work(visit.day, treats=False)).badge_no if scanned else None,
            order_id=found["order_id"] if found else None,
            analyte=found["analyte"] if found else None,
            title=title,
            media_type="image/png" if scanned else "application/pdf",
            content=content,
            scanned_at=f"{visit.day} {chance.randrange(9, 18):02d}:{chance.randrange(60):02d}:00",
        )


def _letter(writer: Writer, visit: Visit, title: str) -> list[str]:
    patient = visit.patient
    return [
        "Riverside Clinic",
        "",
        title,
        "",
        f"{patient.full_name}, born {patient.born}",
        f"{patient.street}, {patient.town} {patient.postcode}",
        "",
        *(writer.write("notes", patient) for _ in range(3)),
        "",
        visit.doctor.full_name,
    ]


def messages(world: World) -> None:
    """Letters to and from patients, in the order they were sent."""
    chance, writer = world.chance("messages"), Writer(world, "messages")
    began = world.today - timedelta(days=_STARTED_MESSAGES)
    days = sorted(world.day_between(chance, began, world.today) for _ in range(_MESSAGES))
    for number, day in enumerate(days, 1):
        patient = chance.choice([p for p in world.patients[-900:] if p.registered <= day <= p.until])
        answered = chance.random() < 0.45
        subject = chance.random() < 0.95
        world.put(
            "message",
            id=number,
            patient_id=patient.id,
            direction="out" if answered else "in",
            staff_id=chance.choice(world.at_work(day, treats=False)).id if answered else None,
            address=patient.email,
            body=writer.write("messages out" if answered else "messages in", patient),
            subject=writer.write("subjects", patient) if subject else "(no subject)",
            sent_at=f"{day} {chance.randrange(6, 23):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}",
        )


def logins(world: World) -> None:
    """Who signed in over the last year, with the case they typed their code in."""
    chance, devices = world.chance("logins"), word_list("organisation").lines("devices")
    midnight = datetime.combine(world.today, time(), UTC)
    cases: tuple[Callable[[str], str], ...] = (str, str, str, str, str.upper, str.capitalize)
    moments = sorted(int(midnight.timestamp()) - chance.randrange(400 * 86_400) for _ in range(_LOGINS))
    for at in moments:
        member = chance.choice(world.at_work(datetime.fromtimestamp(at, UTC).date(), treats=False))
        world.put(
            "login_event",
            token=f"{chance.getrandbits(96):024x}",
            staff_code=chance.choice(cases)(member.code),
            at=at,
            ip=numbers.network_address(chance),
            user_agent=chance.choice(devices),
            succeeded=int(chance.random() < 0.94),
            device_id=None,
        )


def settings(world: World) -> None:
    """Settings of the clinic: numbers, texts, JSON, bytes; two of them name people."""
    chance = world.chance("settings")
    people = [
        {"name": member.full_name, "phone": member.phone, "mail": member.email}
        for member in world.at_work(world.today)[:4]
    ]
    filled = {
        "{iban}": numbers.iban(chance),
        "{person}": json.dumps(people[0], ensure_ascii=False),
        "{people}": json.dumps(people, ensure_ascii=False),
    }
    for key, text, kind in word_list("organisation").fields("settings"):
        value: SqlValue = filled.get(text, text)
        match kind:
            case "integer":
                value = int(text)
            case "real":
                value = float(text)
            case "bytes":
                value = bytes.fromhex(text)
        changed = world.day_between(chance, world.start, world.today)
        world.put(
            "setting",
            key=key,
            value=value,
            changed_by=chance.choice(world.at_work(changed, treats=False)).code,
            changed_at=f"{changed} 18:00:00",
        )


def old_register(world: World) -> None:
    """People of the time before the clinic, as a spreadsheet held them."""
    chance, names = world.chance("old register"), Names()
    columns = ("Name, first name", "Born", "Tel. no.", "since", 'Said "yes" to letters')
    for _ in range(_OLD_REGISTER):
        given, family = names.full(chance).rsplit(" ", 1)
        born = world.day_between(chance, date(1915, 1, 1), date(1992, 12, 31))
        born_text = chance.choice(
            (
                born.isoformat(),
                f"{born:%d/%m/%Y}",
                f"{born:%d.%m.%y}",
                f"{born.day}.{born.month}.{born.year}",
                born.year,
            )
        )
        phone = numbers.phone(chance)
        since = world.day_between(chance, date(1998, 1, 1), world.start)
        serial = (since - date(1899, 12, 30)).days  # as spreadsheets count days
        row: tuple[SqlValue, ...] = (
            f"{family}, {given}",
            born_text,
            chance.choice((phone, phone, int(phone.replace(" ", "")), None)),
            chance.choice((serial, since.isoformat(), since.year)),
            chance.choice(("yes", "Yes", "y", "no", "x", 1, 0, None)),
        )
        world.put("old_register", **dict(zip(columns, row, strict=True)))

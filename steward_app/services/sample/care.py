"""What is done for patients: appointments, visits, diagnoses, prescriptions, laboratory, observations."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from steward_app.services.sample.texts import Writer
from steward_app.services.sample.words import Fields, Weighted, word_list
from steward_app.services.sample.world import Patient, Visit, World

_VISITS = 2_950
_GONE = 7  # visits that a program deleted with foreign keys switched off
_BUSIEST = 45  # how often the most frequent patient comes, against the others
_TODAY = 3  # visits of this morning, which have not ended
_ROOMS = range(3, 17)
_PANELS_ON_ORDER = 2
_YOUNG = "JL"  # chapters of lasting illnesses that children have: asthma, eczema


def visits(world: World) -> None:
    """All visits in the order of time, with their appointments, and all that was noted at them."""
    chance, writer = world.chance("visits"), Writer(world, "notes")
    moments = _moments(world, chance)
    gone = set(chance.sample(range(_VISITS // 2, len(moments) - 20), _GONE))
    last: dict[int, int] = {}
    clinical = _Clinical(world)
    for number, (moment, patient) in enumerate(moments, 1):
        if number % 200 == 0:
            world.context.checkpoint()
        if number in gone:
            world.gone_visits.append(number)
            continue
        booked = chance.random() < 0.8
        started = moment + timedelta(minutes=chance.randrange(-4, 26) if booked else 0)
        visit = Visit(number, patient, chance.choice(world.at_work(moment.date())), started)
        world.visits.append(visit)
        illness, drug = clinical.note(visit)
        appointment = _appointment(world, chance, writer, visit, moment) if booked else None
        _put_visit(world, chance, writer, visit, (appointment, last.get(patient.id)), (illness, drug))
        last[patient.id] = number
    _other_appointments(world, world.chance("appointments"), writer)
    _number_appointments(world)


def _moments(world: World, chance: Random) -> list[tuple[datetime, Patient]]:
    """When who comes. A few patients come often; the clinic grows with its patients."""
    often = list(accumulate(min(chance.paretovariate(1.05), _BUSIEST) for _ in world.patients))
    moments: list[tuple[datetime, Patient]] = []
    while len(moments) < _VISITS:
        patient = world.patients[bisect_right(often, chance.random() * often[-1]) % len(world.patients)]
        day = world.day_between(chance, patient.registered, patient.until)
        if day.weekday() < 5 and day < world.today:
            moments.append((_slot(chance, day), patient))
    alive = [patient for patient in world.patients[-300:] if patient.until == world.today]
    moments.extend((_slot(chance, world.today, 4), patient) for patient in chance.sample(alive, _TODAY))
    return sorted(moments, key=lambda pair: (pair[0], pair[1].id))


def _slot(chance: Random, day: date, hours: int = 10) -> datetime:
    return datetime.combine(day, time(8)) + timedelta(minutes=15 * chance.randrange(4 * hours))


def _put_visit(
    world: World,
    chance: Random,
    writer: Writer,
    visit: Visit,
    before: tuple[int | None, int | None],
    found: tuple[str, str],
) -> None:
    """The visit itself; `before` is its appointment and the visit before it, `found` an illness and a drug."""
    appointment, previous = before
    illness, drug = found
    patient = visit.patient
    ended = visit.started + timedelta(minutes=min(90, 4 + int(chance.expovariate(1 / 13))))
    world.put(
        "visit",
        id=visit.id,
        appointment_id=appointment,
        patient_id=patient.id,
        staff_id=visit.doctor.id,
        started_at=visit.started.isoformat(" "),
        ended_at=None if visit.day == world.today else ended.isoformat(" "),
        reason=writer.write("reasons", patient, illness=illness, drug=drug)
        if chance.random() < 0.88
        else None,
        notes=writer.write("notes", patient, illness=illness, drug=drug) if chance.random() < 0.77 else None,
        follow_up_of=previous if previous and chance.random() < 0.3 else None,
        updated_at=(ended + timedelta(minutes=9)).isoformat(" ") if chance.random() < 0.2 else None,
    )


def _appointment(world: World, chance: Random, writer: Writer, visit: Visit, moment: datetime) -> int:
    """The appointment a visit came from. It is numbered later; until then it bears the visit's number."""
    world.put(
        "appointment",
        id=visit.id,
        patient_id=visit.patient.id,
        staff_id=visit.doctor.id,
        room_id=chance.choice(_ROOMS) if chance.random() < 0.93 else None,
        starts_at=moment.isoformat(" "),
        duration_min=chance.choice((10, 15, 15, 15, 20, 30)),
        status="kept",
        remark=writer.write("remarks", visit.patient) if chance.random() < 0.18 else None,
    )
    return visit.id


def _other_appointments(world: World, chance: Random, writer: Writer) -> None:
    """Appointments nobody came to, and those still to come."""
    for _ in range(330):
        patient = chance.choice(world.patients)
        day = world.day_between(chance, patient.registered, patient.until)
        _booked(world, chance, writer, patient, day, chance.choice(("cancelled", "cancelled", "missed")))
    alive = [patient for patient in world.patients if patient.until == world.today]
    for _ in range(210):
        day = world.today + timedelta(days=1 + int(chance.expovariate(1 / 18)) % 120)
        _booked(world, chance, writer, chance.choice(alive), day, "booked")


def _booked(world: World, chance: Random, writer: Writer, patient: Patient, day: date, status: str) -> None:
    day -= timedelta(days=max(0, day.weekday() - 4)) if day > world.start + timedelta(days=7) else timedelta()
    world.put(
        "appointment",
        id=None,
        patient_id=patient.id,
        staff_id=chance.choice(world.at_work(min(day, world.today))).id,
        room_id=chance.choice(_ROOMS),
        starts_at=_slot(chance, day).isoformat(" "),
        duration_min=chance.choice((10, 15, 15, 20, 30, 45)),
        status=status,
        remark=writer.write("remarks", patient) if chance.random() < 0.2 else None,
    )


def _number_appointments(world: World) -> None:
    """Numbers in the order of time, and the visits pointing to them."""
    rows = world.tables["appointment"]
    rows.sort(key=lambda row: (str(row["starts_at"]), str(row["patient_id"])))
    numbers = {row["id"]: number for number, row in enumerate(rows, 1) if row["id"] is not None}
    for number, row in enumerate(rows, 1):
        row["id"] = number
    for visit in world.tables["visit"]:
        if visit["appointment_id"] is not None:
            visit["appointment_id"] = numbers[visit["appointment_id"]]


class _Clinical:
    """What is found, given and measured at visits."""

    def __init__(self, world: World) -> None:
        lists = word_list("clinical")
        self._world = world
        self._chance = world.chance("clinical")
        self._illnesses = lists.weighted("diagnoses", 3)
        self._medications = lists.fields("medications")
        self._measurements = lists.fields("measurements")
        panels: dict[str, list[Fields]] = {}
        for analyte in lists.fields("analytes"):
            panels.setdefault(analyte[0], []).append(analyte)
        self._panels = panels
        self._panel_names = Weighted(list(panels), [5.0, 4.0, 3.0, 4.0, 3.0, 2.0, 1.5, 3.0])
        self._writer = Writer(world, "observation notes")
        self._given_for = self._remedies()

    def note(self, visit: Visit) -> tuple[str, str]:
        """Put in everything that belongs to a visit; the first illness and medication, for the notes."""
        chance, start = self._chance, visit.started
        for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 1, 2, 2, 3))):
            self._diagnose(visit, start)
        drug = self._prescribe(visit)
        if chance.random() < 0.19:
            self._order(visit, start)
        self._measure(visit, start)
        return (visit.illnesses[0][1] if visit.illnesses else "", drug)

    def _remedies(self) -> dict[str, list[int]]:
        """Illness to the numbers of the medications given for it."""
        return {
            illness[0]: [
                number
                for number, medication in enumerate(self._medications, 1)
                if any(illness[0].startswith(prefix) for prefix in medication[4].split())
            ]
            for illness in self._illnesses.things
        }

    def _diagnose(self, visit: Visit, start: datetime) -> None:
        chance = self._chance
        patient = visit.patient
        returns = patient.lasting and chance.random() < 0.55
        illness = chance.choice(patient.lasting) if returns else self._illnesses.pick(chance)
        too_young = illness[4] == "1" and patient.age_on(visit.day) < 18 and illness[0][0] not in _YOUNG
        if illness not in visit.illnesses and patient.can_have(illness) and not too_young:
            visit.illnesses.append(illness)
            certainty = chance.choice(("confirmed",) * 8 + ("suspected",) * 3 + ("excluded",))
            self._world.put(
                "diagnosis",
                id=len(self._world.tables.get("diagnosis", ())) + 1,
                visit_id=visit.id,
                icd_code=illness[0],
                certainty=certainty,
                recorded_at=_after(start, 6),
            )

    def _prescribe(self, visit: Visit) -> str:
        chance, first = self._chance, ""
        for illness in visit.illnesses:
            remedies = self._given_for[illness[0]]
            if not remedies or chance.random() > 0.85:
                continue
            number = chance.choice(remedies)
            name = self._medications[number - 1][1]
            first = first or name
            self._world.put(
                "prescription",
                id=len(self._world.tables.get("prescription", ())) + 1,
                visit_id=visit.id,
                medication_id=number,
                dose=chance.choice(("1-0-0", "1-0-1", "0-0-1", "1-1-1", "when needed")),
                instructions=chance.choice(
                    (None, None, "with food", "before sleep", "finish the whole pack")
                ),
                days=chance.choice((3, 5, 7, 7, 10, 14, 28, 28, 56, 84)),
                prescribed_on=visit.day.isoformat(),
            )
        return first

    def _order(self, visit: Visit, start: datetime) -> None:
        chance, world = self._chance, self._world
        for panel in sorted({self._panel_names.pick(chance) for _ in range(_PANELS_ON_ORDER)}):
            order = len(world.tables.get("lab_order", ())) + 1
            world.put(
                "lab_order",
                id=order,
                visit_id=visit.id,
                staff_id=visit.doctor.id,
                ordered_at=_after(start, 10),
                panel=panel,
            )
            for _, analyte, unit, low, high, digits in self._panels[panel]:
                value, flag = _result(chance, float(low), float(high))
                world.put(
                    "lab_result",
                    id=len(world.tables.get("lab_result", ())) + 1,
                    order_id=order,
                    analyte=analyte,
                    value=round(value, int(digits)),
                    unit=unit,
                    flag=flag,
                )

    def _measure(self, visit: Visit, start: datetime) -> None:
        chance = self._chance
        for measurement in self._measurements:
            if chance.random() < 0.93:
                self._observe(visit, start, measurement)
        if chance.random() < 0.25:  # a second reading of the blood pressure
            for measurement in self._measurements[2:4]:
                self._observe(visit, start + timedelta(minutes=6), measurement)

    def _observe(self, visit: Visit, start: datetime, measurement: Fields) -> None:
        chance = self._chance
        kind, unit, middle, spread, digits, keeps = measurement
        steady = float(keeps)
        distance = visit.patient.build[kind] * steady + chance.gauss(0, 1) * (1 - steady**2) ** 0.5
        value = _by_age(kind, float(middle), float(spread) * distance, visit.patient.age_on(visit.day))
        digit_count = int(digits)
        self._world.put(
            "observation",
            id=len(self._world.tables.get("observation", ())) + 1,
            visit_id=visit.id,
            kind=kind,
            value=round(value, digit_count) if digit_count else float(round(value)),
            unit=unit,
            taken_at=_after(start, 3),
            staff_id=visit.doctor.id if chance.random() < 0.96 else None,
            note=self._writer.write("observation notes", visit.patient) if chance.random() < 0.07 else None,
        )


def _result(chance: Random, low: float, high: float) -> tuple[float, str | None]:
    """A value of the laboratory: five of six are in the usual range."""
    width = high - low
    draw = chance.random()
    if draw < 0.06 and low > 0:
        return low * (1 - chance.uniform(0.03, 0.35)), "low"
    if draw < 0.17:
        return high + width * chance.uniform(0.05, 0.8), "high"
    return low + width * (0.15 + 0.7 * chance.random()), None


def _by_age(kind: str, middle: float, distance: float, age: float) -> float:
    match kind:
        case "weight" if age < 17:
            return max(2.6, 3.6 + 3.1 * max(age, 0.0) + distance * max(age, 0.0) / 20)
        case "systolic":
            return max(72.0, middle + distance + (age - 45) * 0.35)
        case "diastolic":
            return max(40.0, middle + distance + (age - 45) * 0.08)
        case "pulse" if age < 10:
            return middle + 25 + distance
        case "spo2":
            return min(100.0, middle + distance)
        case "temperature":
            return middle + distance if distance < 0.5 else middle + distance * 1.8
        case "weight":
            return max(39.0, middle + distance)
    return max(38.0, middle + distance)


def _after(start: datetime, minutes: int) -> str:
    return (start + timedelta(minutes=minutes)).isoformat(" ")

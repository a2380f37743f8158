"""Names, and the people who bear them: staff and patients with what belongs to them alone."""

from __future__ import annotations

import json
import unicodedata
from datetime import date, timedelta
from random import Random

from steward_app.services.sample import numbers
from steward_app.services.sample.words import Fields, Weighted, word_list
from steward_app.services.sample.world import Member, Patient, World

PATIENTS = 1_380
_STAFF = 62
_FIRST_STAFF = 14  # who opened the clinic
_LEADERS = 6
_MAIL_HOSTS = ("example.org", "mail.example", "riverpost.example", "letters.example")
_LANGUAGES = ("en",) * 9 + ("pl", "ur", "fr", "zh", "pt")
_PURPOSES = (
    ("treatment", 1.0),
    ("data sharing", 0.45),
    ("research", 0.3),
    ("newsletter", 0.2),
    ("photographs", 0.05),
)


class Names:
    """Names that go together."""

    def __init__(self) -> None:
        self._list = word_list("names")
        self._cultures = self._list.weighted("cultures", 1)
        self._words: dict[str, list[str]] = {}

    def culture(self, chance: Random) -> str:
        """Where a family comes from."""
        return self._cultures.pick(chance)[0]

    def given(self, chance: Random, culture: str, sex: str) -> str:
        """A given name."""
        if sex == "x":
            return chance.choice(self._of("british x"))
        return chance.choice(self._of(f"{culture} {sex}"))

    def family(self, chance: Random, culture: str) -> str:
        """A family name."""
        return chance.choice(self._of(f"{culture} family"))

    def full(self, chance: Random) -> str:
        """Somebody's full name."""
        culture = self.culture(chance)
        return f"{self.given(chance, culture, chance.choice('fm'))} {self.family(chance, culture)}"

    def relative(self, chance: Random, culture: str, family: str) -> tuple[str, str]:
        """What somebody is to a person of that family, and their name."""
        relation, sex = chance.choice(word_list("texts").fields("relations"))
        own = self.family(chance, culture) if chance.random() < 0.4 else family
        return relation, f"{self.given(chance, culture, sex)} {own}"

    def _of(self, section: str) -> list[str]:
        if section not in self._words:
            self._words[section] = self._list.words(section)
        return self._words[section]


def ascii_word(text: str) -> str:
    """The letters a-z of a name, for addresses: "Müller-Weiß" gives "mullerweiss"; "" where there are none."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ł", "l").replace("Ł", "l"))
    return "".join(c for c in plain.lower() if "a" <= c <= "z")


def staff(world: World) -> None:
    """Everybody who works or worked here, with their roles."""
    chance, names = world.chance("staff"), Names()
    roles = word_list("organisation").weighted("roles", 3)
    manager = next(role for role in roles.things if role[1] == "Practice manager")
    codes: set[str] = set()
    for number in range(1, _STAFF + 1):
        role = manager if number == 1 else roles.pick(chance)
        member = _member(world, chance, names, number, role[4] == "1" or 1 < number <= _LEADERS, codes)
        if 1 < number <= _LEADERS:
            role = roles.things[0]  # doctors, so that somebody treats patients from the first day
        world.put(
            "staff",
            id=number,
            code=member.code,
            badge_no=member.badge_no,
            full_name=member.full_name,
            license_no=f"L{chance.randrange(10**5, 10**6)}{number:02d}" if member.treats else None,
            email=member.email,
            phone=member.phone,
            salary_iban=numbers.iban(chance),
            manager_id=None if number == 1 else chance.randrange(1, min(number, _LEADERS + 1)),
            hired_on=member.hired.isoformat(),
            left_on=member.left.isoformat() if member.left else None,
        )
        _roles(world, chance, member, role, roles.things)


def _member(world: World, chance: Random, names: Names, number: int, treats: bool, codes: set[str]) -> Member:
    culture = names.culture(chance)
    given, family = names.given(chance, culture, chance.choice("ffm")), names.family(chance, culture)
    code = stem = (ascii_word(given)[:1] + ascii_word(family))[:9] or f"staff{number}"
    while code in codes:
        code = f"{stem}{chance.randrange(2, 99)}"
    codes.add(code)
    hired = world.start if number <= _FIRST_STAFF else world.day_between(chance, world.start, world.today)
    stays = number <= _LEADERS or chance.random() < 0.6
    left = None if stays else min(hired + timedelta(days=chance.randrange(200, 3000)), world.today)
    member = Member(
        number,
        code,
        f"B{1000 + 7 * number}",
        f"{given} {family}",
        f"{code}@riverside.example",
        f"01632 960{100 + number}",
        hired,
        left,
        treats,
    )
    world.staff.append(member)
    return member


def _roles(world: World, chance: Random, member: Member, role: Fields, roles: list[Fields]) -> None:
    world.put("staff_role", staff_id=member.id, role_id=int(role[0]), since=member.hired.isoformat())
    if chance.random() < 0.25:
        other = chance.choice([r for r in roles if r is not role])
        since = world.day_between(chance, member.hired, member.left or world.today)
        world.put("staff_role", staff_id=member.id, role_id=int(other[0]), since=since.isoformat())


def patients(world: World) -> None:
    """All patients, in the order they registered, each with contacts, insurance, allergies and consents."""
    chance, names, places = world.chance("patients"), Names(), word_list("places")
    streets, towns = places.words("streets"), places.weighted("towns", 2)
    lasting = [entry for entry in word_list("clinical").fields("diagnoses") if entry[4] == "1"]
    illnesses = Weighted(lasting, [float(entry[3]) for entry in lasting])
    days = sorted(_registered(world, chance) for _ in range(PATIENTS))
    taken: set[str] = set()
    for number, registered in enumerate(days, 1):
        patient = _patient(world, chance, names, number, registered)
        town = towns.pick(chance)
        patient.street = f"{chance.randrange(1, 140)} {chance.choice(streets)}"
        patient.town, patient.postcode = town[0], numbers.postcode(chance, town[1])
        older = patient.age_on(patient.until) / 30
        found = [illnesses.pick(chance) for _ in range(min(4, int(chance.random() * older)))]
        patient.lasting = [illness for illness in found if patient.can_have(illness)]
        world.patients.append(patient)
        _put(world, chance, patient, taken)


def _registered(world: World, chance: Random) -> date:
    """A fifth of the patients came in the first year, the others at any time since."""
    if chance.random() < 0.2:
        return world.day_between(chance, world.start, world.start + timedelta(days=360))
    return world.day_between(chance, world.start, world.today - timedelta(days=2))


def _patient(world: World, chance: Random, names: Names, number: int, registered: date) -> Patient:
    culture, draw = names.culture(chance), chance.random()
    sex = "f" if draw < 0.51 else "m" if draw < 0.985 else "x"
    given, family = names.given(chance, culture, sex), names.family(chance, culture)
    born = registered - timedelta(days=int(_age(chance) * 365.25) + chance.randrange(365))
    until = world.today
    if (world.today - born).days > 72 * 365 and chance.random() < 0.3:
        until = world.day_between(chance, registered + timedelta(days=1), world.today - timedelta(days=1))
    mailbox = ".".join(filter(None, (ascii_word(given), ascii_word(family)))) or f"patient{number}"
    relatives = [names.relative(chance, culture, family) for _ in range(2)]
    build = {entry[0]: chance.gauss(0, 1) for entry in word_list("clinical").fields("measurements")}
    return Patient(
        number,
        given,
        family,
        sex,
        born,
        registered,
        until,
        "",
        "",
        "",
        numbers.phone(chance),
        f"{mailbox}{chance.choice(('', str(born.year % 100).zfill(2)))}@{chance.choice(_MAIL_HOSTS)}",
        relatives,
        [],
        build,
    )


def _age(chance: Random) -> int:
    draw = chance.random()
    if draw < 0.16:
        return chance.randrange(0, 16)
    return chance.randrange(16, 60) if draw < 0.78 else chance.randrange(60, 92)


def _put(world: World, chance: Random, patient: Patient, taken: set[str]) -> None:
    relation, relative = patient.relatives[0]
    contact = {
        "language": chance.choice(_LANGUAGES),
        "letters": chance.random() < 0.7,
        "call": {"name": relative, "relation": relation, "phone": numbers.phone(chance)},
    }
    world.put(
        "patient",
        id=patient.id,
        given_name=patient.given,
        family_name=patient.family,
        birth_date=patient.born.isoformat(),
        sex=patient.sex,
        national_id=numbers.health_number(chance, taken) if chance.random() < 0.93 else None,
        postcode=patient.postcode if chance.random() < 0.95 else None,
        contact=json.dumps(contact, ensure_ascii=False) if chance.random() < 0.85 else None,
        deceased_on=patient.until.isoformat() if patient.until < world.today else None,
        created_at=f"{patient.registered} {chance.randrange(8, 18):02d}:{chance.randrange(60):02d}:00",
        updated_at=None,
    )
    _contacts(world, chance, patient)
    _insurance(world, chance, patient)
    _allergies(world, chance, patient)
    _consents(world, chance, patient)


def _contacts(world: World, chance: Random, patient: Patient) -> None:
    address = f"{patient.street}, {patient.town} {patient.postcode}"
    ways = (("phone", patient.phone, 0.9), ("email", patient.email, 0.55), ("post", address, 0.35))
    for kind, value, share in ways:
        if chance.random() < share:
            number = len(world.tables.get("patient_contact", ())) + 1
            world.put("patient_contact", id=number, patient_id=patient.id, kind=kind, value=value)


def _insurance(world: World, chance: Random, patient: Patient) -> None:
    insurers = word_list("organisation").weighted("insurers", 2)
    if chance.random() < 0.1:
        return
    patient.insurer = int(insurers.pick(chance)[0])
    changed = world.day_between(chance, patient.registered, patient.until)
    if chance.random() < 0.12:
        former = int(insurers.pick(chance)[0])
        _insured(world, chance, patient, former, patient.registered, changed)
        _insured(world, chance, patient, patient.insurer, changed, None)
    else:
        _insured(world, chance, patient, patient.insurer, patient.registered, None)


def _insured(
    world: World, chance: Random, patient: Patient, insurer: int, since: date, until: date | None
) -> None:
    number = len(world.tables.get("patient_insurance", ())) + 1
    world.put(
        "patient_insurance",
        id=number,
        patient_id=patient.id,
        insurer_id=insurer,
        member_no=f"{insurer}-{chance.randrange(100, 1000)}{number:04d}",
        is_primary=1,
        valid_from=since.isoformat(),
        valid_to=until.isoformat() if until else None,
    )


def _allergies(world: World, chance: Random, patient: Patient) -> None:
    substances = sorted({entry[0] for entry in word_list("clinical").fields("medications")})
    if chance.random() < 0.28:
        for substance in chance.sample(substances, chance.choice((1, 1, 1, 2, 3))):
            world.put(
                "allergy",
                id=len(world.tables.get("allergy", ())) + 1,
                patient_id=patient.id,
                substance_code=substance,
                severity=chance.choice(("mild", "mild", "moderate", "severe")),
                noted_on=world.day_between(chance, patient.registered, patient.until).isoformat(),
            )


def _consents(world: World, chance: Random, patient: Patient) -> None:
    for purpose, share in _PURPOSES:
        if chance.random() >= share:
            continue
        given = patient.registered if purpose == "treatment" else None
        given = given or world.day_between(chance, patient.registered, patient.until)
        withdrawn = chance.random() < 0.14 and purpose != "treatment"
        world.put(
            "consent",
            id=len(world.tables.get("consent", ())) + 1,
            patient_id=patient.id,
            purpose=purpose,
            given_on=given.isoformat(),
            withdrawn_on=world.day_between(chance, given, patient.until).isoformat() if withdrawn else None,
            channel=chance.choice(("paper", "paper", "tablet", "telephone")),
            wording_version=1 + (given.year - world.start.year) // 5,
        )

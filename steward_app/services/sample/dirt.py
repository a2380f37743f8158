"""What is wrong with the sample: made wrong in exact numbers, after everything was made right.

Each kind of dirt says which rows it touched; no row is touched twice, so that every number can be checked by a
query of its own. How rules that SQLite enforces come to be broken is told where the rows are written, in `build`.
"""

from __future__ import annotations

from datetime import date, timedelta

from steward_app.db import quote
from steward_app.kernel.values import SqlValue
from steward_app.services.sample import dirt_of_people
from steward_app.services.sample.model import Planted
from steward_app.services.sample.planting import Dirt, number, text
from steward_app.services.sample.world import Record, World


def plant(world: World) -> tuple[Planted, ...]:
    """Make the sample as dirty as real files are. Rows may be added; none is removed."""
    dirt = Dirt(world)
    for part in (
        _lost_parents,
        _undeclared,
        _broken_rules,
        dirt_of_people.plant,
        _times,
        _after_death,
        _measured,
        _money,
        _office,
    ):
        part(dirt)
    return tuple(dirt.planted)


def _lost_parents(dirt: Dirt) -> None:
    """Children whose parents a program deleted with foreign keys switched off."""
    gone = dirt.world.gone_visits
    diagnoses = dirt.world.tables["diagnosis"]
    for visit, like in zip(sorted(gone[n % len(gone)] for n in range(17)), diagnoses[:17], strict=True):
        before = next(row for row in reversed(diagnoses) if number(row, "visit_id") <= visit)
        dirt.add(
            "diagnosis",
            id=dirt.next_id("diagnosis"),
            visit_id=visit,
            icd_code=like["icd_code"],
            certainty="confirmed",
            recorded_at=before["recorded_at"],
        )
    dirt.note(
        "diagnosis_without_visit",
        "diagnosis.visit_id",
        17,
        "17 diagnoses point to a visit that is gone",
        "SELECT id, visit_id FROM diagnosis WHERE visit_id NOT IN (SELECT id FROM visit)",
    )
    dirt.add(
        "lab_result",
        id=dirt.next_id("lab_result"),
        order_id=dirt.next_id("lab_order") + 3,
        analyte="GLU",
        value=5.4,
        unit="mmol/L",
        flag=None,
    )
    dirt.note(
        "result_without_order",
        "lab_result.order_id",
        1,
        "1 laboratory result points to an order that is gone",
        "SELECT id, order_id FROM lab_result WHERE order_id NOT IN (SELECT id FROM lab_order)",
    )
    for row in dirt.pick("login_event", 6):
        row["device_id"] = dirt.chance.randrange(1, 4)
    dirt.note(
        "login_of_dropped_device",
        "login_event.device_id",
        6,
        "6 logins point to the table device, which is gone",
        "SELECT token, device_id FROM login_event WHERE device_id IS NOT NULL",
    )


def _undeclared(dirt: Dirt) -> None:
    """What breaks relations that no working foreign key declares."""
    for row in dirt.pick("login_event", 5):
        row["staff_code"] = dirt.chance.choice(("admin", "root", "guest", "test"))
    dirt.note(
        "login_of_nobody",
        "login_event.staff_code",
        5,
        "5 logins bear a code nobody has",
        "SELECT token, staff_code FROM login_event"
        " WHERE NOT EXISTS (SELECT 1 FROM staff WHERE staff.code = login_event.staff_code)",
    )
    for row in dirt.pick("allergy", 5):
        row["substance_code"] = dirt.chance.choice(("NUTS", "LATEX", "J01C"))
    dirt.note(
        "allergy_to_unknown_substance",
        "allergy.substance_code",
        5,
        "5 allergies name a substance that no medication has",
        "SELECT id, substance_code FROM allergy"
        " WHERE substance_code NOT IN (SELECT atc_code FROM medication)",
    )
    for row in dirt.pick("message", 12):
        row["patient_id"] = None
    dirt.note(
        "message_without_patient",
        "message.patient_id",
        12,
        "12 messages name no patient, though their address is a patient's",
        "SELECT id, address FROM message WHERE patient_id IS NULL",
    )


def _broken_rules(dirt: Dirt) -> None:
    for row in dirt.pick("visit", 9, lambda row: row["ended_at"] is not None):
        row["started_at"], row["ended_at"] = row["ended_at"], row["started_at"]
    dirt.note(
        "visit_ends_before_start",
        "visit.started_at, ended_at",
        9,
        "9 visits end before they start",
        "SELECT id, started_at, ended_at FROM visit WHERE ended_at < started_at",
    )
    for row in dirt.pick("prescription", 2):
        row["days"] = 0
    dirt.note(
        "prescription_for_no_day",
        "prescription.days",
        2,
        "2 prescriptions are for 0 days",
        "SELECT id, days FROM prescription WHERE days NOT BETWEEN 1 AND 365",
    )
    dirt.add("icd_code", code=None, title="Not yet coded", chapter="Care")
    dirt.note(
        "icd_code_without_key",
        "icd_code.code",
        1,
        "1 illness has no code, though the code is the key",
        "SELECT rowid, title FROM icd_code WHERE code IS NULL",
    )
    register = dirt.world.tables["old_register"]
    for row in register[3:73:10]:
        dirt.add("old_register", **row)
    same = " AND ".join(f"later.{quote(column)} IS earlier.{quote(column)}" for column in register[0])
    dirt.note(
        "old_register_repeated",
        "old_register",
        7,
        "7 rows of the old register repeat another one exactly",
        "SELECT later.rowid FROM old_register AS later WHERE EXISTS"
        f" (SELECT 1 FROM old_register AS earlier WHERE earlier.rowid < later.rowid AND {same})",
    )


def _times(dirt: Dirt) -> None:
    today = dirt.world.today.isoformat()

    def over(row: Record) -> bool:
        return row["ended_at"] is not None and text(row, "started_at") < today

    for row in dirt.pick("visit", 13, over):
        row["ended_at"] = None
    dirt.note(
        "visit_never_ended",
        "visit.ended_at",
        13,
        "13 visits of earlier days have no end",
        f"SELECT id, started_at FROM visit WHERE ended_at IS NULL AND started_at < '{today}'",
    )
    for row in dirt.pick("visit", 14, over):
        for column in ("started_at", "ended_at"):
            row[column] = text(row, column).replace(" ", "T") + "Z"
    dirt.note(
        "visit_time_other_format",
        "visit.started_at, ended_at",
        14,
        "14 visits write their times with T and Z, the others with a space",
        "SELECT id, started_at FROM visit WHERE started_at GLOB '*T*Z'",
    )


def _after_death(dirt: Dirt) -> None:
    days: dict[SqlValue, list[str]] = {}
    for row in dirt.world.tables["visit"]:
        days.setdefault(row["patient_id"], []).append(text(row, "started_at")[:10])
    for row in dirt.pick("patient", 3, lambda row: row["deceased_on"] is not None and row["id"] in days):
        last = date.fromisoformat(max(days[row["id"]]))
        row["deceased_on"] = (last - timedelta(days=1)).isoformat()
    dirt.note(
        "visit_after_death",
        "patient.deceased_on",
        3,
        "3 patients came to a visit after they died",
        "SELECT DISTINCT patient.id FROM patient JOIN visit ON visit.patient_id = patient.id"
        " WHERE date(visit.started_at) > patient.deceased_on",
    )


def _measured(dirt: Dirt) -> None:
    for row in dirt.pick("observation", 6, lambda row: row["kind"] == "weight" and number(row, "value") > 45):
        row["value"] = round(number(row, "value") * 10, 1)
    dirt.note(
        "weight_times_ten",
        "observation.value",
        6,
        "6 weights lost their decimal point",
        "SELECT id, value FROM observation WHERE kind = 'weight' AND value > 400",
    )
    for row in dirt.pick("observation", 5, lambda row: row["kind"] == "temperature"):
        row["value"] = round(number(row, "value") * 1.8 + 32, 1)
    dirt.note(
        "temperature_in_fahrenheit",
        "observation.value",
        5,
        "5 temperatures are in Fahrenheit",
        "SELECT id, value FROM observation WHERE kind = 'temperature' AND value > 90",
    )
    for row in dirt.pick("observation", 4, lambda row: row["kind"] == "systolic"):
        row["value"] = f"{number(row, 'value'):.0f}/{dirt.chance.randrange(64, 95)}"
    dirt.note(
        "observation_is_text",
        "observation.value",
        4,
        "4 blood pressures stand as one text in a column of numbers",
        "SELECT id, value FROM observation WHERE typeof(value) = 'text'",
    )
    for place, row in enumerate(dirt.pick("lab_result", 18)):
        row["value"], row["flag"] = ("n/a" if place < 11 else "<0.5"), None
    dirt.note(
        "result_is_text",
        "lab_result.value",
        18,
        "18 laboratory results are text in a column of numbers: n/a or <0.5",
        "SELECT id, value FROM lab_result WHERE typeof(value) = 'text'",
    )


def _money(dirt: Dirt) -> None:
    for total, row in zip(("£65", "98,00"), dirt.pick("invoice", 2), strict=True):
        row["total_cents"] = total
    dirt.note(
        "invoice_total_is_text",
        "invoice.total_cents",
        2,
        "2 totals are text in a column of whole numbers",
        "SELECT id, total_cents FROM invoice WHERE typeof(total_cents) = 'text'",
    )
    for row in dirt.pick("invoice", 5):
        row["total_cents"] = int(number(row, "total_cents")) + dirt.chance.choice((-500, 1000, 2400))
    dirt.note(
        "invoice_total_differs",
        "invoice.total_cents",
        5,
        "5 totals are not the sum of their lines",
        "SELECT id, number FROM invoice WHERE typeof(total_cents) = 'integer' AND total_cents <>"
        " (SELECT sum(amount_cents) FROM invoice_line WHERE invoice_no = invoice.number)",
    )
    for row in dirt.pick("payment", 3):
        row["amount_cents"] = -int(number(row, "amount_cents"))
    dirt.note(
        "payment_negative",
        "payment.amount_cents",
        3,
        "3 payments are negative",
        "SELECT id, amount_cents FROM payment WHERE amount_cents < 0",
    )
    issued = {row["id"]: date.fromisoformat(text(row, "issued_on")) for row in dirt.world.tables["invoice"]}
    for row in dirt.pick("payment", 4):
        row["paid_on"] = (issued[row["invoice_id"]] - timedelta(days=6)).isoformat()
    dirt.note(
        "payment_before_invoice",
        "payment.paid_on",
        4,
        "4 payments are older than their invoice",
        "SELECT payment.id, paid_on, issued_on FROM payment JOIN invoice ON invoice.id = payment.invoice_id"
        " WHERE paid_on < issued_on",
    )


def _office(dirt: Dirt) -> None:
    for row in dirt.pick("appointment", 40, lambda row: row["remark"] is None):
        row["remark"] = ""
    dirt.note(
        "remark_empty",
        "appointment.remark",
        40,
        "40 remarks are empty text instead of missing",
        "SELECT id FROM appointment WHERE remark = ''",
    )
    for row in dirt.pick("document", 2, lambda row: row["media_type"] == "image/png"):
        row["media_type"] = "application/pdf"
    dirt.note(
        "document_of_other_type",
        "document.media_type",
        2,
        "2 documents say PDF and hold a picture",
        "SELECT id FROM document"
        " WHERE media_type = 'application/pdf' AND substr(content, 1, 4) = x'89504E47'",
    )

"""What is charged and what is paid."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from steward_app.services.sample import numbers
from steward_app.services.sample.words import Fields, Weighted, word_list
from steward_app.services.sample.world import Record, Visit, World


def invoices(world: World) -> None:
    """Invoices of three of four visits, their lines and what was paid."""
    chance, services = world.chance("billing"), word_list("clinical").weighted("services", 2)
    in_year: dict[int, int] = {}
    for visit in world.visits:
        if chance.random() < 0.75 and visit.day < world.today:
            in_year[visit.day.year] = in_year.get(visit.day.year, 0) + 1
            number = f"{visit.day.year}-{in_year[visit.day.year]:04d}"
            amounts = [
                _line(world, chance, services, number, line)
                for line in range(1, chance.choice((1, 1, 1, 2, 2, 3)) + 1)
            ]
            _invoice(world, chance, visit, number, amounts)


def _line(world: World, chance: Random, services: Weighted[Fields], number: str, line: int) -> int:
    """A line of an invoice; its amount in cents."""
    description, cents, _ = services.pick(chance)
    quantity = 1 if chance.random() < 0.93 else 2
    world.put(
        "invoice_line",
        invoice_no=number,
        line_no=line,
        description=description,
        quantity=quantity,
        unit_cents=int(cents),
    )
    return quantity * int(cents)


def _invoice(world: World, chance: Random, visit: Visit, number: str, amounts: list[int]) -> None:
    patient = visit.patient
    issued = min(visit.day + timedelta(days=chance.randrange(1, 9)), world.today)
    age_days = (world.today - issued).days
    status = "open" if chance.random() < (0.7 if age_days < 40 else 0.02) else "paid"
    if status == "open" and age_days > 900 and chance.random() < 0.4:
        status = "written off"
    address = f"{patient.full_name}, {patient.street}, {patient.town} {patient.postcode}"
    invoice = world.put(
        "invoice",
        id=len(world.tables.get("invoice", ())) + 1,
        visit_id=visit.id,
        number=number,
        insurer_id=patient.insurer,
        address=address,
        issued_on=issued.isoformat(),
        total_cents=sum(amounts),
        status=status,
    )
    if status == "paid":
        paid = min(issued + timedelta(days=2 + int(chance.expovariate(1 / 20))), world.today)
        if len(amounts) > 1 and chance.random() < 0.3:
            for line, cents in enumerate(amounts, 1):
                _payment(world, chance, invoice, paid, cents, line)
        else:
            _payment(world, chance, invoice, paid, sum(amounts), None)


def _payment(world: World, chance: Random, invoice: Record, paid: date, cents: int, line: int | None) -> None:
    """Money for an invoice, or for one line of it."""
    draw = chance.random()
    if draw < 0.72:
        method, payer = "transfer", numbers.iban(chance)
    elif draw < 0.9:
        method, payer = "card", numbers.card(chance)
    else:
        method, payer = "cash", None
    world.put(
        "payment",
        id=len(world.tables.get("payment", ())) + 1,
        invoice_id=invoice["id"],
        invoice_no=invoice["number"] if line else None,
        line_no=line,
        amount_cents=cents,
        method=method,
        payer_ref=payer,
        paid_on=paid.isoformat(),
    )

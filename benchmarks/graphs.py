"""Schemas for the layout benchmarks: a few hubs, chains, links to itself, cycles, and a tenth of tables alone."""

from __future__ import annotations

import random

from steward_app.services.schema.erd.model import Box, BoxRow, Diagram, Link


def diagram(tables: int, seed: int = 1) -> Diagram:
    """A diagram of that many tables and about one and a half times as many links."""
    chance = random.Random(seed * 1000 + tables)
    columns = [min(60, max(2, int(chance.lognormvariate(2.0, 0.6)))) for _ in range(tables)]
    boxes = tuple(
        Box(
            f"t{number}",
            tuple(BoxRow(f"c{place}", "integer") for place in range(columns[number])),
            float(chance.choice([160, 180, 200, 240, 300])),
        )
        for number in range(tables)
    )
    linked, hubs = tables - max(1, tables // 10), max(1, round(tables * 0.03))
    pairs: list[tuple[int, int]] = []
    for child in range(hubs, linked):
        targets = {
            chance.randrange(hubs)
            if chance.random() < 0.35
            else max(0, child - 1 - int(chance.expovariate(1 / 6)))
            for _ in range(chance.choices([1, 2, 3, 4], [50, 30, 15, 5])[0])
        }
        pairs += [(child, parent) for parent in sorted(targets)]
        if chance.random() < 0.04:
            pairs.append((child, child))
    for _ in range(max(1, tables // 60)):
        one, other = chance.sample(range(linked), 2)
        pairs.append((min(one, other), max(one, other)))
    links = tuple(
        Link(f"t{child}", (f"c{chance.randrange(columns[child])}",), f"t{parent}", ("c0",), number)
        for number, (child, parent) in enumerate(pairs)
    )
    return Diagram(boxes, links)

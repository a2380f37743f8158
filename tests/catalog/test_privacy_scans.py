"""The last scan for personal data."""

from __future__ import annotations

from steward_app.catalog import Catalog, privacy_scans
from steward_app.catalog.privacy_scans import KeptScan, KeptTable

HOSTILE = 'a"b\n\u202e=cmd|'


def test_the_last_scan_of_a_database_is_kept_with_its_tables(catalog: Catalog) -> None:
    first = KeptScan("2026-11-20T10:00:00.000Z", "h1", "r1", "{}", {"old": KeptTable("s", "{}")})
    scan = KeptScan("2026-11-21T10:00:00.000Z", "h2", "r2", '{"a": 1}', {HOSTILE: KeptTable("", "[]")})
    with catalog.unit() as unit:
        privacy_scans.keep(unit, "d1", first)
        privacy_scans.keep(unit, "d2", first)
        privacy_scans.keep(unit, "d1", scan)
        unit.commit()
    with catalog.reading() as session:
        assert privacy_scans.last(session, "d1") == scan
        assert privacy_scans.last(session, "d2") == first
        assert privacy_scans.last(session, "d3") is None


def test_a_scan_can_be_forgotten(catalog: Catalog) -> None:
    with catalog.unit() as unit:
        privacy_scans.keep(unit, "d1", KeptScan("", "", "", "{}", {"t": KeptTable("", "{}")}))
        privacy_scans.forget(unit, "d1")
        assert privacy_scans.last(unit.session, "d1") is None
        assert unit.session.value("SELECT count(*) FROM privacy_scan_tables") == 0

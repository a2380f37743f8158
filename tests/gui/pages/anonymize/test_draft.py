"""Rules that are being chosen while decisions change what is proposed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward_app.gui.pages.anonymize.draft import Draft
from steward_app.services.privacy.anonymize.situation import Line
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules, Rule

NAME, MAIL, CODE = (Place("patient", column) for column in ("name", "mail", "code"))
PROPOSED = ReleaseRules(
    "r",
    (Rule(NAME, Technique.PSEUDONYM), Rule(MAIL, Technique.PSEUDONYM)),
    quasi_identifiers={"patient": ("sex",)},
)


def test_a_new_proposal_is_taken_while_nothing_was_chosen() -> None:
    draft = Draft()
    draft.begin(PROPOSED)
    newer = replace(PROPOSED, rules=(*PROPOSED.rules, Rule(CODE, Technique.REMOVE)))
    draft.begin(newer)
    assert draft.rules == newer


def test_what_was_chosen_stays_and_what_was_not_follows_the_proposal() -> None:
    draft = Draft()
    draft.begin(PROPOSED)
    draft.rule(Rule(NAME, Technique.REMOVE))
    draft.begin(
        replace(
            PROPOSED,
            rules=(Rule(NAME, Technique.MASK), Rule(CODE, Technique.TOKEN)),
            quasi_identifiers={"patient": ("sex", "age")},
        )
    )
    assert draft.rules is not None
    techniques = {rule.place: rule.technique for rule in draft.rules.rules}
    assert techniques == {NAME: Technique.REMOVE, CODE: Technique.TOKEN}
    assert draft.rules.quasi_identifiers == {"patient": ("sex", "age")}


def test_what_foreign_keys_bind_is_shown_as_it_will_be() -> None:
    key, child = Place("patient", "id"), Place("visit", "patient_id")
    rules = replace(PROPOSED, rules=(*PROPOSED.rules, Rule(key, Technique.PERMUTE)), quasi_identifiers={})
    draft = Draft()
    draft.begin(rules)
    lines = (
        Line(key, "Number", None, bound=(child,)),
        Line(child, "Number", None, bound=(key,)),
        Line(Place("patient", "full"), "Name", None, computed=True),
        Line(CODE, "Code", None),
    )
    own, bound, computed, kept, *_ = draft.rows(lines)
    assert (own.technique, own.lost) == (Technique.PERMUTE, None)
    assert (bound.rule, bound.technique, bound.lost, bound.how) == (
        *(None, Technique.PERMUTE, None),
        "As patient.id",
    )
    assert computed.how.startswith("Computed")
    assert (kept.technique, kept.lost, kept.how) == (Technique.KEEP, 0.0, "")
    draft.rule(Rule(child, Technique.REMOVE))
    assert draft.rows(lines)[1].technique is Technique.REMOVE


def test_columns_are_known_or_sensitive_never_both() -> None:
    draft = Draft()
    draft.begin(PROPOSED)
    draft.turn("sensitive", [Place("patient", "sex"), Place("visit", "icd")])
    assert draft.rules is not None
    assert draft.rules.sensitive == {"patient": ("sex",), "visit": ("icd",)}
    assert draft.rules.quasi_identifiers == {}
    draft.turn("sensitive", [Place("patient", "sex"), Place("visit", "icd")])
    assert draft.rules.sensitive == {}
    assert draft.table is None


def test_another_technique_keeps_the_options_that_it_knows() -> None:
    draft = Draft()
    draft.begin(
        replace(
            PROPOSED,
            rules=(Rule(MAIL, Technique.PSEUDONYM, {"kind": "email", "domain": "d", "locale": "de_DE"}),),
        )
    )
    assert draft.usual(MAIL, Technique.TOKEN, None).options == {"kind": "email", "domain": "d"}
    assert draft.usual(MAIL, Technique.MASK, None).options == {"kind": "email", "keep_last": 2}
    assert draft.usual(NAME, Technique.ROUND, None).options == {"to": 10}


def test_the_largest_table_of_people_is_weighed() -> None:
    draft = Draft()
    known = {"employee": ("title", "city"), "customer": ("country",)}
    draft.begin(replace(PROPOSED, quasi_identifiers=known), {"employee": 8, "customer": 59})
    assert draft.table == "customer"
    draft.begin(replace(PROPOSED, quasi_identifiers=known))
    assert draft.table == "employee"


def test_what_came_into_the_policy_is_taken_over_where_nothing_else_was_said() -> None:
    draft = Draft()
    draft.begin(PROPOSED)
    draft.rule(Rule(NAME, Technique.REMOVE))
    draft.begin(replace(PROPOSED, key="clinic-2", recipient="University"))
    assert (draft.required.key, draft.required.recipient) == ("clinic-2", "University")
    rule = draft.required.at(NAME)
    assert rule is not None
    assert rule.technique is Technique.REMOVE


def test_rows_of_very_many_columns_are_found_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are listed anew at every move of the slider: each place is looked up a few times, not for all others."""
    places = [Place(f"t{table}", f"c{column}") for table in range(40) for column in range(25)]
    rules = ReleaseRules(
        "r",
        tuple(Rule(place, Technique.REMOVE) for place in places[::2]),
        quasi_identifiers={f"t{table}": ("c0", "c1") for table in range(40)},
    )
    draft = Draft()
    draft.begin(rules, {f"t{table}": table for table in range(40)})
    lines = tuple(Line(place, "Name", None) for place in places)
    looked_up = 0
    plain = Place.__hash__

    def counted(self: Place) -> int:
        nonlocal looked_up
        looked_up += 1
        return plain(self)

    monkeypatch.setattr(Place, "__hash__", counted)
    rows = draft.rows(lines)
    assert [row.place for row in rows] == places
    assert looked_up < 20 * len(places)
    assert draft.most_telling(rows)[0].place.table == "t39"


def test_what_the_policy_says_otherwise_is_found_by_what_it_does() -> None:
    coarse = {"hierarchy": "prefix", "level": 1}
    draft = Draft()
    draft.begin(
        replace(PROPOSED, rules=(Rule(NAME, Technique.REMOVE), Rule(CODE, Technique.GENERALIZE, coarse)))
    )
    assert draft.unlike_written == ()
    draft.rule(Rule(CODE, Technique.GENERALIZE, {**coarse, "keep": [3, 2, 1], "kind": "postcode"}))
    draft.rule(Rule(MAIL, Technique.KEEP))
    assert draft.unlike_written == (), "said in other words"
    draft.rule(Rule(CODE, Technique.GENERALIZE, {**coarse, "level": 2}))
    draft.rule(Rule(MAIL, Technique.REMOVE))
    assert set(draft.unlike_written) == {CODE, MAIL}


def test_a_proposal_is_no_rule_of_the_steward() -> None:
    draft = Draft()
    draft.begin(PROPOSED, proposed=True)
    assert draft.said == {}
    draft.rule(Rule(NAME, Technique.MASK))
    assert set(draft.said) == {NAME}
    draft.begin(PROPOSED)
    assert {place: rule.technique for place, rule in draft.said.items()} == {
        NAME: Technique.MASK,
        MAIL: Technique.PSEUDONYM,
    }

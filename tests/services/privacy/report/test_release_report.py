"""The release report: what it says, in three forms that say the same."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from builders.made_by_hand import a_clinic, changed, gone, patients, token, unsalted, visits
from steward_app.catalog import Catalog
from steward_app.catalog.keys import canonical, read_signed, signed_json
from steward_app.db.image import image_hash
from steward_app.kernel.errors import Failure, UsageError
from steward_app.kernel.plan import Check, Json
from steward_app.kernel.progress import Context
from steward_app.services.privacy.anonymize.model import Assessment, Release, ReleaseState, Sheet
from steward_app.services.privacy.attack import AttackKind, run
from steward_app.services.privacy.attack.model import Pairs, Truth
from steward_app.services.privacy.classify.model import Controller
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.report import ReleaseReport, rendered, verify_report, write_release_report
from steward_app.services.privacy.report.model import ColumnRule, RiskBeforeAfter
from steward_app.services.privacy.report.words import (
    holders,
    key_words,
    option_words,
    rule_words,
    subset_words,
)
from steward_app.services.privacy.residue.model import Allowed, Looked, ResidueReport
from steward_app.services.privacy.risk import Question, measure
from steward_app.services.privacy.rules import Limits, ReleaseRules, Rule, Subset
from steward_app.services.privacy.utility import measure as measure_utility
from steward_app.storage.secrets import open_secrets

HOSTILE = 'na"me\n<img onerror=x>\u202e'
RULES = ReleaseRules(
    "research",
    (
        Rule(Place("patient", "name"), Technique.REMOVE),
        Rule(Place("patient", "email"), Technique.TOKEN, {"length": 20}),
        Rule(Place("patient", "birth_date"), Technique.GENERALIZE, {"values": {"secret value": ["x"]}}),
    ),
    key="k",
    subset=Subset("patient", where="name = 'secret value'"),
    quasi_identifiers={"patient": ("birth_date", "postcode", "sex")},
    sensitive={"patient": ("diagnosis",)},
    limits=Limits(k=2),
)
RELEASE = Release(
    *("rl_1", "db_1", "op_1", Path("/copies/research.db"), False, "ab" * 32, 4096, 2, 500),
    *("2026-11-21T01:00:00.000Z", "ada", "research", "cd" * 32, "pl_1", "ef" * 32, "12" * 32, "k"),
    *(
        "University of Ulm",
        "a study of asthma",
        "2027-06-30",
        ReleaseState.MADE,
        "2026-11-21T01:00:00.000Z",
        "ada",
    ),
    checks=(Check("The file holds together", True),),
    key_state="made",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_HOME", str(tmp_path / "home"))


def a_report(tmp_path: Path, *, good: bool = True) -> ReleaseReport:
    """Of a copy that resists, or of one whose hashes are turned back."""
    rows = patients(200)
    made = changed(
        rows,
        name=gone,
        email=token if good else unsalted,
        birth_date=lambda v: f"{str(v)[:2]}00s" if good else v,
        postcode=(lambda v: "1") if good else (lambda v: v),
    )
    rules = replace(RULES, rules=(*RULES.rules, Rule(Place("patient", "postcode"), Technique.GENERALIZE)))
    source = a_clinic(tmp_path / "a.db", rows, visits(300, 200))
    copy = a_clinic(tmp_path / "b.db", made, visits(300, 200))
    asked = Question("patient", ("birth_date", "postcode", "sex"), ("diagnosis",))
    utility = measure_utility(source, copy, Context(), rules)
    attacks = run(source, copy, rules, Context(), seconds=0.05)
    return ReleaseReport(
        "2026-11-21T02:00:00.000Z",
        "ada",
        source,
        copy,
        40_960,
        "ab" * 32,
        RELEASE,
        True,
        rules,
        tuple(ColumnRule(r.place, r.technique, rule_words(r), 0.25) for r in rules.rules),
        (("patient", ("id", "sex", HOSTILE)),),
        RELEASE.policy_hash,
        key_words(RELEASE),
        (
            RiskBeforeAfter(
                measure(source, asked, Context()), measure(copy, asked, Context()), limits=Limits(k=2)
            ),
        ),
        ResidueReport("b.db", 600, (), (), (), 0, (Looked("free pages", 8192),), ()),
        attacks,
        utility,
        ("Not searched: something, a reason.",),
        Controller("Riverside Clinic", protection_officer="Dr Noor"),
    )


def text_of_pdf(data: bytes) -> str:
    """What a reader of the PDF sees, with one space between words."""
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_all_three_forms_carry_the_same_digest(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    signed, digest = rendered(catalog, made, ".json")
    html, again = rendered(catalog, made, ".html")
    pdf, third = rendered(catalog, made, ".pdf")
    assert digest == again == third
    document, _ = read_signed(signed, name="report")
    assert hashlib.sha256(canonical(document)).hexdigest() == digest
    assert digest in html.decode()
    assert pdf.startswith(b"%PDF")


def test_it_says_what_an_officer_signs(tmp_path: Path, catalog: Catalog) -> None:
    html = rendered(catalog, a_report(tmp_path), ".html")[0].decode()
    for said in (
        "pseudonymised (Art. 4(5) GDPR)",
        "recital 26",
        "C-413/23 P",
        "University of Ulm",
        "a study of asthma",
        "2027-06-30",
        RELEASE.file_hash,
        RELEASE.plan_hash,
        RELEASE.policy_hash,
        "The key “k” is kept",
        "The original, “a.db”, is kept by Riverside Clinic, and the key of the pseudonyms with it.",
        "Smallest group (k)",
        "0 of 600 original values found in the places searched",
        "Usefulness kept",
        "Not searched: something, a reason.",
        "Data protection officer (Dr Noor)",
        "does not make that assessment",
    ):
        assert said in html, said
    assert "is anonymous." not in html


def test_what_was_measured_alike_in_several_ways_stands_there_once(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    (risk,) = made.risks
    by = ("postcode", "birth_date", "sex")
    other = replace(risk, before=replace(risk.before, by=by), after=replace(risk.after, by=by))
    twice = replace(made, risks=(risk, other))
    html = rendered(catalog, twice, ".html")[0].decode()
    assert html.count("Smallest group (k)</td>") == rendered(catalog, made, ".html")[0].decode().count(
        "Smallest group (k)</td>"
    )
    pdf = text_of_pdf(rendered(catalog, twice, ".pdf")[0])
    for said in ("birth_date, postcode, sex", "postcode, birth_date, sex"):
        assert f"By {said}." in html
        assert f"by {said}" in pdf


def test_where_originals_may_stand_is_told_reason_by_reason(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    assert made.residue is not None
    allowed = (
        Allowed(Place("patient", "town"), "small domain", 1_200),
        Allowed(Place("note", "body"), "shuffle", 3),
        Allowed(Place("visit", ""), "small domain", 1),
    )
    html = rendered(catalog, replace(made, residue=replace(made.residue, allowed=allowed)), ".html")[
        0
    ].decode()
    assert (
        "<li>Small domain: patient.town (1,200), rows of “visit” (1).</li><li>Shuffle: note.body (3).</li>"
        in html
    )


def test_a_copy_that_is_turned_back_is_called_so(tmp_path: Path, catalog: Catalog) -> None:
    good, bad = a_report(tmp_path / "1"), a_report(tmp_path / "2", good=False)
    assert good.holds
    assert not bad.holds
    html = rendered(catalog, bad, ".html")[0].decode()
    assert "speaks against giving this copy away" in html
    assert "re-identified more than allowed" in html
    document = json.loads(rendered(catalog, bad, ".json")[0])
    assert document["holds"] is False
    assert "dictionary:patient.email" in document["beaten"]


def test_what_a_person_has_to_settle_stands_under_the_verdict(tmp_path: Path, catalog: Catalog) -> None:
    good = a_report(tmp_path)
    release = replace(RELEASE, policy_hash="", recipient="", until="")
    guess = next(each for each in good.attacks.attacks if each.limit is not None)
    knows_all = replace(guess, judged=False, beats=False, tried=200, likely=120.0)
    made = replace(
        good, release=release, attacks=replace(good.attacks, attacks=(*good.attacks.attacks, knows_all))
    )
    assert made.holds
    assert made.to_settle == (
        "The rules were proposed from a scan, and nobody put them into the policy.",
        "It is not said for whom it is, until when.",
        "Whoever knows all that the copy shows of a person is right for 60.0 % of them in “patient”."
        " Whether anybody may know that much is not measured.",
        "3 columns go along unchanged, and no original value of them was looked for.",
    )
    html = rendered(catalog, made, ".html")[0].decode()
    paper = text_of_pdf(rendered(catalog, made, ".pdf")[0])
    signed = json.loads(rendered(catalog, made, ".json")[0])
    assert signed["to_settle"] == list(made.to_settle)
    assert "Right on average, at most" in html and "Attacks that beat their limit" in html
    for each in made.to_settle:
        assert each in html
        assert each in paper
    assert not replace(made, kept=(), attacks=replace(good.attacks, attacks=()), release=RELEASE).to_settle


def test_where_nobody_knows_which_row_is_whose_low_figures_say_nothing(tmp_path: Path) -> None:
    """The key was destroyed: fewer attacks can be judged, and the copy is no safer for it."""
    made = a_report(tmp_path)
    truth = (
        Pairs("patient", Truth.RECOMPUTED, 600, 600, 600),
        Pairs("staff", Truth.UNKNOWN, 9, 9, 0),
        Pairs("empty", Truth.UNKNOWN, 0, 0, 0),
    )
    told = replace(made, attacks=replace(made.attacks, truth=truth)).to_settle
    assert (
        "It is not known which row is whose in “staff”: linkage, frequencies and inference were not tried there,"
        " which does not make it safer."
    ) in told


def test_what_order_and_lengths_tell_is_settled_by_a_person(tmp_path: Path) -> None:
    made = a_report(tmp_path)
    guess = made.attacks.attacks[0]
    traces = [
        replace(
            guess, kind=kind, title=f"{kind} {rate}", judged=False, beats=False, tried=200, likely=200 * rate
        )
        for kind, rate in ((AttackKind.ORDER, 1.0), (AttackKind.LENGTH, 0.25), (AttackKind.LENGTH, 0.5))
    ]
    told = replace(made, attacks=replace(made.attacks, attacks=tuple(traces))).to_settle
    assert "order 1.0: right for 100.0 %. Whether anybody may know that is not measured." in told
    assert (
        "length 0.5: right for 50.0 %. So is one other, for fewer. Whether anybody may know that is not measured."
        in told
    )


def test_a_limit_of_the_rules_that_is_not_reached_is_told(tmp_path: Path) -> None:
    made = a_report(tmp_path)
    limits = Limits(k=500, l_diversity=99, t_closeness=0.001, risk=0.001)
    told = replace(made, risks=tuple(replace(each, limits=limits) for each in made.risks)).problems
    assert len(told) == 4
    assert "the rules ask for 500" in told[0]


def test_paper_lies_beside_the_document_whose_number_it_carries(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    for name in ("report.pdf", "report.html"):
        digest = write_release_report(catalog, made, tmp_path / name, Context())
        beside = tmp_path / f"{name}.json"
        found = verify_report(catalog, beside, None, Context())
        assert (found.sha256, found.ours, found.same_file) == (digest, True, None)
        with pytest.raises(UsageError, match="no signature of its own"):
            verify_report(catalog, tmp_path / name, None, Context())
    paper = text_of_pdf((tmp_path / "report.pdf").read_bytes())
    html = (tmp_path / "report.html").read_text()
    for said in ("may be given away", "Signature", "Place, date", "What free text says in other words"):
        assert said in paper
        assert said in html


def test_where_every_column_is_changed_no_other_one_is_spoken_of(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    for kept, spoken in ((made.kept, True), ((), False)):
        told = replace(made, kept=kept)
        paper = text_of_pdf(rendered(catalog, told, ".pdf")[0])
        for text in (paper, rendered(catalog, told, ".html")[0].decode()):
            assert ("Every other column is left as it is" in text) is spoken


def test_what_is_signed_stands_before_the_annexes_on_few_pages(tmp_path: Path, catalog: Catalog) -> None:
    """Of a database with many columns, tables and attacks: nobody signs on page 60."""
    made = a_report(tmp_path, good=False)
    (risk,) = made.risks
    tables = tuple(
        replace(
            risk,
            before=replace(risk.before, table=f"table_{number}"),
            after=replace(risk.after, table=f"table_{number}"),
            limits=risk.limits if number % 3 == 0 else Limits(),
        )
        for number in range(30)
    )
    columns = tuple(
        replace(made.columns[0], place=Place(f"table_{number}", "a_long_name"), technique=technique)
        for number in range(12)
        for technique in Technique
    )
    beaten = next(each for each in made.attacks.attacks if each.beats)
    attacks = replace(made.attacks, attacks=(*made.attacks.attacks, *[beaten] * 150))
    left_out = tuple(f"Not searched: thing {number}." for number in range(40))
    made = replace(made, risks=tables, columns=columns, attacks=attacks, left_out=left_out)
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(rendered(catalog, made, ".pdf")[0])).pages]
    signed = next(number for number, text in enumerate(pages, 1) if "Decision and signatures" in text)
    annexes = next(number for number, text in enumerate(pages, 1) if text.lstrip().startswith("Annexes"))
    assert signed <= 6
    assert annexes == signed + 1
    assert f"begin on page {annexes}" in " ".join(pages[signed - 1].split())
    before, after = " ".join(pages[:signed]), " ".join(pages[signed:])
    for said in (
        RELEASE.plan_hash,
        RELEASE.policy_hash,
        "Measures",
        "0 of 600 original values",
        "Usefulness kept",
    ):
        assert said in before, said
    for number in range(0, 30, 3):
        assert f"table_{number}" in before, "whoever signs sees every limit of the rules"
    assert "Not searched: thing 39." in after
    html = rendered(catalog, made, ".html")[0].decode()
    assert html.index("Decision and signatures") < html.index("<h1>Annexes</h1>") < html.index("thing 39.")
    for said in ("12 more without limits", "40 things were not searched", "k 2 or more"):
        assert said in html, said


def test_a_report_is_verified_with_its_copy(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    made = replace(made, file_hash=image_hash(made.copy, Context()))
    path = tmp_path / "report.json"
    write_release_report(catalog, made, path, Context())
    assert verify_report(catalog, path, made.copy, Context()).same_file is True
    assert verify_report(catalog, path, made.source, Context()).same_file is False
    text = path.read_text()
    path.write_text(text.replace("a study of asthma", "a study of dreams"))
    with pytest.raises(Failure, match="was changed after it was signed"):
        verify_report(catalog, path, None, Context())
    path.write_bytes(signed_json({"format": "another"}, open_secrets(catalog.directory)))
    with pytest.raises(Failure, match="no release report"):
        verify_report(catalog, path, None, Context())


def test_what_brute_force_had_no_time_for_stands_in_the_report(tmp_path: Path, catalog: Catalog) -> None:
    html = rendered(catalog, a_report(tmp_path), ".html")[0].decode()
    assert "Not begun: " in html


def test_another_file_than_the_register_has_is_told(tmp_path: Path) -> None:
    assert not replace(a_report(tmp_path), same_file=False).holds


def test_a_copy_whose_last_day_is_over_is_told(tmp_path: Path) -> None:
    made = a_report(tmp_path)
    assert replace(made, made_at="2027-06-30T23:59:00.000Z").holds
    for over in (made, replace(made, release=None, rules=replace(RULES, until="2027-06-30"))):
        told = replace(over, made_at="2027-07-01T00:01:00.000Z")
        assert told.problems == ("it was to be used until 2027-06-30 only",)


def test_names_from_the_file_are_harmless_and_no_value_stands_in_it(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    html, signed = (rendered(catalog, made, ending)[0].decode() for ending in (".html", ".json"))
    everything = html + signed
    assert "<img" not in html
    assert "\u202e" not in everything
    assert "secret value" not in everything
    assert not [row for row in patients(200) if str(row[2]) in everything or str(row[3]) in everything]


def test_numbers_with_a_fraction_are_texts_in_the_signed_document(tmp_path: Path, catalog: Catalog) -> None:
    def fractions(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(fractions, value.values()))
        return any(map(fractions, value)) if isinstance(value, list) else isinstance(value, float)

    assert not fractions(json.loads(rendered(catalog, a_report(tmp_path), ".json")[0]))


def test_an_assessment_is_told_as_a_person_recorded_it(tmp_path: Path, catalog: Catalog) -> None:
    sheet = Sheet(
        "Dr Noor", "University of Ulm", "2027-01-31", "why", ("k = 5",), ("linkage",), "we", "nothing"
    )
    told = Assessment(
        "as_1", "rl_1", "2026-11-21T01:30:00.000Z", sheet, "destroyed", True, "00", key_now="destroyed"
    )
    made = replace(a_report(tmp_path), release=replace(RELEASE, assessments=(told,)))
    html = rendered(catalog, made, ".html")[0].decode()
    assert "Assessed anonymous for University of Ulm until 2027-01-31 by Dr Noor" in html
    assert "was kept then" not in html
    later = replace(told, key="kept on the computer", key_now="destroyed")
    made = replace(made, release=replace(RELEASE, assessments=(later,)))
    assert "was kept then, and is destroyed now" in rendered(catalog, made, ".html")[0].decode()


def test_a_copy_that_nobody_knows_is_reported_all_the_same(tmp_path: Path, catalog: Catalog) -> None:
    made = replace(
        a_report(tmp_path),
        release=None,
        same_file=None,
        rules=None,
        columns=(),
        kept=(),
        residue=None,
        risks=(),
        policy_version="",
        key=key_words(None),
    )
    html = rendered(catalog, made, ".html")[0].decode()
    assert "not in the register" in html
    assert "The rules are not known on this computer" in html
    assert rendered(catalog, made, ".pdf")[0].startswith(b"%PDF")


def test_it_is_written_under_its_name_and_no_other_ending(tmp_path: Path, catalog: Catalog) -> None:
    made = a_report(tmp_path)
    target = tmp_path / "report.json"
    digest = write_release_report(catalog, made, target, Context())
    assert hashlib.sha256(canonical(read_signed(target.read_bytes(), name="r")[0])).hexdigest() == digest
    with pytest.raises(UsageError, match="none by its name"):
        write_release_report(catalog, made, tmp_path / "report.docx", Context())
    assert not (tmp_path / "report.docx").exists()


@pytest.mark.parametrize("technique", list(Technique))
def test_every_technique_has_words(technique: Technique) -> None:
    assert rule_words(Rule(Place("t", "c"), technique)).endswith(".")


def test_dates_that_move_row_by_row_are_not_said_to_move_by_person() -> None:
    alone = rule_words(Rule(Place("t", "c"), Technique.SHIFT))
    together = rule_words(Rule(Place("t", "c"), Technique.SHIFT, {"person": ["patient_id"]}))
    assert ("of one row" in alone, "of one person" in alone) == (True, False)
    assert "of one person" in together


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("person", ["patient_id"], "patient_id"),
        ("person", [["visit_id"], ["number", "year"]], "visit_id > number+year"),
        ("group", ["sex", "town"], "sex, town"),
        ("keep", [3, 2, 1], "3, 2, 1"),
        ("values", ["Ada", "Ben"], "a list of 2 values"),
        ("values", {"Ada": "Eva"}, "a list of 1 value"),
    ],
)
def test_options_name_columns_and_never_values(name: str, value: Json, words: str) -> None:
    assert option_words(name, value) == words


def test_rows_in_words() -> None:
    assert "fit the filter" in subset_words(RULES)
    some = replace(RULES, subset=Subset("patient", 0.25), empty=("log",), renumber=("visit",))
    assert subset_words(some) == (
        "25 % of the rows of “patient”, and all they point to. No rows of “log”. Rows of “visit” were numbered anew."
    )
    assert subset_words(None) == ""


def test_keys_in_words() -> None:
    assert key_words(replace(RELEASE, key_name="")) == "No technique of this copy uses a key."
    destroyed = replace(RELEASE, key_state="destroyed")
    assert "is destroyed" in key_words(destroyed)
    assert "The key of the database is kept" in key_words(replace(RELEASE, key_name=RELEASE.database_id))
    assert holders(destroyed, "a.db", "") == "The original, “a.db”, is kept."

"""The rules of a scan: the program's, and the steward's own with their mistakes."""

from __future__ import annotations

import pytest

from steward_app.kernel.errors import Cancelled, ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.folding import fold
from steward_app.services.privacy.discover.packs import own_rules_path, packs
from steward_app.services.privacy.discover.signs import is_sign
from steward_app.services.privacy.kinds import kinds


def own(tmp_path, text):
    database = tmp_path / "clinic.db"
    own_rules_path(database).write_bytes(text if isinstance(text, bytes) else text.encode())
    return database


def test_the_programs_packs_know_every_type():
    told_otherwise = {"json", "about_person", "contact", "identity_hash", "name_code"}
    assert set(packs().signs) | told_otherwise == set(kinds())


def test_what_the_packs_weigh_exists():
    for kind, signs in packs().signs.items():
        for sign in (*signs.weights, *signs.needs):
            assert is_sign(sign), (kind, sign)


def test_terms_are_folded_as_cells_are():
    found = packs()
    for kind, terms in found.terms.items():
        assert all(term == fold(term) for term in terms), kind
    assert {"koerperverletzung", "korperverletzung"} <= set(found.terms["criminal"])


def test_without_a_file_of_its_own_a_database_has_the_programs_rules(tmp_path):
    assert packs(tmp_path / "clinic.db") is packs()


def test_the_stewards_own_rules_are_added(tmp_path):
    database = own(
        tmp_path,
        """\
        # what our house calls things
        kinds:
          person_number:
            headers: {de: mandantenkuerzel, en: dossier}
            patterns: ['RV-[0-9]{6}']
            signs: {pattern: 5}
          health:
            terms: zauberberg
        lists:
          city: Kleinklecksdorf
        """.replace("\n        ", "\n").lstrip(),
    )
    found = packs(database)
    assert found.digest != packs().digest
    assert "RV-[0-9]{6}" in found.patterns["person_number"]
    assert "zauberberg" in found.terms["health"]
    assert "kleinklecksdorf" in found.words["city"]
    assert packs().words["city"] < found.words["city"]
    assert found.signs["person_number"].weights["pattern"] == 5
    assert found.signs["person_number"].needs == packs().signs["person_number"].needs
    assert [match.kind for match in found.headers.read("Mandantenkürzel").matches] == ["person_number"]
    assert not packs().headers.read("Mandantenkürzel").matches


def test_the_digest_follows_the_text(tmp_path):
    first = packs(own(tmp_path, "kinds: {email: {headers: anmail}}\n")).digest
    second = packs(own(tmp_path, "kinds: {email: {headers: anmails}}\n")).digest
    assert first != second


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("kinds:\n  email:\n    heders: x\n", "line 3", "“heders”: this is not a word"),
        ("kinds:\n  emial: {}\n", "line", "there is no such type"),
        ("kinds:\n  email:\n    patterns:\n      - '['\n", "line 4", "no expression of RE2"),
        ("kinds:\n  email:\n    patterns:\n      - '(?=x)'\n", "line 4", "no expression of RE2"),
        ("kinds:\n  email:\n    checks: [os.path]\n", "line 3", "no check"),
        ("kinds:\n  email:\n    signs: {form.email: 99}\n", "line 3", "less than or equal"),
        ("kinds:\n  email:\n    signs: {form.emial: 2}\n", "line 3", "there is no such sign"),
        ("kinds:\n  email: [\n", "line", ""),
        ("kinds: 7\n", "line 1", ""),
        (b"kinds:\n  email: {headers: \xff}\n", "line 2", "not text in UTF-8"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, text, where, what):
    with pytest.raises(UsageError) as caught:
        packs(own(tmp_path, text))
    assert caught.value.code is ErrorCode.BAD_POLICY
    assert "clinic.db.steward.rules.yaml" in caught.value.message
    assert where in caught.value.message
    assert what in caught.value.message


def test_an_empty_file_adds_nothing(tmp_path):
    assert packs(own(tmp_path, "# nothing yet\n")).patterns == packs().patterns


def test_reading_the_packs_can_be_stopped_between_two_of_them() -> None:
    class StopAtTheThird(Context):
        asked = 0

        def checkpoint(self) -> None:
            self.asked += 1
            if self.asked == 3:
                self.cancel()
            super().checkpoint()

    with pytest.raises(Cancelled):
        packs(None, StopAtTheThird())
    assert packs(None, Context()).patterns  # and what was read is not lost

"""What whole values and pieces of text look like, in RE2: its time grows with the text alone, whatever is in it."""

from __future__ import annotations

from typing import Final

from steward_app.services.privacy import written_mails
from steward_app.services.privacy.day_forms import FORMS, MONTH_FIRST, patterns
from steward_app.services.privacy.discover.profile import Form, Inside

_YEAR = r"(?:1[6-9]|20)\d\d"
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
_ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?))?"
_DATES = {form: list(patterns(form, year=_YEAR, letter=r"\pL")) for form in FORMS}
_DATES[MONTH_FIRST] = [each for each in _DATES[MONTH_FIRST] if r"\." not in each]  # 1.15.98 is a version
_DATE = f"(?:{'|'.join(each for found in _DATES.values() for each in found)})"
_DATE_INSIDE = "|".join(each for form, found in _DATES.items() if "sign" in form for each in found)
_IP4 = r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP6 = (
    r"(?:(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,7}:"
    r"|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}|::(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4})"
)
# Without the lengths that a mail server asks for: counted repetitions of all letters take a third of a second to make.
_MAIL = r"[\pL\d.!#$%&'*+/=?^_{|}~-]+@(?:[\pL\d](?:[\pL\d-]*[\pL\d])?\.)+[\pL]{2,}"
_LETTER = r"[\pL\pM]"
_WORD = rf"{_LETTER}(?:{_LETTER}|['’.·・-])*"
_NUMBER_AND_LETTER = r"\d{1,5} ?[a-zA-Z]?"
HOUSE_AFTER_WORDS: Final = r"(?:\d{1,3}|[3-9]\d{3}|2[1-9]\d\d)"  # no year: "Prize of 1901"
_AFTER_WORDS = rf"{HOUSE_AFTER_WORDS} ?[a-zA-Z]?"
_WORDS = rf"{_WORD}(?: {_WORD}){{0,5}}"
_ORDINAL = r"(?:bis |ter |\d{1,3}(?:st|nd|rd|th)? )?"
_EXTENSION = r"(?: ?(?:x|ext\.? ?)\d{1,6})?"
_CODE = r"[\w./#:-]"
_DEGREES = r"\d{1,3}° ?\d{1,2}['’′] ?(?:\d{1,2}(?:\.\d+)?(?:\"|”|″|''))? ?"

WHOLE: Final[tuple[tuple[Form, str], ...]] = (
    (Form.EMAIL, rf"(?:mailto:)?{_MAIL}|.{{1,80}} ?<{_MAIL}>"),
    (Form.URL, r"(?i:(?:https?|ftp)://\S+|www\.[\pL\d-]+\.\S+)"),
    (Form.IP, rf"{_IP4}(?:/\d\d?|:\d{{1,5}})?|\[?{_IP6}\]?(?:/\d{{1,3}}|%\w+)?|::ffff:{_IP4}"),
    (Form.MAC, r"[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}|[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}"),
    (Form.UUID, r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"),
    (Form.IMEI, r"\d{15}|\d{2}-\d{6}-\d{6}-\d"),
    (Form.CARD, r"\d{13,19}|\d{4}(?:[ -]\d{4}){2,3}(?:[ -]\d{1,4})?|\d{4}[ -]\d{6}[ -]\d{5}"),
    (Form.IBAN, r"[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?"),
    (Form.HANDLE, r"@[\w.-]{2,40}"),
    (Form.USER_AGENT, r"(?:Mozilla|Opera|curl|Wget|Dalvik|okhttp|Googlebot|python-requests)/\d.*"),
    (
        Form.FILE,
        r"(?:[A-Za-z]:[\\/]|/|\./|\\\\|~/).*[^\s/\\]+|[^\s:*?<>|@]{1,200}\.(?i:pdf|docx?|xlsx?|pptx?|odt|ods|txt|csv|json|xml|html?|jpe?g"
        r"|png|gif|tiff?|bmp|svg|webp|heic|mp3|mp4|wav|avi|mov|mkv|zip|gz|tar|7z|db|sqlite|log|py|js|exe|dcm|eml|msg)",
    ),
    (
        Form.STREET,
        rf"{_WORDS}(?:, ?| ){_AFTER_WORDS}(?:[ ,/-].*)?|{_NUMBER_AND_LETTER} {_ORDINAL}{_WORDS}(?:[ ,].*)?"
        rf"|{_NUMBER_AND_LETTER}, ?{_ORDINAL}{_WORD} {_WORDS}(?:[ ,].*)?",
    ),
    (Form.INITIALS, r"\p{Lu}\.? ?\p{Lu}\.?(?: ?\p{Lu}\.?)?"),
    (Form.DATE, rf"{_DATE}(?:,?[T ] ?{_CLOCK}{_ZONE})?"),
    (Form.DATE_TIME, rf"{_DATE},?[T ] ?{_CLOCK}{_ZONE}"),
    (Form.TIME, rf"{_CLOCK}{_ZONE}"),
    (Form.EPOCH, r"(?:6[3-9]\d|[7-9]\d\d|1\d{3}|2[01]\d\d)\d{6}(?:\d{3})?"),
    (
        Form.POSITION,
        r"[-+]?\d{1,2}\.\d{3,} ?[,; ] ?[-+]?\d{1,3}\.\d{3,}"
        r"|(?i:point) ?\( ?-?\d{1,3}\.\d+ -?\d{1,3}\.\d+ ?\)"
        rf"|(?i:geo:)-?\d{{1,2}}\.\d+,-?\d{{1,3}}\.\d+.*|{_DEGREES}[NS],? ?{_DEGREES}[EWO]",
    ),
    (Form.LATITUDE, r"[-+]?(?:[0-8]?\d|90)\.\d{3,}"),
    (Form.LONGITUDE, r"[-+]?(?:1[0-7]\d|\d?\d|180)\.\d{3,}"),
    (Form.NUMBER, r"[-+−]?(?:\d{1,3}(?:[,.'  ]\d{3})+|\d+)(?:[.,]\d+)?(?:[eE][-+]?\d{1,3})?|[-+]?\.\d+"),
    (Form.WHOLE_NUMBER, r"[-+]?\d+"),
    (
        Form.PHONE,
        rf"\(?(?:\+|00)[1-9][\d ()./-]{{5,18}}\d{_EXTENSION}|\(?0[1-9][\d ()./-]{{5,16}}\d{_EXTENSION}"
        rf"|\(\d{{2,5}}\)[ -]?\d[\d -]{{4,12}}\d{_EXTENSION}|\d{{2,5}}(?:[ ./-]\d{{2,5}}){{1,5}}{_EXTENSION}"
        rf"|1?[2-9]\d{{9}}{_EXTENSION}|[679]\d{{8}}",
    ),
    (Form.DIALLED, r"\d{9,15}"),
    (
        Form.HASH,
        r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}"
        r"|\$(?:2[abxy]|argon2\w*|[156y]|scrypt|pbkdf2[\w-]*)\$.*|(?:pbkdf2_\w+|bcrypt\w*|argon2|scrypt|sha\d+|md5)[$:].{16,}|\{S?(?:SHA|MD5|SSHA)\w*\}.*",
    ),
    (Form.KEY, r"eyJ[\w-]+\.[\w-]+\.[\w-]*|(?s:-----BEGIN .*)|(?:sk|pk|ghp|xox[abp])[-_][\w-]{16,}"),
    (Form.MARKUP, r"(?s:<[A-Za-z!/?][^>]*>.*)"),
    (Form.CODE, rf"{_CODE}*[A-Za-z]{_CODE}*\d{_CODE}*|{_CODE}*\d{_CODE}*[A-Za-z]{_CODE}*"),
    (Form.WORD, _WORD),
    (Form.WORDS, rf"{_WORD}(?:,?[ \x{{3000}}]{_WORD}){{1,4}}"),
)
"""Forms of whole values. What a form alone cannot tell (a check digit, an exclusion) `texts` looks at afterwards."""

INSIDE: Final[tuple[tuple[Inside, str], ...]] = (
    (Inside.EMAIL, rf"{_MAIL}|{written_mails.IN_WORDS}"),
    (
        Inside.PHONE,
        r"(?:^|[^\w.])(?:\+[1-9]\d{0,2}[ (./-]{0,2}\d[\d ()./-]{5,14}\d|\(?0\d{1,4}\)?[ ./-]\d[\d ./-]{3,10}\d"
        r"|0\d{8,11}"
        r"|\(\d{3}\) ?\d{3}[ -]\d{4}|\d{3}[-. ]\d{3}[-. ]\d{4}|\d{3}[. ]\d{3}[. ]\d{3}|\d\d(?:[. ]\d\d){4}"
        r"|\d\d[. ]\d{3}[. ]\d\d[. ]\d\d)(?:$|\W)",
    ),
    (Inside.URL, r"(?i:https?://\S{4,}|www\.[\pL\d-]+\.\pL{2,})"),
    (Inside.IP, rf"(?:^|[^\d.]){_IP4}(?:$|[^\d.])"),
    (Inside.IBAN, r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
    (Inside.CARD, r"\b(?:\d{4}[ -]){3}\d{4}\b|\b[3-6]\d{15}\b"),
    (
        Inside.DATE,
        rf"\b(?:{_DATE_INSIDE})(?:$|\D)",
    ),
)
"""What stands somewhere in a text. Each has a digit, an @ or a word for it, :// or www., which `telling` relies on."""

_SAYS_NOTHING: Final = bytes(set(range(256)) - set(b"0123456789@\x1f"))


def telling(text: bytes) -> bytes:
    """What is left of a text, or of several, without all that is in none of `INSIDE`: mostly nothing."""
    marked = text.lower().replace(b"www.", b"@").replace(b"://", b"@")
    return written_mails.with_signs(marked).translate(None, _SAYS_NOTHING)

"""Which keys of JSON are names of persons, in any writing and language; no settings, labels, towns or months."""

from __future__ import annotations

import pytest

from steward_app.services.privacy.discover import json_paths
from steward_app.services.privacy.discover.key_names import named
from steward_app.services.privacy.discover.lexicon import lexicon
from steward_app.services.privacy.discover.packs import packs

OF_PERSONS: list[tuple[str, str]] = [
    # what the keys are, the keys between bars; those that are names have a star
    ("person_name", "*Emil Birnbaum"),
    ("person_name", "mode|*Wolfgang Fuchsbein"),
    ("person_name", "mode|*Anna Bergfeldt|*Anna Holmquist|*Anna Trunschke"),
    ("person_name", "total|avg|*Ruprecht Ahrendt|*Hildegard Zinn|Cost Center|Unit Price|Net Weight"),
    ("person_name", "Total Sum|Average Age|*Peter Ahrenskopp|Cost Center|Unit Price|Net Weight|Gross Weight"),
    ("person_name", "mode|*wolfgang fuchsbein|*mechthild taubert|*ruprecht krautwurst"),
    ("person_name", "mode|max_rows|*peter_ahrenskopp|*anna_zinnkraut"),
    ("person_name", "*peter.ahrenskopp"),
    ("person_name", "*wolfgang_fuchsbein|*mechthild.taubert|*r.krautwurst"),
    ("person_name", "mode|*PeterAhrenskopp|*AnnaZinnkraut"),
    ("person_name", "mode|*ИванПетров|*АннаСмирнова"),
    ("person_name", "*ΓιώργοςΠαπαδόπουλος|*ΜαρίαΝικολάου"),
    ("person_name", "*ŁukaszŚwiątek|*PetrŠimek|mode"),
    ("person_name", "*emil-birnbaum"),
    ("person_name", "*birnbaum_emil"),
    ("person_name", "mode|*P. Ahrenskopp|*A. Zinnkraut|*T. Mielke"),
    ("person_name", "*W. Fuchsbein|*M. Taubert|*Krautwurst, R."),
    ("person_name", "mode|*user:Peter Ahrenskopp|*user:Anna Zinnkraut"),
    ("person_name", "user_count|*user_peter_ahrenskopp"),
    ("person_name", "*1 Peter Ahrenskopp|*2 Anna Zinnkraut"),
    ("person_name", "*role of Peter Ahrenskopp|*role of Anna Zinnkraut"),
    ("person_name", "mode|*Peter Ahrenskopp (1970)"),
    ("person_name", "*WOLFGANG FUCHSBEIN|*MECHTHILD TAUBERT"),
    ("person_name", "*Dr. Wolfgang Fuchsbein|*Frau Mechthild Taubert|*Prof. Ruprecht Krautwurst"),
    ("person_name", "*Wolfgang (Chef)|*Wolfgang Fuchsbein 2"),
    ("person_name", "*Czerny, Anna|*Birnbaum, Emil|total"),
    ("person_name", "*Anna Bauer|Total"),
    ("person_name", "*room of Mr Baker|*room of Mr Smith|*room of Mr Thornton|mode"),
    ("person_name", "*Zimmer von Frau Koch|*Zimmer von Herrn Winter|free"),
    ("person_name", "*Thomas Müller|mode"),
    ("person_name", "*Anne-Marie Dupont"),
    ("person_name", "*Maria de la Cruz"),
    ("person_name", "*Ludwig van Beethoven"),
    ("person_name", "*Grace Ahrenskopp|*Rose Zinnkraut|mode"),
    ("person_name", "*Jan Kowalski|*Małgorzata Wiśniewska"),
    ("person_name", "*José García|*Lucía Fernández"),
    ("person_name", "*Ayşe Yılmaz|*Mehmet Öztürk"),
    ("person_name", "*Nguyễn Văn Hùng|*Trần Thị Mai"),
    ("person_name", "*山田 太郎|*佐藤 花子|*鈴木 一郎"),
    ("person_name", "*محمد علي|*فاطمة حسن"),
    ("person_name", "*Пётр Иванов|*Анна Петрова"),
    ("person_name", "*Γιώργος Παπαδόπουλος|*Μαρία Νικολάου"),
    ("person_name", "*иван_петров|mode"),
    ("person_name", "*И. Петров|*А. Смирнов"),
    ("family_name", "*Иванов|*Смирнов|*Кузнецов"),
    ("person_name", "*王伟|*李娜|*张敏|*刘洋"),
    ("person_name", "mode|*王伟"),
    ("person_name", "*王伟|*李浩然"),
    ("family_name", "*王梓涵|*李浩然|*张雨桐|*刘子墨"),
    ("person_name", "*陳美玲|*林志明"),
    ("person_name", "*田中太郎|*佐藤花子"),
    ("person_name", "mode|*田中さん|*王医生|*김민수님"),
    ("person_name", "mode|*김민수|*이영희"),
    ("given_name", "mode|*Ruprecht|*Mechthild"),
    ("given_name", "mode|*Peter|*Anna"),
    ("given_name", "mode|*Peter"),
    ("given_name", "*Emil|*Ada"),
    ("given_name", "*peter|*anna|*thomas|*julia"),
    ("given_name", "*peter|*anna|*thomas|total"),
    ("given_name", "*ruprecht|*mechthild|*wolfgang|*hildegard|total|avg"),
    ("given_name", "*Lizzy|*Peggy|*Emma"),
    ("given_name", "*Faith|*Emma"),
    ("given_name", "*Faith|*Hope|*Joy|*Emma"),
    ("family_name", "mode|*Fuchsbein|*Taubert|*Krautwurst|*Müller|*Schmidt"),
    ("family_name", "*Kowalski|*Nowak|*Wiśniewski"),
]
OF_PROGRAMS = [
    "Grace Period|Max Price|Room Size|Air Bags|Top Speed",
    "theme|fontSize|lang|max_rows|Grace Period|Mark Read|Will Retry|Rose Gold",
    "name|mark|rose|price|will|length",
    "Price|Rose|Will|Grant|Mark",
    "max_price|min_price|grace_days|art|date",
    "title|width|dark mode|Max Mustermann mode",
    "id|username|firstName|lastName|address|phoneNumber|createdAt",
    "isActive|maxRetryCount|userAgent|httpStatus",
    "x_axis|y_axis|p_value|t_start",
    "April|May|June",
    "May|June|April|August",
    "Jan|Feb|Mar|Apr|Mai|Jun|Jul|Aug|Sep",
    "janvier|avril|juin",
    "mon|tue|wed|thu|fri|sat|sun",
    "2024-01|2024-02|2024-Q1",
    "Victoria|Florence|Sydney|Austin|Paris",
    "San Francisco|Santa Barbara|New York|Los Angeles",
    "Alice Springs|Jordan",
    "Virginia|Georgia|Carolina|Dakota",
    "Alabama|Alaska|Arizona|Georgia|New York|North Carolina|Virginia|Washington",
    "Germany|France|Italy|Spain|Jordan",
    "Jordan|Chad|Georgia|Israel",
    "DE|FR|IT|ES|CH",
    "Hope|Faith|Joy|Grace",
    "rose|iris|violet|daisy|ivy",
    "Rose|Tulip|Lily",
    "Red|Amber|Green",
    "kg|cm|mm Hg|mmol/l|Angstrom|Celsius|Kelvin|Newton|Pascal|Tesla",
    "Ruby|Pascal|Ada|Julia|Crystal",
    "alpha|beta|gamma|delta|theta",
    "Mercedes|Lincoln|Ford|Royce",
    "Martin Luther King Blvd|St. James Street",
    "Content-Type|User-Agent|Accept-Language",
    "НомерЗаказа|ДатаСоздания|СуммаДокумента|ФизическоеЛицо|КонтактныйТелефон|МаксимальныйРазмер",
    "ЦенаЗаЕдиницу|АдресДоставки|ВидОплаты|СкидкаПроцент|ЛюбовьКлиента",
    "ΑριθμόςΠαραγγελίας|ΗμερομηνίαΔημιουργίας|ΠοσόΦόρου",
    "ConnectPeerId|EffectiveTill|ResourceName",
    "Net Total|Gross Total|Tax Rate",
    "Hilfe|Einstellungen|Grundfarbe|Schriftgrad",
    "couleur|taille|marque",
    "Farbe|Größe|Marke|Preis",
    "notify|martin|timeout|port",
    "姓名|年龄|地址|电话|价格|数量|高度|金额|时间|文件|方向|黄金",
    "高血压|糖尿病|金属|白色|成功|温度|周一|周二|成本|路径|南京|云南|文章",
    "名前|住所|年齢|電話番号|価格|数量|高さ",
    "이름|나이|주소|전화|가격|이메일|이미지|정보|문서|유형|서울",
]


def judged(keys: list[str]) -> tuple[str, set[str]]:
    found = named(keys, lexicon(packs()))
    return found.kind, set(found.keys)


@pytest.mark.parametrize(("kind", "keys"), OF_PERSONS)
def test_names_are_told_however_they_are_written(kind: str, keys: str) -> None:
    each = keys.split("|")
    wanted = {key[1:] for key in each if key.startswith("*")}
    assert judged([key.removeprefix("*") for key in each]) == (kind, wanted)


@pytest.mark.parametrize("keys", OF_PROGRAMS)
def test_words_towns_months_and_settings_are_no_names(keys: str) -> None:
    each = keys.split("|")
    assert judged(each) == ("", set())
    documents = [(dict.fromkeys(each, 1), 1)] * 3
    paths = set(json_paths.Paths(lexicon(packs())).values(documents))
    assert not any("*" in path for path in paths)


def test_names_stand_at_a_path_of_their_own_beside_their_values() -> None:
    looked = json_paths.Paths(lexicon(packs()))
    found = looked.values([({"mode": "a", "Emil Birnbaum": {"role": "x"}, "Anna Czerny": 7}, 1)])
    assert found == {
        "$.mode": ["a"],
        "$.*~": ["Emil Birnbaum", "Anna Czerny"],
        "$.*.role": ["x"],
        "$.*": [7],
    }
    assert (looked.named("$.*~"), looked.named("$.*"), looked.named("$.mode")) == ("person_name", "", "")

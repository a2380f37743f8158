"""Names that are written without a blank, the family name first, as values of columns and of JSON."""

from __future__ import annotations

import json

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.privacy.discover.unspaced import parts

NAMES = {
    "Chinese": "王伟 李娜 张敏 刘洋 陈静 赵磊 黄丽 周杰 吴刚 徐明 孙丽 朱军 欧阳明 王梓涵 李浩然",
    "Chinese of Taiwan": "陳美玲 林志明 黃淑芬 張家豪 李雅婷 王志偉 吳怡君 劉建宏",
    "Japanese": "田中太郎 佐藤花子 鈴木一郎 高橋美咲 山本健太 中村優子 小林翔太",
    "with a title": "王医生 田中さん 김민수님 李小姐 佐藤花子様 山田くん 王伟先生 陳老師 박씨",
    "Korean": "김민수 이영희 박지훈 최수진 정우성 강하늘 조은지 윤서연",
}
OTHERS = {
    "goods": "苹果 香蕉 电脑 手机 桌子 椅子 黄瓜 白菜 王冠 金项链 高跟鞋 马铃薯 花生 水杯 毛巾 安全帽 方便面 白酒",
    "towns": "北京 上海 南京 江阴 马鞍山 黄山 白城 温州 方城 高雄 台南 花莲 宜兰 林口 梅州 常州 武汉 成都 苏州",
    "states": "完成 进行中 取消 成功 失败 等待 高 中 低 关闭 打开",
    "Japanese words": "高血圧 林檎 石鹸 森林 金属 田舎 山羊 東京 大阪 京都 横浜 川崎 水着 井戸 岡山 山口 石川 福井",
    "Korean words": "사과 바나나 고양이 이불 김치 박수 최고 정보 강물 조건 서울 부산 전자제품 안경 배추 문서 유리",
}


def scanned(tmp_path, table: str, column: str, values: list[str]) -> Scan:
    """A table of 60 rows, whose column repeats what it is given."""
    rows = [(n, values[n * 7 % len(values)]) for n in range(60)]
    columns = f'id INTEGER PRIMARY KEY, "{column}" TEXT'
    return scan(a_database(tmp_path).with_table(table, columns, rows=rows).build())


def said(found: Scan, column: str, path: str = "") -> str:
    at = next(each for each in found.columns if (each.place.column, each.place.path) == (column, path))
    return at.kind if at.verdict is Verdict.PERSONAL else at.verdict


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize(
    ("table", "column"), [("person", "name"), ("note", "name"), ("note", "who"), ("note", "zz")]
)
def test_names_in_a_column_are_found(tmp_path, language, table, column):
    assert said(scanned(tmp_path, table, column, NAMES[language].split()), column) == "person_name"


@pytest.mark.parametrize("language", NAMES)
def test_names_in_json_are_found(tmp_path, language):
    texts = [json.dumps({"n": 7, "who": name}, ensure_ascii=False) for name in NAMES[language].split()]
    assert said(scanned(tmp_path, "note", "doc", texts), "doc", "$.who") == "person_name"


def test_names_among_other_values_are_found(tmp_path):
    values = [*NAMES["Chinese"].split(), "Peter Ahrenskopp", "Anna Zinnkraut", "本人"]
    assert said(scanned(tmp_path, "note", "who", values), "who") == "person_name"


@pytest.mark.parametrize("what", OTHERS)
@pytest.mark.parametrize(("table", "column"), [("product", "name"), ("note", "title"), ("item", "label")])
def test_words_that_begin_as_family_names_do_are_none(tmp_path, what, table, column):
    found = scanned(tmp_path, table, column, OTHERS[what].split())
    assert said(found, column) == Verdict.NOT_PERSONAL


@pytest.mark.parametrize("what", OTHERS)
def test_words_in_json_are_no_names(tmp_path, what):
    texts = [json.dumps({"name": word, "label": word}, ensure_ascii=False) for word in OTHERS[what].split()]
    found = scanned(tmp_path, "note", "doc", texts)
    assert {said(found, "doc", path) for path in ("$.name", "$.label")} == {Verdict.NOT_PERSONAL}


@pytest.mark.parametrize(
    ("word", "family", "given", "listed"),
    [
        ("王伟", "王", "伟", True),
        ("欧阳明", "欧阳", "明", True),
        ("田中太郎", "田中", "太郎", True),
        ("김민수", "김", "민수", True),
        ("李浩然", "李", "浩然", False),
        ("田中太郎様", "田中", "太郎", True),
        ("王医生", "王", "", True),
    ],
)
def test_a_name_is_taken_apart_behind_its_family_name(word, family, given, listed):
    found = parts(word)
    assert found is not None
    assert (found.family, found.given, found.listed) == (family, given, listed)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "王",
        "Wang",
        "苹果",
        "金属",
        "王伟 李娜",
        "王伟7",
        "ひらがな",
        "田中",
        "多様",
        "お客様",
        "날씨",
        "先生",
    ],
)
def test_other_words_are_not_taken_apart(word):
    assert parts(word) is None

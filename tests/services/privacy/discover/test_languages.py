"""Lists of people in many languages and scripts: what leads to somebody is found, whatever the table is called."""

from __future__ import annotations

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Verdict
from steward_app.services.privacy.discover.scan import scan

TABLES = {
    "ru": (
        {"ФИО": "person_name", "Телефон": "phone", "Дата_рождения": "birth_date", "Адрес": "address"},
        [
            ("Иванов Пётр Ильич", "+7 (912) 345-67-80", "12.03.1971", "г. Тверь, ул. Лесная, д. 5"),
            ("Смирнова Анна Юрьевна", "8 903 222 11 10", "01.11.1988", "г. Орёл, пер. Новый, д. 17"),
            ("Кузнецов Олег Львович", "+7 495 111 22 33", "23.07.1964", "г. Псков, пр. Мира, д. 40"),
        ],
    ),
    "zh": (
        {"姓名": "person_name", "手机号码": "phone", "家庭住址": "address", "身份证号": "national_id"},
        [
            ("王小明", "13812345678", "北京市海淀区中关村大街1号", "11010519491231002X"),
            ("李娜", "13987654321", "上海市浦东新区世纪大道8号", "440524188001010014"),
            ("张伟", "13700001111", "广州市天河区体育西路20号", "320311198708061231"),
        ],
    ),
    "ja": (
        {"氏名": "person_name", "電話番号": "phone", "住所": "address", "生年月日": "birth_date"},
        [
            ("山田 太郎", "090-1234-5678", "東京都港区芝公園4-2-8", "1970/1/2"),
            ("佐藤 花子", "03-1234-9876", "大阪府大阪市北区梅田1-1", "1985/12/24"),
            ("鈴木 一郎", "080-2222-3333", "京都府京都市中京区5-6", "1993/7/7"),
        ],
    ),
    "ar": (
        {"الاسم_الكامل": "person_name", "رقم_الجوال": "phone", "العنوان": "address"},
        [
            ("محمد علي حسن", "0501234567", "شارع الملك فهد، الرياض"),
            ("فاطمة أحمد سالم", "0559876543", "حي النزهة، جدة"),
            ("خالد عمر يوسف", "0533334444", "طريق الأمير، الدمام"),
        ],
    ),
    "id": (
        {"npm": "person_number", "nama": "person_name", "alamat": "address", "no_hp": "phone"},
        [
            (2201010007, "Putri Ayuningtyas", "Jl. Melati No. 4, Bandung", "081234567890"),
            (2201010019, "Bagus Prakoso", "Jl. Kenanga 12, Sleman", "085711112222"),
            (2201010021, "Sri Wahyuni", "Gg. Mawar 3, Surabaya", "087833334444"),
        ],
    ),
    "tr": (
        {"Adi": "given_name", "Soyadi": "family_name", "CepTelefonu": "phone", "TC_Kimlik_No": "national_id"},
        [
            ("Ayşe", "Yılmaz", "0532 123 45 67", "10000000146"),
            ("Mehmet", "Kaya", "0541 765 43 21", "11111111110"),
            ("Elif", "Demir", "0505 555 44 33", "12345678950"),
        ],
    ),
}


@pytest.mark.parametrize("language", TABLES)
def test_a_list_of_people(tmp_path, language):
    columns, rows = TABLES[language]
    declared = ", ".join(f'"{name}"' for name in columns)
    found = scan(a_database(tmp_path).with_table("sheet1", declared, rows=rows).build())
    assert {each.place.column: each.kind for each in found.columns} == columns


def test_goods_in_other_scripts_are_nobodys(tmp_path):
    rows = [
        ("红茶", 12.5, 300, "箱"),
        ("绿茶", 9.9, 120, "箱"),
        ("咖啡", 31.0, 45, "包"),
        ("牛奶", 5.5, 800, "瓶"),
    ]
    builder = a_database(tmp_path).with_table("商品", '"商品名称", "单价", "库存", "单位"', rows=rows)
    found = scan(builder.build())
    assert not [each for each in found.columns if each.verdict is Verdict.PERSONAL]


KINDS = (
    ("ja", "読み方", ("あおき　あい", "さとう　はなこ", "すずき　けんた", "たなか　ゆみ"), "person_name"),
    ("th", "Prefix", ("นาย", "นางสาว", "นาง", "นาย"), "salutation"),
    ("ru", "обращение", ("Господин", "Госпожа", "Господин", "Госпожа"), "salutation"),
    ("es", "estado", ("activo", "inactivo", "pendiente", "activo"), "about_person"),
    ("es", "estado", ("Jalisco", "Puebla", "Sonora", "Jalisco"), "region"),
    ("pt", "funcao", ("Vigia", "Secretária", "Motorista", "Vigia"), "job"),
    ("pl", "klient", ("tak", "nie", "nie", "tak"), "about_person"),
    ("nl", "mv", ("M", "V", "V", "M"), "sex"),
    (
        "hu",
        "cim",
        ("Budapest, Fő utca 3.", "Szeged, Tisza utca 12.", "Pécs, Kossuth u. 7.", "Győr, Rákóczi út 9."),
        "address",
    ),
    ("id", "alamat", ("Cirebon", "Cirebon", "Cirebon", "Cirebon"), "address"),
    ("en", "countryId", ("US", "US", "GB", "US"), "country"),
    (
        "en",
        "user_query",
        (
            "My number is 212-555-1111, call me",
            "Please note that I moved to 9 Mill Lane",
            "When will my order of 12 arrive?",
            "Please send it to 4 Oak Street again",
        ),
        "free_text",
    ),
)


@pytest.mark.parametrize(("language", "column", "values", "kind"), KINDS)
def test_what_stands_beside_a_name_and_a_birth_is_told_too(tmp_path, language, column, values, kind):
    names = ("Maria Rossi", "Jan Novak", "Ana Costa", "Paul Weber")
    rows = [(n, names[n], f"19{62 + 7 * n}-03-1{n}", values[n]) for n in range(4)]
    built = a_database(tmp_path).with_table("users", f'id, full_name, birth_date, "{column}"', rows=rows)
    found = next(each for each in scan(built.build()).columns if each.place.column == column)
    assert found.kind == kind


def test_a_town_that_no_list_knows_is_one_within_an_address(tmp_path):
    rows = [
        ("Centrumgatan 1", "564 00", "Bankeryd", "Sverige"),
        ("Skogen 12", "555 55", "Landet", "Sverige"),
        ("Blåvägen 3", "111 11", "Mumindalen", "Finland"),
    ]
    names = (("Mikael", "Roos"), ("John", "Doe"), ("Jane", "Doe"))
    people = [(n, *names[n], *row) for n, row in enumerate(rows)]
    columns = "id, fornamn, efternamn, adress, postnummer, ort, land"
    found = scan(a_database(tmp_path).with_table("kunder_lager", columns, rows=people).build())
    assert next(each for each in found.columns if each.place.column == "ort").kind == "city"


def test_titles_of_books_are_no_addresses_where_one_word_means_both(tmp_path):
    titles = ("Egri csillagok", "A Pál utcai fiúk", "Az arany ember", "Az ember tragédiája")
    built = a_database(tmp_path).with_table("konyvek", "id, cim", rows=list(enumerate(titles)))
    found = next(each for each in scan(built.build()).columns if each.place.column == "cim")
    assert found.verdict is Verdict.NOT_PERSONAL

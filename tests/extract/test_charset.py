"""The encoding is decided once, and recorded."""

from __future__ import annotations

import codecs

import pytest

from crawler import eastasian
from crawler.extract import charset, extract
from tests.extract.pages import article, document, page

JAPANESE = (
    "ランタンフィールド株式会社は、月曜日に第二工場を開設したと発表しました。新工場では二百人が働きます。"
)
CHINESE = "灯野有限公司周一宣布，第二家工厂正式投产。新工厂将雇用二百名员工，每月生产四万盏台灯。"
RUSSIAN = "Компания Фонарное поле в понедельник сообщила об открытии второго завода, на котором будут работать двести человек."
FRENCH = "La société Champ-Lanterne a annoncé lundi l’ouverture d’une deuxième usine où travailleront deux cents salariés."
KOREAN = "등불들판 주식회사는 월요일에 두 번째 공장을 열었다고 밝혔다. 새 공장에서는 이백 명이 일하게 된다."


def source(text: str, declared: str) -> str:
    return document(article(f"<p>{text}</p>")).replace('charset="utf-8"', f'charset="{declared}"')


def test_words_that_a_form_feed_parts_stay_parted() -> None:
    assert charset.decode(b"<p>one\x0ctwo\x0bthree\x00</p>").markup == b"<p>one two three</p>"


@pytest.mark.parametrize(
    ("text", "codec", "label", "in_header", "expected", "origin"),
    [
        (JAPANESE, "cp932", "Shift_JIS", True, "cp932", "header"),
        (JAPANESE, "cp932", "Shift_JIS", False, "cp932", "meta"),
        (JAPANESE, "euc_jp", "EUC-JP", False, "euc_jp", "meta"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", True, "iso2022_jp", "header"),
        (CHINESE, "gb18030", "gb2312", False, "gb18030", "meta"),
        (CHINESE, "big5hkscs", "utf-8", False, None, "detected"),
        (KOREAN, "cp949", "euc-kr", True, "cp949", "header"),
        (RUSSIAN, "cp1251", "windows-1251", True, "cp1251", "header"),
        (RUSSIAN, "koi8_r", "koi8-r", False, "koi8_r", "meta"),
        (FRENCH, "cp1252", "iso-8859-1", True, "cp1252", "header"),
        (FRENCH, "utf-8", "utf-8", True, "utf-8", "header"),
        (FRENCH, "utf-8", "utf-8", False, "utf-8", "meta"),
        (FRENCH, "utf-8", "windows-1252", True, "utf-8", "utf-8"),
    ],
)
def test_text_is_read_in_the_encoding_it_was_written_in(
    text: str, codec: str, label: str, in_header: bool, expected: str | None, origin: str
) -> None:
    body = source(text.replace("’", "'") if codec == "cp1252" else text, "" if in_header else label).encode(
        codec, "ignore"
    )
    found = extract(page(body, content_type=f"text/html; charset={label}" if in_header else "text/html"))
    assert found.charset_from == origin
    if expected:
        assert found.charset == expected
        assert text.replace("’", "'") in found.text.replace("’", "'")


def test_a_document_that_knows_better_than_the_servers_default_wins() -> None:
    body = source(RUSSIAN, "windows-1251").encode("cp1251")
    found = extract(page(body, content_type="text/html; charset=ISO-8859-1"))
    assert (found.charset, found.charset_from) == ("cp1251", "meta")
    assert RUSSIAN in found.text


def test_a_header_wins_over_the_document_otherwise() -> None:
    decoded = charset.decode(source(RUSSIAN, "iso-8859-5").encode("cp1251"), "text/html;charset=windows-1251")
    assert (decoded.charset, decoded.source) == ("cp1251", "header")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_seen_with_and_without_its_mark(codec: str) -> None:
    plain = source(FRENCH, "x").encode(codec)
    mark = codecs.BOM_UTF16_LE if codec == "utf-16-le" else codecs.BOM_UTF16_BE
    assert charset.decode(mark + plain).source == "bom"
    bare = charset.decode(plain)
    assert (bare.charset, bare.source) == (codec, "detected")
    assert charset.decode(plain, "text/html; charset=utf-16").source == "header"
    assert FRENCH in extract(page(plain, content_type="")).text


def test_a_utf_8_mark_is_no_text() -> None:
    decoded = charset.decode(codecs.BOM_UTF8 + b"<p>x", "text/html; charset=windows-1251")
    assert (decoded.markup, decoded.charset, decoded.source) == (b"<p>x", "utf-8", "bom")


def test_utf_8_with_a_broken_byte_is_still_utf_8() -> None:
    body = source(RUSSIAN, "utf-8").encode() + b"\xd0"
    decoded = charset.decode(body, "text/html")
    assert (decoded.charset, decoded.source) == ("utf-8", "meta")
    assert RUSSIAN in decoded.markup.decode()


def test_a_document_in_bytes_that_only_calls_itself_utf_16_is_not() -> None:
    decoded = charset.decode(source(FRENCH.replace("’", "'"), "utf-16").encode("cp1252"))
    assert decoded.charset != "utf-16-le"


def test_bytes_that_nobody_can_name_are_read_as_windows_1252(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charset, "detect_encoding", lambda _: ["no-such-codec"])
    decoded = charset.decode(b"<p>caf\xe9 \x81\x8d</p>", "text/html; charset=iso-8859-1")
    assert (decoded.charset, decoded.source) == ("cp1252", "fallback")
    assert "café" in decoded.markup.decode()


@pytest.mark.parametrize(
    "name", ["punycode", "undefined", "unicode_escape", "idna", "rot13", "hex", "zlib", "no-such"]
)
def test_codecs_that_are_no_encodings_of_text_are_ignored(name: str) -> None:
    decoded = charset.decode(FRENCH.encode(), f"text/html; charset={name}")
    assert (decoded.charset, decoded.source) == ("utf-8", "utf-8")


def test_control_characters_and_noncharacters_are_taken_out() -> None:
    assert charset.decode("<p>a\x00b\x08c\ufffed\uffff</p>\t\r\n".encode()).markup == b"<p>abcd</p>\t\r\n"


def test_markup_over_the_limit_is_cut_at_a_whole_character() -> None:
    decoded = charset.decode(b"a" + "é".encode() * (charset.SIZE_LIMIT // 2))
    assert len(decoded.markup) == charset.SIZE_LIMIT - 1
    decoded.markup.decode()


def test_an_empty_body_is_utf_8() -> None:
    assert charset.decode(b"").charset == "utf-8"


@pytest.mark.parametrize(("language", "codec"), [("en", "cp1252"), ("pt", "cp1252"), ("pl", "cp1250")])
def test_latin_letters_of_no_declared_encoding_are_read_as_the_documents_language_writes(
    language: str, codec: str
) -> None:
    letters = "Zażółć gęślą jaźń" if codec == "cp1250" else "Café Ångström naïve façade"
    markup = f'<html lang="{language}"><body><p>{letters} and a long line of plain letters</p></body></html>'
    found = charset.decode(markup.encode(codec), "text/html; charset=utf-8")
    assert (found.charset, letters.encode() in found.markup) == (codec, True)


TRADITIONAL = "燈野有限公司週一宣布，第二家工廠正式投產。新工廠將僱用二百名員工，每月生產四萬盞檯燈。"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (KOREAN, "cp949"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5hkscs"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
    ],
)
@pytest.mark.parametrize("size", [1, 40])
def test_an_east_asian_encoding_that_nobody_names_is_told_by_what_it_spells(
    text: str, codec: str, size: int
) -> None:
    body = f"<html><head><title>{text}</title></head><body>{f'<p>{text}</p>' * size}</body></html>".encode(
        codec
    )
    found = charset.decode(body, "text/html")
    assert (found.charset, found.source) == (codec, "detected")
    assert text.encode() in found.markup


@pytest.mark.parametrize(
    ("text", "codec"),
    [(RUSSIAN, "cp1251"), (FRENCH.replace("’", "'"), "cp1252"), ("é", "cp1252"), (RUSSIAN, "koi8_r")],
)
def test_other_scripts_spell_no_east_asian_language(text: str, codec: str) -> None:
    assert eastasian.guess(f"<p>{text}</p>".encode(codec) * 20) is None


def test_a_servers_default_does_not_hide_an_east_asian_encoding() -> None:
    body = f"<p>{CHINESE}</p>".encode("gb18030")
    assert charset.decode(body, "text/html; charset=ISO-8859-1").charset == "gb18030"
    french = FRENCH.replace("’", "'")
    assert charset.decode(french.encode("cp1252"), "text/html; charset=ISO-8859-1").source == "header"


def test_a_templates_default_does_not_hide_an_east_asian_encoding() -> None:
    body = source(KOREAN, "iso-8859-1").encode("cp949", "ignore")
    assert (found := charset.decode(body, "text/html")).charset == "cp949"
    assert KOREAN.encode() in found.markup
    french = source(FRENCH.replace("’", "'"), "iso-8859-1").encode("cp1252")
    assert charset.decode(french, "text/html").source == "meta"


EAST_ASIAN = [
    (CHINESE, "gb18030", "big5"),
    (CHINESE, "gb18030", "utf-8"),
    (TRADITIONAL, "big5hkscs", "gb2312"),
    (TRADITIONAL, "big5hkscs", "utf-8"),
    (JAPANESE, "cp932", "euc-jp"),
    (JAPANESE, "cp932", "gbk"),
    (JAPANESE, "euc_jp", "shift_jis"),
    (JAPANESE, "euc_jp", "gb2312"),
    (KOREAN, "cp949", "gb2312"),
    (KOREAN, "cp949", "shift_jis"),
]


@pytest.mark.parametrize(("text", "codec", "declared"), EAST_ASIAN)
@pytest.mark.parametrize("in_header", [True, False])
def test_a_wrong_east_asian_declaration_is_undone(
    text: str, codec: str, declared: str, in_header: bool
) -> None:
    body = source(text, "" if in_header else declared).encode(codec, "ignore")
    found = extract(page(body, content_type=f"text/html; charset={declared}" if in_header else "text/html"))
    assert (found.charset, found.charset_from) == (codec, "detected")
    assert text in found.text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [(CHINESE, "gb18030", "gbk"), (TRADITIONAL, "big5hkscs", "big5"), (JAPANESE, "euc_jp", "euc-jp")],
)
def test_a_right_east_asian_declaration_is_believed(text: str, codec: str, label: str) -> None:
    decoded = charset.decode(source(text, label).encode(codec, "ignore"), "text/html")
    assert (decoded.charset, decoded.source) == (codec, "meta")


def test_a_declared_encoding_is_believed_where_the_text_is_too_short_to_spell_a_language() -> None:
    body = source("等待", "big5").encode("big5", "ignore")
    assert (found := charset.decode(body, "text/html")).source == "meta"
    assert "等待".encode() in found.markup


def test_typographic_quotes_are_no_korean() -> None:
    english = "It’s the plant’s first year, and we’re glad; that’s what the lamps’ makers’re saying. " * 9
    assert eastasian.guess(english.encode("cp1252")) is None

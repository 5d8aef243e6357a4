"""Bytes → text: which encoding, and why."""

from __future__ import annotations

import codecs
import encodings.aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.feeds.charset import Decoded, decode
from tests.feeds.samples import item, read, rss

TEXT = '<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel><title>Zürich “Größe” – naïve café</title></channel></rss>'


def body(encoding: str, declared: str) -> bytes:
    return TEXT.format(declared).encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "mark", "declared"),
    [
        ("utf-8", codecs.BOM_UTF8, "iso-8859-1"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-8"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-8"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "utf-8"),
        ("utf-32-be", codecs.BOM_UTF32_BE, "utf-8"),
    ],
)
def test_a_byte_order_mark_outweighs_every_declaration(encoding: str, mark: bytes, declared: str) -> None:
    found = decode(mark + body(encoding, declared), "text/xml; charset=koi8-r")
    assert found == Decoded(TEXT.format(declared), encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_zero_bytes_tell_an_unmarked_encoding(encoding: str) -> None:
    assert decode(body(encoding, "utf-8")) == Decoded(
        TEXT.format("utf-8"), encoding, f"read as {encoding}, which it does not mark"
    )


def test_ebcdic_is_known_by_its_first_bytes() -> None:
    found = decode('<?xml version="1.0"?><rss/>'.encode("cp037"))
    assert (found.text, found.charset) == ('<?xml version="1.0"?><rss/>', "cp037")


def test_valid_utf8_is_utf8_whatever_is_declared() -> None:
    found = decode(body("utf-8", "windows-1251"))
    assert (found.charset, found.note) == ("utf-8", "read as utf-8, though cp1251 is declared")
    assert decode(b"<rss/>", "text/xml; charset=koi8-r").note is None
    assert decode(body("utf-8", "iso-8859-1")).note is None
    assert decode(body("utf-8", "nonsense-9")).note is None


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("cp1251", "windows-1251"),
        ("koi8-r", "KOI8-R"),
        ("gb18030", "gb2312"),
        ("cp932", "Shift_JIS"),
        ("big5", "big5"),
    ],
)
def test_a_declared_encoding_is_used(encoding: str, declared: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><title>'
        + ("公司" if encoding[0] in "gcb" and encoding != "cp1251" else "Завод")
        + "</title>"
    )
    found = decode(text.encode(encoding))
    assert (found.text, found.charset, found.note) == (text, encoding, None)


def test_the_header_comes_before_the_document() -> None:
    data = '<?xml version="1.0" encoding="windows-1251"?><title>Завод</title>'.encode("koi8-r")
    assert "Завод" in decode(data, 'text/xml; charset="koi8-r"').text


def test_the_second_declaration_is_tried_where_the_first_cannot_be() -> None:
    data = '<?xml version="1.0" encoding="shift_jis"?><title>会社</title>'.encode("cp932")
    found = decode(data, "text/xml; charset=euc-jp")
    assert (found.charset, found.note) == ("cp932", None)
    assert "会社" in found.text


def test_latin_1_is_windows_1252_and_needs_no_note_where_declared() -> None:
    found = decode(body("cp1252", "iso-8859-1"))
    assert (found.charset, found.note) == ("cp1252", None)
    assert "“Größe” – naïve" in found.text


def test_undeclared_windows_1252_is_noted() -> None:
    found = decode(b"caf\xe9 \x93x\x94 \x81")
    assert found == Decoded("café “x” \x81", "cp1252", "read as windows-1252, which it does not declare")


@pytest.mark.parametrize("declared", ["utf-16", "utf-32", "utf-7", "utf-8"])
def test_a_unicode_declaration_of_other_bytes_is_not_believed(declared: str) -> None:
    data = b'<?xml version="1.0" encoding="' + declared.encode() + b'"?><t>caf\xe9s</t>'
    for text in (data, data + b" ", data + b"  ", data + b"   "):
        assert "cafés" in decode(text).text


def test_utf8_with_strays_keeps_both() -> None:
    found = decode("Größe für Zürich".encode() + b" caf\xe9 \x80")
    assert found == Decoded(
        "Größe für Zürich café €", "utf-8", "holds bytes that are not utf-8, read as windows-1252"
    )


def test_a_few_bytes_unknown_to_the_declared_encoding_are_replaced() -> None:
    data = b'<?xml version="1.0" encoding="shift_jis"?>' + ("会社" * 800).encode("cp932") + b"\x85\x20\xff"
    found = decode(data)
    assert (found.charset, found.note) == ("cp932", "holds bytes that cp932 does not know")
    assert "会社" in found.text


def test_many_bytes_unknown_to_the_declared_encoding_make_it_unlikely() -> None:
    assert decode(b"caf\xff\xff \xe9\xff", "text/xml; charset=shift_jis").charset == "cp1252"


@pytest.mark.parametrize("declared", ["iso-2022-jp", "hz"])
def test_an_encoding_that_shifts_is_read_by_its_escapes(declared: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><title>会社</title>'
    found = decode(text.encode("iso-2022-jp") if declared != "hz" else text.encode("hz") + b"\x1b")
    assert "会社" in found.text


def test_an_encoding_that_shifts_without_escapes_is_utf8() -> None:
    assert (
        decode("<title>café</title>".encode(), "text/xml; charset=iso-2022-jp").text == "<title>café</title>"
    )


@pytest.mark.parametrize(
    "name",
    ["punycode", "undefined", "unicode_escape", "rot13", "base64", "idna", "zip", "utf-7", "-", "..", "mbcs"],
)
def test_pythons_own_codecs_are_no_encodings(name: str) -> None:
    data = f'<?xml version="1.0" encoding="{name}"?><t>caf'.encode() + b"\xe9</t>"
    assert decode(data, f"text/xml; charset={name}").charset == "cp1252"


@given(
    st.binary(max_size=300),
    st.sampled_from(sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values(), "x-unknown"})),
    st.booleans(),
)
def test_no_bytes_and_no_declaration_raise(data: bytes, name: str, in_header: bool) -> None:
    document = data if in_header else f'<?xml version="1.0" encoding="{name}"?>'.encode() + data
    assert isinstance(decode(document, f"text/xml; charset={name}" if in_header else "").text, str)


def test_how_bytes_were_read_stands_in_the_notes_of_the_feed() -> None:
    found = read(rss(item(1, "<description>caf&#233; Größe</description>")).encode("cp1252"))
    assert found.info.notes == ("read as windows-1252, which it does not declare",)
    assert found.entries[0].summary == "café Größe"


EAST_ASIAN = {
    "gb18030": "灯野有限公司周一宣布，第二家工厂正式投产。新工厂将雇用二百名员工，每月生产四万盏台灯。",
    "big5hkscs": "燈野有限公司週一宣布，第二家工廠正式投產。新工廠將僱用二百名員工，每月生產四萬盞檯燈。",
    "cp932": "ランタンフィールド株式会社は、月曜日に第二工場を開設したと発表しました。",
    "euc_jp": "ランタンフィールド株式会社は、月曜日に第二工場を開設したと発表しました。",
    "cp949": "등불들판 주식회사는 월요일에 두 번째 공장을 열었다고 밝혔다.",
}


def lamps(codec: str, declared: str) -> bytes:
    text = item(1, f"<description>{EAST_ASIAN[codec]}</description>")
    return f'<?xml version="1.0" {declared}?>{rss(text)}'.encode(codec)


@pytest.mark.parametrize("codec", sorted(EAST_ASIAN))
def test_an_undeclared_east_asian_feed_is_read_by_the_language_it_spells(codec: str) -> None:
    found = read(lamps(codec, ""))
    assert found.entries[0].summary == EAST_ASIAN[codec]
    assert found.info.notes == (f"read as {codec}, which it does not declare",)


@pytest.mark.parametrize(
    "declared", ["utf-8", "iso-8859-1", "gb2312", "big5", "shift_jis", "euc-jp", "euc-kr"]
)
@pytest.mark.parametrize("codec", sorted(EAST_ASIAN))
def test_an_east_asian_feed_is_read_whatever_it_declares(codec: str, declared: str) -> None:
    assert read(lamps(codec, f'encoding="{declared}"')).entries[0].summary == EAST_ASIAN[codec]


@pytest.mark.parametrize("codec", sorted(EAST_ASIAN))
def test_a_wrong_header_is_noted(codec: str) -> None:
    wrong = "big5" if codec != "big5hkscs" else "gbk"
    found = decode(lamps(codec, ""), f"text/xml; charset={wrong}")
    assert EAST_ASIAN[codec] in found.text
    assert found.note == f"read as {codec}, though {'gb18030' if wrong == 'gbk' else wrong} is declared"


def test_a_right_declaration_needs_no_note() -> None:
    found = decode(lamps("big5hkscs", 'encoding="big5"'))
    assert (found.charset, found.note) == ("big5", None)


def test_a_cyrillic_declaration_is_not_doubted() -> None:
    text = '<?xml version="1.0" encoding="windows-1251"?><title>Второй завод открыт в понедельник</title>'
    assert decode(text.encode("cp1251")) == Decoded(text, "cp1251")


def test_typographic_quotes_spell_no_korean() -> None:
    english = (
        "<title>It’s what the plant’s makers’re glad of, and that’s that; we’re glad, and they’re too</title>"
    )
    assert decode(english.encode("cp1252")).charset == "cp1252"


def test_utf8_with_a_broken_letter_stays_utf8() -> None:
    found = decode(EAST_ASIAN["gb18030"].encode() * 3 + b"\xe5\x85")
    assert found.charset == "utf-8"
    assert EAST_ASIAN["gb18030"] in found.text

"""Author, language, description, lead image, canonical address and site."""

from __future__ import annotations

import pytest

from crawler.extract import extract, metadata
from crawler.model import Extraction
from tests.extract.pages import article, document, page


def read(head: str, *blocks: str, lang: str = 'lang="en"') -> Extraction:
    return extract(page(document(article(*blocks), head=head).replace('lang="en"', lang)), want_date=False)


def ld(fields: str, wrapped: str = "%s") -> str:
    text = wrapped % f'{{"@graph": [{{"@type": ["NewsArticle"], {fields}}}]}}'
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    ("head", "author"),
    [
        (ld('"author": {"name": "Ada Field"}'), "Ada Field"),
        (ld('"author": [{"name": "Ada Field"}, "Bo Lamp", {"name": "Ada Field"}]'), "Ada Field, Bo Lamp"),
        (ld('"author": {"name": 7}') + '<meta name="author" content="Bo &amp;amp; Co">', "Bo & Co"),
        ('<meta name="author" content="admin"><meta name="byl" content="Ada Field">', "Ada Field"),
        ('<meta property="article:author" content="https://people.example/ada">', None),
        ("", None),
    ],
)
def test_the_author_is_a_name(head: str, author: str | None) -> None:
    assert read(head).author == author


def test_the_author_may_be_a_link_in_the_page() -> None:
    assert (
        read("", '<p>By <a rel="author" href="/ada">Ada Field</a>, who writes about lamps.</p>').author
        == "Ada Field"
    )


@pytest.mark.parametrize(
    ("lang", "head", "language"),
    [
        ('lang="en-us"', "", "en-US"),
        ('lang="zh-Hant-TW"', "", "zh-TW"),
        ('xml:lang="de"', "", "de"),
        ("", '<meta property="og:locale" content="fr_CA">', "fr-CA"),
        ('lang="und"', '<meta http-equiv="content-language" content="es">', "es"),
        ('lang=" "', "", "en"),
    ],
)
def test_the_declared_language_is_a_tag(lang: str, head: str, language: str) -> None:
    assert read(head, lang=lang).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Die Firma hat am Montag mitgeteilt, dass das neue Werk für die Lampen nicht auf der Insel entsteht.",
            "de",
        ),
        (
            "La société a annoncé que les lampes sont dans une usine qui est pour les clients avec des prix bas.",
            "fr",
        ),
        (
            "La empresa dijo que las lámparas son para los clientes del país, con más luz por una cuota como la de hoy.",
            "es",
        ),
        ("会社は月曜日に新しい工場を開設したと発表しました。", "ja"),
        ("公司周一宣布新工厂投产。", "zh"),
        ("회사는 월요일에 새 공장을 열었다고 밝혔다.", "ko"),
        ("Компания сообщила об открытии завода.", "ru"),
        ("Lumo lumo lumo.", None),
        ("", None),
    ],
)
def test_an_undeclared_language_is_guessed_or_left_open(text: str, language: str | None) -> None:
    assert metadata.guess(text) == language


@pytest.mark.parametrize(
    ("head", "description"),
    [
        (
            '<meta name="description" content="A  second\nplant &amp;amp; &lt;b&gt;more&lt;/b&gt;.">',
            "A second plant & more.",
        ),
        ('<meta property="og:description" content="By og.">', "By og."),
        (ld('"description": "By JSON."'), "By JSON."),
        (ld('"description": {"text": 1}'), None),
        ('<meta name="description" content="  ">', None),
    ],
)
def test_the_description_is_plain_text(head: str, description: str | None) -> None:
    assert read(head).description == description


@pytest.mark.parametrize(
    ("head", "image"),
    [
        ('<meta property="og:image" content="/i/a.jpg">', "https://wire.example/i/a.jpg"),
        ('<meta property="og:image" content="data:image/png;base64,AA"><meta name="x" content="y">', None),
        (ld('"image": ["https://cdn.example/b.jpg"]'), "https://cdn.example/b.jpg"),
        (ld('"image": {"url": "//cdn.example/c.jpg"}'), "https://cdn.example/c.jpg"),
        (ld('"image": []'), None),
        (ld('"image": 5'), None),
    ],
)
def test_the_lead_image_is_absolute(head: str, image: str | None) -> None:
    assert read(head).image == image


def test_a_large_picture_of_the_page_is_the_lead_image_where_none_is_named() -> None:
    pictures = '<img src="/small.jpg" width="90"><img src="/large.jpg" width="900">'
    assert read("", pictures).image == "https://wire.example/large.jpg"
    bare = document(article()).replace("<article>", pictures).replace("</article>", "")
    assert extract(page(bare)).image == "https://wire.example/large.jpg"


def test_the_canonical_address_is_absolute_and_of_the_web() -> None:
    assert read('<link rel="canonical" href="/news/plant">').canonical == "https://wire.example/news/plant"
    assert (
        read('<meta property="og:url" content="https://wire.example/b">').canonical
        == "https://wire.example/b"
    )
    assert read('<link rel="canonical" href="javascript:x">').canonical is None
    assert read('<link rel="stylesheet" href="/x.css"><link rel="canonical">').canonical is None


def test_the_site_is_named_as_it_names_itself() -> None:
    assert read('<meta property="og:site_name" content="Example&amp;amp;Wire">').site == "Example&Wire"
    assert read(ld('"publisher": {"name": "Example Wire"}')).site == "Example Wire"
    assert read(ld('"publisher": {"url": "x"}')).site is None


@pytest.mark.parametrize(
    "wrapped",
    ["<!-- %s -->", "//<![CDATA[\n%s\n//]]>", "/*<![CDATA[*/%s/*]]>*/", "%s;", "\n %s \n"],
)
def test_json_ld_is_read_in_its_usual_wrappings(wrapped: str) -> None:
    assert read(ld('"author": {"name": "Ada\tField"}', wrapped)).author == "Ada Field"


def test_escaped_json_ld_is_read_too() -> None:
    text = "{&quot;@type&quot;: &quot;Article&quot;, &quot;author&quot;: &quot;Ada Field&quot;}"
    assert read(f'<script type="application/ld+json">{text}</script>').author == "Ada Field"


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "null", '"x"', "{}" * 3, "[1, [2, {}]]"])
def test_broken_json_ld_says_nothing(text: str) -> None:
    assert read(f'<script type="application/ld+json">{text}</script>').author is None


def test_only_so_many_objects_are_looked_at() -> None:
    many = "[" + "{}," * 3000 + '{"@type": "Article", "author": "Ada Field"}]'
    assert read(f'<script type="application/ld+json">{many}</script>').author is None


def test_a_base_that_is_no_address_is_ignored() -> None:
    found = read('<base href="http://[broken"><meta property="og:image" content="/i/a.jpg">')
    assert found.image == "https://wire.example/i/a.jpg"

"""Nothing active leaves: the archive is published as it is."""

from __future__ import annotations

import re

import pytest

from crawler.extract import clean, extract, extract_entry
from crawler.extract.block import Block
from crawler.model import Entry
from tests.extract.pages import LEAD, article, document, page

ATTACKS = [
    "<script>alert(1)</script>",
    "<p onclick='alert(1)'>Click on this paragraph, it is about lamps.</p>",
    '<p>A <a href="javascript:alert(1)">harmless link</a> in a paragraph of the text.</p>',
    '<p>A <a href=" java\tscript:alert(1)">harmless link</a> in a paragraph of the text.</p>',
    '<p>A <a href="data:text/html,<script>alert(1)</script>">harmless link</a> in a paragraph.</p>',
    '<p>A <a href="vbscript:x">harmless link</a> and <a href="file:///etc/passwd">a file</a> in the text.</p>',
    '<p><img src="x" onerror="alert(1)"> An image in a paragraph about the lamps.</p>',
    '<p><img src="data:image/svg+xml,<svg onload=alert(1)>"> An image in a paragraph.</p>',
    '<iframe src="https://evil.example"></iframe><iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<style>p{background:url(javascript:alert(1))}</style><p style='color:red'>A paragraph in colour.</p>",
    "<object data='x.swf'></object><embed src='x.swf'><form action='/steal'><input name=a><button>x</button></form>",
    "<p>Text &lt;script&gt;alert(1)&lt;/script&gt; that only looks like a script.</p>",
    '<p><a href="https://ok.example/&quot;onmouseover=&quot;alert(1)">a link out of bounds</a> here.</p>',
    "<base href='javascript:/'><meta http-equiv=refresh content='0;url=javascript:alert(1)'><link rel=import href=x>",
    "<template><script>alert(1)</script></template><noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
]
TAG = re.compile(r"<(/?)([a-z0-9]+)((?: [a-z]+=\"[^\"<>]*\")*)>")


def assert_inert(body: str) -> None:
    rest = TAG.sub("", body)
    assert "<" not in rest
    assert ">" not in rest.replace("&gt;", "")
    for match in TAG.finditer(body):
        assert match[2] in clean.TAGS
        for name, value in re.findall(r' ([a-z]+)="([^"]*)"', match[3]):
            assert name in {"href", "src", "alt"}
            assert name == "alt" or re.match(r"(?:https?://|mailto:)", value)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_active_survives_in_a_page(attack: str) -> None:
    found = extract(page(document(article(attack))))
    assert_inert(found.body)
    assert LEAD in found.text


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_active_survives_in_a_feeds_content(attack: str) -> None:
    entry = Entry(key="k", position=0, link="https://wire.example/a", content=f"<p>{LEAD}</p>{attack}")
    found = extract_entry(entry)
    assert found
    assert_inert(found.body)


def test_the_last_word_is_the_sanitisers_even_if_a_block_is_hostile() -> None:
    hostile = Block(
        kind="p",
        html='<p onclick="x()">a<script>x()</script><a href="javascript:x()" target="_blank">b</a></p>\n<svg/>',
        text="a",
    )
    assert clean.markup([hostile]) == "<p>a<a>b</a></p> "

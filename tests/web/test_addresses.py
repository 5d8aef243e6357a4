from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from crawler.web.addresses import join, parse, redacted, same_site


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("http://wire.example", "http://wire.example/"),
        (
            "HTTP://Wire.Example:80/A%2fb/%7Ec?q=a%20b+c&s=%3D%2F",
            "http://wire.example/A%2fb/%7Ec?q=a%20b+c&s=%3D%2F",
        ),
        ("https://user:pass@wire.example:8443/x#part", "https://wire.example:8443/x"),
        ("http://bücher.example/ü x?é=1", "http://xn--bcher-kva.example/%C3%BC%20x?%C3%A9=1"),
        (" http://wire.example/a\n/b\t ", "http://wire.example/a/b"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
    ],
)
def test_an_address_is_read_without_changing_path_and_query(text: str, read: str) -> None:
    assert str(parse(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "", "/relative", "file:///etc/passwd", "javascript:alert(1)", "ftp://wire.example/", "http://",
        "http:///path", "http://wire.example:0/", "http://wire.example:99999/", "http://a b.example/",
        "http://wire.example/\x01", "http://[::1", "http://host\\@other/", "http://%6c/", "data:text/html,x",
        "http://./", "http://..", "http://a..example/", "http://" + "a" * 64 + ".example/",
        "http://" + "a.bc" * 70 + "/",
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_not_an_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"only http and https|not usable|control characters"):
        parse(text)


def test_a_broken_address_never_repeats_its_password() -> None:
    with pytest.raises(ValueError, match="not usable") as caught:
        parse("http://user:hunter2@ex℀mple/")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "http://wire.example/b"),
        ("c?x=1#part", "http://wire.example/news/c?x=1"),
        ("//other.example/", "http://other.example/"),
        ("https://other.example", "https://other.example/"),
        ("../up", "http://wire.example/up"),
        ("/caf\udce9", "http://wire.example/caf%E9"),
    ],
)
def test_a_location_is_joined_to_the_address_it_came_from(location: str, target: str) -> None:
    assert str(join(parse("http://wire.example/news/a"), location)) == target


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("http://a.example/x", "http://a.example/y", True),
        ("http://a.example/", "https://a.example/", True),
        ("https://a.example/", "http://a.example/", False),
        ("http://a.example/", "http://b.example/", False),
        ("http://a.example/", "http://a.example:8080/", False),
        ("http://a.example:8080/", "https://a.example:8443/", False),
    ],
)
def test_only_an_origin_and_its_upgrade_to_https_are_one_site(first: str, second: str, same: bool) -> None:
    assert same_site(URL(first), URL(second)) is same


CANARY = "canary7f3a"


@pytest.mark.parametrize(
    "address",
    [
        f"http://user:{CANARY}@wire.example/feed",
        f"http://{CANARY}@wire.example/feed",
        f"https://wire.example/feed?token={CANARY}",
        f"https://wire.example/feed?a=1&api_key={CANARY}&b=2",
        f"https://wire.example/feed?apiKey={CANARY}",
        f"https://wire.example/feed?X-Amz-Signature={CANARY}",
        f"https://wire.example/feed?sig={CANARY};x",
        f"https://wire.example/feed?pass%77ord={CANARY}",
        f"https://wire.example/feed?auth={CANARY}#access_token={CANARY}",
        f"broken//{CANARY}:x@:::?session_id={CANARY}",
    ],
)
def test_secrets_do_not_stand_in_a_redacted_address(address: str) -> None:
    assert CANARY not in redacted(address)


def test_what_is_no_secret_stays_readable() -> None:
    address = "https://wire.example/feed?keyword=tides&author=desk&page=2"
    assert redacted(address) == address


def test_a_redacted_address_is_one_short_printable_line() -> None:
    shown = redacted("http://wire.example/\r\n\x1b[31m" + "x" * 1000)
    assert len(shown) <= 300
    assert shown.isprintable()


@given(st.text(max_size=200))
def test_any_text_can_be_redacted_and_is_read_or_refused(text: str) -> None:
    assert redacted(text).isprintable()
    try:
        url = parse(f"http://{text}")
    except ValueError:
        return
    assert url.user is None
    assert parse(str(url)) == url

"""A push is its hub's only if every byte was signed with the subscription's secret."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.pushing import Proof, digest, new_secret, token

METHODS = ("sha1", "sha256", "sha384", "sha512")


def signature(body: bytes, secret: str, method: str) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def holds(header: str | None, body: bytes, secret: str) -> bool:
    proof = Proof(header, secret)
    proof.feed(body)
    return proof.holds()


@given(
    st.binary(max_size=300), st.text(min_size=1, max_size=40), st.sampled_from(METHODS), st.integers(0, 300)
)
def test_p18_a_right_signature_holds_in_whatever_pieces_the_body_comes(
    body: bytes, secret: str, method: str, cut: int
) -> None:
    secret = secret.encode("utf-8", "replace").decode()
    proof = Proof(signature(body, secret, method), secret)
    proof.feed(body[:cut])
    proof.feed(body[cut:])
    assert proof.holds()
    assert holds(signature(body, secret, method).upper(), body, secret)


@given(st.binary(min_size=1, max_size=100), st.sampled_from(METHODS), st.integers(0, 799))
def test_p18_one_changed_bit_of_the_body_is_a_forgery(body: bytes, method: str, bit: int) -> None:
    header = signature(body, "secret", method)
    at = bit // 8 % len(body)
    changed = body[:at] + bytes([body[at] ^ (1 << bit % 8)]) + body[at + 1 :]
    assert not holds(header, changed, "secret")
    assert not holds(header, body + b"\n", "secret")
    assert not holds(header, body, "Secret")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256",
        "sha256=",
        "=" + "0" * 64,
        "md5=" + hmac.new(b"secret", b"body", "md5").hexdigest(),
        "sha224=" + hmac.new(b"secret", b"body", "sha224").hexdigest(),
        "sha512=" + hmac.new(b"secret", b"body", "sha256").hexdigest(),
        "sha256=" + hashlib.sha256(b"body").hexdigest(),
        "sha256=" + hmac.new(b"", b"body", "sha256").hexdigest(),
        signature(b"body", "secret", "sha256")[:-1],
        signature(b"body", "secret", "sha256") + "0",
        signature(b"body", "secret", "sha256") + ", sha1=00",
        "sha256=" + "g" * 64,
        "sha256=\u0661" * 3,
    ],
)
def test_p18_what_is_not_exactly_a_signature_is_a_forgery(header: str | None) -> None:
    assert not holds(header, b"body", "secret")
    assert holds(signature(b"body", "secret", "sha256"), b"body", "secret")


def test_secrets_and_tokens_are_long_and_tell_nothing_of_each_other() -> None:
    secrets = [new_secret() for _ in range(100)]
    assert len(set(secrets)) == 100
    assert all(len(bytes.fromhex(secret)) == 32 and len(secret) < 200 for secret in secrets)
    tokens = [token(secret) for secret in secrets]
    assert len(set(tokens)) == 100
    assert all(
        len(each) == 43 and set(each) <= set("-_") | {c for c in each if c.isalnum()} for each in tokens
    )
    assert token(secrets[0]) == tokens[0]  # the same callback at each renewal
    assert digest(tokens[0]) == hashlib.sha256(tokens[0].encode()).hexdigest()
    assert digest("\ud800")

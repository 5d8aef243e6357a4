"""Keys: made, kept apart, found, and never shown; signatures that other programs would accept."""

from __future__ import annotations

import base64
import stat
import sys
from pathlib import Path

import pytest

from crawler import signing
from crawler.errors import ConfigError, LogError
from crawler.signing import Signer
from crawler.transparency import checkpoint
from crawler.transparency.checkpoint import Note, PublicKey, Signature
from tests.transparency.test_checkpoint import GO_KEY, GO_NOTE


@pytest.fixture(autouse=True)
def no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(signing.VARIABLE, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def test_a_signature_of_another_program_is_right() -> None:
    key, note = checkpoint.parse_key(GO_KEY), checkpoint.parse_note(GO_NOTE)
    [signature] = note.by(key)
    assert signing.is_valid(key, signature, note.text)
    assert not signing.is_valid(key, signature, note.text + "x")


def test_signatures_are_those_of_rfc_8032() -> None:
    """RFC 8032 §7.1, test 1: the empty message."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    key = PublicKey(name="rfc", key=public)
    signer = Signer(checkpoint.spell_secret(key, seed))
    assert signer.public == key
    assert signer.sign("").value.hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )


def test_what_was_signed_is_checked_and_nothing_else_passes() -> None:
    secret, public = signing.generate("example.org/wires")
    signer = Signer(secret)
    note = Note(text="a\n").signed([signer.sign("a\n")])
    [signature] = note.by(public)
    assert signing.is_valid(public, signature, "a\n")
    _, other = signing.generate("example.org/wires")
    assert not signing.is_valid(other, signature, "a\n")
    assert note.by(other) == ()
    short = Signature(name=signature.name, key_id=signature.key_id, value=signature.value[:-1])
    assert not signing.is_valid(public, short, "a\n")


def test_a_key_is_kept_for_its_owner_alone_and_found_again(tmp_path: Path) -> None:
    secret, public = signing.generate("example.org/wires")
    path = tmp_path / "keys" / "log.key"
    signing.keep(secret, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = signing.find(path)
    assert found is not None
    assert found.public == public
    with pytest.raises(ConfigError, match="a key is there already and is not replaced"):
        signing.keep(secret, path)


def test_a_key_comes_from_systemd_or_from_the_environment_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert signing.find(None) is None
    first, public = signing.generate("first")
    monkeypatch.setenv(signing.VARIABLE, first)
    found = signing.find(None)
    assert found is not None
    assert found.public == public
    second, other = signing.generate("second")
    (tmp_path / "crawler-log-key").write_text(second)
    (tmp_path / "crawler-log-key").chmod(0o440)  # what systemd makes of it is systemd's own
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    found = signing.find(None)
    assert found is not None
    assert found.public == other


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    signing.keep(signing.generate("a")[0], path)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=r"others can read the log's key \(mode 0640\); chmod 600 it"):
        signing.find(path)


def test_what_is_no_key_is_refused_without_a_word_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.key"
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        signing.find(path)
    with pytest.raises(ConfigError, match="no plain file"):
        signing.find(Path("/dev/null"))
    secret, _ = signing.generate("a")
    wrong = secret.replace(secret.split("+")[3], "00000000")
    for text in ("hunter2", wrong):
        monkeypatch.setenv(signing.VARIABLE, text)
        with pytest.raises(ConfigError, match="no secret key of a log") as refused:
            signing.find(None)
        assert text not in str(refused.value)
        assert base64.b64encode(b"hunter2").decode() not in str(refused.value)
    with pytest.raises(LogError):
        Signer("")


def test_a_secret_is_not_in_what_is_printed_of_a_signer() -> None:
    secret, _ = signing.generate("a")
    signer = Signer(secret)
    assert secret.split("+", 4)[4] not in f"{signer!r} {signer.__dict__} {signer.public!r}"


def test_a_key_cannot_be_written_everywhere(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="the key cannot be written"):
        signing.keep("x", tmp_path / "file" / "log.key")
    with pytest.raises(ConfigError, match="cannot name a log"):
        signing.generate("a b")


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ConfigError, match=r"pip install 'wire-crawler\[sign\]'"):
        signing.require()

"""``crawler log``: what a person types, from the key to a proof that is checked far from the archive."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler import cli, signing
from crawler.signing import Signer
from tests.logbook.press import Press

ARTICLE = "content/orbitwire/2025/02/2025-02-26-release-2.md"


@pytest.fixture(autouse=True)
def no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(signing.VARIABLE, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """`verify` takes Ctrl-C for itself; the test run gets it back."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three articles (the second revised) without a head, beside its configuration."""
    folder = tmp_path_factory.mktemp("log")
    secret, _ = signing.generate("unused")

    async def write() -> None:
        (folder / "archive").mkdir()
        async with Press(folder / "archive", Signer(secret)) as press:
            await press.open()
            await press.write(3)
            await press.revise(2)

    asyncio.run(write())
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    import shutil

    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    configure(tmp_path)
    return tmp_path


def configure(folder: Path, *log: str) -> None:
    settings = "\n".join(
        ["[archive]", 'root = "archive"', 'public_url = "https://news.example/wires/"', "[log]", *log]
    )
    (folder / "crawler.toml").write_text(settings, encoding="utf-8")


class Typed:
    """A command line that was typed, and what came of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, *words: str, config: bool = True, group: str = "log") -> tuple[int, str, str]:
        configured = ["--config", str(self.folder / "crawler.toml")] if config else []
        with pytest.raises(SystemExit) as ended:
            cli.main([*configured, group, *words])
        told = self.capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err


@pytest.fixture
def log(folder: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(folder, capsys)


def keyed(log: Typed) -> str:
    """Make a key as the guide says; the public one."""
    code, out, _ = log("keygen", "--out", str(log.folder / "log.key"))
    assert code == 0
    configure(log.folder, 'key = "log.key"')
    return out.strip()


def test_from_the_key_to_a_proof_that_is_checked_without_the_archive(log: Typed) -> None:
    public = keyed(log)
    assert public.startswith("news.example/wires+")
    assert stat.S_IMODE((log.folder / "log.key").stat().st_mode) == 0o600
    code, out, _ = log("head", "--sign")
    assert (code, out.splitlines()[:2]) == (0, ["news.example/wires", "4"])
    shown = str(log.folder / "proof.json")
    assert log("proof", "2", "--out", shown)[0] == 0
    file = str(log.folder / "archive" / ARTICLE)
    code, out, _ = log("check", shown, "--key", public, "--file", file, config=False)
    assert code == 0
    assert out.splitlines()[1:] == [
        "leaf 4 of 4 in the log news.example/wires: the proof holds",
        "signed by news.example/wires",
        "the file is what was logged, byte for byte",
    ]
    code, out, _ = log("check", shown, "--key", public, "--json", config=False)
    told = json.loads(out)
    assert (told["article"], told["revision"], told["leaf"], told["signatures"]) == (2, 2, 4, "signed")


def test_a_file_that_was_changed_is_not_what_the_log_says(log: Typed) -> None:
    public = keyed(log)
    log("head")
    shown = log.folder / "proof.json"
    shown.write_text(log("proof", ARTICLE)[1])
    (log.folder / "archive" / ARTICLE).write_text("changed")
    code, out, _ = log("check", str(shown), "--key", public, "--file", str(log.folder / "archive" / ARTICLE))
    assert (code, "the file is NOT what was logged" in out) == (1, True)
    older = str(log.folder / "older.json")
    log("proof", "2", "--revision", "1", "--out", older)
    before = log.folder / "archive/revisions/orbitwire/2025/02/2025-02-26-release-2/1.md"
    assert log("check", older, "--key", public, "--file", str(before))[0] == 0


def test_a_proof_that_was_changed_does_not_hold(log: Typed) -> None:
    keyed(log)
    log("head")
    code, _, err = log("proof", "3", "--revision", "0")
    assert (code, "--revision" in err) == (2, True)
    told = json.loads(log("proof", "3")[1])
    shown = log.folder / "proof.json"
    shown.write_text(json.dumps(told | {"statement": told["statement"].replace("berth 3", "berth 9")}))
    code, _, err = log("check", str(shown), config=False)
    assert (code, "this statement is not what the log has in this place" in err) == (1, True)


def test_who_names_no_key_is_told_that_nobody_was_asked_who_signed(log: Typed) -> None:
    keyed(log)
    log("head")
    shown = str(log.folder / "proof.json")
    log("proof", "1", "--out", shown)
    code, out, _ = log("check", shown, config=False)
    assert (code, "signatures not checked" in out) == (1, True)
    _, other = signing.generate("news.example/wires")
    code, out, _ = log("check", shown, "--key", str(other), config=False)
    assert (code, "no signature by the keys that were named" in out) == (1, True)
    code, _, err = log("check", shown, "--key", "nonsense", config=False)
    assert (code, "--key: this is no" in err) == (2, True)


def test_a_forged_checkpoint_is_refused(log: Typed) -> None:
    public = keyed(log)
    log("head")
    told = json.loads(log("proof", "1")[1])
    signature = told["checkpoint"].rstrip("\n")
    broken = signature[:-10] + ("A" if signature[-10] != "A" else "B") + signature[-9:] + "\n"
    shown = log.folder / "proof.json"
    shown.write_text(json.dumps(told | {"checkpoint": broken}))
    code, _, err = log("check", str(shown), "--key", public, config=False)
    assert (code, "is forged" in err) == (1, True)


def test_the_state_tells_how_long_the_log_is_and_who_signs_it(log: Typed) -> None:
    code, out, _ = log("--json")
    told = json.loads(out)
    assert (code, told["leaves"], told["head"], told["since_head"], told["key"]) == (0, 4, None, 4, None)
    public = keyed(log)
    log("head")
    told = json.loads(log("--json")[1])
    assert (told["head"], told["since_head"], told["signed_by"]) == (4, 0, ["news.example/wires"])
    assert told["key"] == public
    assert f"public key\t{public}" in log()[1]
    secret = (log.folder / "log.key").read_text().strip()
    assert secret.split("+", 4)[4] not in "".join(map(str, log()))


def test_who_may_not_read_the_secret_key_sees_the_state_and_that_nothing_was_checked(log: Typed) -> None:
    keyed(log)
    log("head")
    (log.folder / "log.key").unlink()
    code, out, err = log()
    assert (code, err.count("\n")) == (1, 1)
    assert "the log's key cannot be read" in err
    assert "signed by\tnews.example/wires (not checked: no key is known)\n" in out
    assert "log\tnews.example/wires\n" in out
    told = json.loads(log("--json")[1])
    assert (told["signed_by"], told["unchecked"], told["leaves"]) == ([], ["news.example/wires"], 4)


def test_an_older_head_is_compared_with_todays_log(log: Typed) -> None:
    public = keyed(log)
    kept = log.folder / "kept"
    kept.write_text(log("head")[1])
    code, out, _ = log("consistency", str(kept))
    assert (code, out.splitlines()[0]) == (
        0,
        "consistent: the older head of 4 leaves is the beginning of today's log (4 leaves)",
    )
    code, out, _ = log("consistency", str(kept), "--json", "--key", public)
    assert (json.loads(out)["consistent"], json.loads(out)["signatures"]) == (True, "signed")
    proof = str(log.folder / "proof.json")
    log("proof", "1", "--out", proof)
    assert log("consistency", proof)[0] == 0
    other = kept.read_text().splitlines()
    other[2] = "A" * 43 + "="
    kept.write_text("\n".join([*other, ""]))
    code, out, _ = log("consistency", str(kept))
    assert (code, out.splitlines()[0][:9]) == (1, "REWRITTEN")
    assert "FORGED" in out


def test_verify_names_what_does_not_fit(log: Typed) -> None:
    import sqlite3
    from contextlib import closing

    keyed(log)
    log("head")
    assert log("verify", "--files") == (0, "", "verified 4 leaves of the log: clean\n")
    with closing(sqlite3.connect(log.folder / "archive/crawler.db")) as made, made:
        made.execute("UPDATE revisions SET title = 'x' WHERE id = 2")
    code, out, _ = log("verify", "--json")
    [found] = json.loads(out)["findings"]
    assert (code, found["code"], found["article"]) == (1, "L402", 2)
    assert found["what"] == "leaf 2: the rows of article 2, revision 1 were changed: title"
    for words in ((), ("--json",)):
        same = log("verify", *words), log("--log", *words, group="verify")
        assert same[0] == same[1]


def test_without_a_key_it_is_said_what_was_not_looked_at(log: Typed) -> None:
    log("head")
    code, out, _ = log("verify", "--json")
    [found] = json.loads(out)["findings"]
    assert (code, found["code"], found["severity"]) == (0, "L409", "notice")
    assert found["what"] == "no head of the log is signed"


def test_signatures_that_nobody_looked_at_do_not_pass_for_clean(log: Typed) -> None:
    public = keyed(log)
    log("head")
    assert log("verify") == (0, "", clean := "verified 4 leaves of the log: clean\n")
    for settings, why in (
        ((), "no key of the log is known"),
        (
            ('key = "gone.key"',),
            f"{log.folder}/gone.key: the log's key cannot be read: No such file or directory",
        ),
    ):
        configure(log.folder, *settings)
        code, out, _ = log("verify", "--json")
        [found] = json.loads(out)["findings"]
        assert (code, found["code"], found["severity"]) == (1, "L411", "warning")
        assert found["what"].startswith(f"the signatures of 1 head were not checked: {why}")
        assert "[log] trusted" in found["cure"]
        configure(log.folder, *settings, f'trusted = ["{public}"]')
        assert log("verify") == (0, "", clean)


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["head", "--sign"], 2, "there is no key to sign with; make one with `crawler log keygen`"),
        (["proof", "1"], 1, "has no head yet"),
        (["proof", "99"], 1, "99"),
        (["check", "/nowhere.json"], 1, "/nowhere.json: it cannot be read: No such file"),
        (["consistency", "/dev/null"], 1, "/dev/null: this is no signed note"),
        (["keygen", "--origin", "a b"], 2, "cannot name a log"),
    ],
)
def test_what_goes_wrong_is_one_sentence(log: Typed, words: list[str], code: int, why: str) -> None:
    ended, _, err = log(*words)
    assert ended == code
    assert why in err
    assert err.count("\n") == 1


def test_a_proof_that_cannot_be_written_is_one_sentence(log: Typed) -> None:
    log("head")
    code, _, err = log("proof", "2", "--out", "/dev/null/proof.json")
    assert code == 1
    assert err == "crawler: /dev/null/proof.json: it cannot be written: Not a directory; name another file\n"


@pytest.mark.parametrize(
    "place", ["archive", "archive/content", "archive/static/wire", "archive/log", "link"]
)
def test_no_proof_is_written_where_only_the_crawler_writes(log: Typed, place: str) -> None:
    log("head")
    (log.folder / "link").symlink_to(log.folder / "archive/warc")
    path = log.folder / place / "proof.json"
    if place != "link":
        path.parent.mkdir(parents=True, exist_ok=True)
    code, _, err = log("proof", "2", "-o", str(path))
    assert (code, path.exists()) == (1, False)
    assert err == (
        f"crawler: {path}: lies in a folder of the archive that is the crawler's own; name a place outside of it\n"
    )


def test_a_proof_takes_the_place_of_an_older_one_of_its_article_and_of_nothing_else(log: Typed) -> None:
    log("head")
    shown = log.folder / "proof.json"
    for before in (None, b""):
        if before is not None:
            shown.write_bytes(before)
        assert log("proof", "2", "--revision", "1", "-o", str(shown))[0] == 0
    older = shown.read_bytes()
    assert log("proof", "2", "-o", str(shown))[0] == 0
    newer = shown.read_bytes()
    assert newer != older
    refused = [(newer, "1", f"{shown} is there and is the proof of article 2; name another file")]
    none = f"{shown} is there and is no proof; name another file"
    refused += [
        (other, "2", none)
        for other in (b"notes of mine", b"{}", newer[:-40], newer.replace(b"release-2", b"release-3"))
    ]
    for there, article, said in refused:
        shown.write_bytes(there)
        assert log("proof", article, "-o", str(shown)) == (1, "", f"crawler: {said}\n")
        assert shown.read_bytes() == there


def test_a_proof_of_another_log_is_not_replaced(log: Typed) -> None:
    log("head")
    shown = log.folder / "proof.json"
    assert log("proof", "2", "-o", str(shown))[0] == 0
    there = json.loads(shown.read_bytes())
    there["checkpoint"] = there["checkpoint"].replace("news.example/wires", "other.example")
    shown.write_text(json.dumps(there))
    said = f"{shown} is there and is the proof of article 2 in the log other.example; name another file"
    assert log("proof", "2", "-o", str(shown)) == (1, "", f"crawler: {said}\n")


def test_a_proof_may_go_into_a_pipe(log: Typed) -> None:
    log("head")
    assert log("proof", "2", "-o", "/dev/null") == (0, "", "")


def test_a_proof_goes_to_standard_output_and_is_checked_from_standard_input(log: Typed) -> None:
    public = keyed(log)
    log("head")
    code, made, _ = log("proof", "2", "--out", "-")
    assert (code, made) == log("proof", "2")[:2]
    shown, before = log.folder / "proof.json", os.dup(0)
    shown.write_text(made, encoding="utf-8")
    try:
        for words in (("check", "-", "--key", public), ("consistency", "-", "--key", public)):
            with shown.open("rb") as file:
                os.dup2(file.fileno(), 0)
                assert log(*words)[0] == 0
    finally:
        os.dup2(before, 0)
        os.close(before)
    assert not Path("-").exists()


def test_an_article_whose_revision_is_not_logged_has_no_proof(log: Typed) -> None:
    log("head")
    code, _, err = log("proof", "2", "--revision", "7")
    assert (code, err) == (1, "crawler: article 2, revision 7 is not in the log\n")


def test_d45_no_secret_key_is_written_into_an_archive(log: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = log.folder / "archive/keys/log.key"
    (log.folder / "short").symlink_to(log.folder / "archive")
    for path in (inside, log.folder / "short/log.key", log.folder / "short/../archive/log.key"):
        code, out, err = log("keygen", "--out", str(path))
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert f"this is within the archive {log.folder}/archive: who may change the archive" in err
    monkeypatch.chdir(log.folder)  # no configuration is here, and the archive is known by its database
    (log.folder / "crawler.toml").unlink()
    code, _, err = log("keygen", "--name", "a.example", "--out", "archive/log.key", config=False)
    assert (code, "this is within the archive" in err) == (2, True)
    assert not list((log.folder / "archive").rglob("*.key"))
    assert log("keygen", "--name", "a.example", "--out", "log.key", config=False)[0] == 0


@pytest.mark.parametrize("address", ["", 'public_url = "http://127.0.0.1:8000/site/"'])
def test_a_log_is_not_called_localhost_by_itself(log: Typed, address: str) -> None:
    (log.folder / "crawler.toml").write_text(f'[archive]\nroot = "archive"\n{address}\n')
    code, out, err = log("keygen", "--out", str(log.folder / "log.key"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "names no log for others to know it by; give --name, as example.org/wires" in err
    code, out, _ = log("keygen", "--name", "wires.example", "--out", str(log.folder / "log.key"))
    assert (code, out.split("+")[0]) == (0, "wires.example")
    (log.folder / "crawler.toml").write_text(
        f'[archive]\nroot = "archive"\n{address}\n[log]\norigin = "b.example"\n'
    )
    assert log("keygen")[1].startswith("PRIVATE+KEY+b.example+")


def test_a_key_without_a_file_is_printed_for_a_secret_store(log: Typed) -> None:
    code, out, err = log("keygen")
    assert code == 0
    assert out.startswith("PRIVATE+KEY+news.example/wires+")
    assert err.startswith("news.example/wires+")
    assert out.split("+")[3] == err.split("+")[1]

"""What is asked wrongly is told in one sentence that names the command, the word and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler import cli

COMMANDS = "`crawler -h` tells more"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fly", f"crawler: no such command 'fly'; {COMMANDS}"),
        ("verfy", f"crawler: no such command 'verfy'. Did you mean 'verify'? {COMMANDS}"),
        ("--bogus", f"crawler: no such option: --bogus; {COMMANDS}"),
        ("crawl --since", "crawler: option '--since' requires an argument"),
        ("verify --quick=yes", "crawler: option '--quick' does not take a value"),
        ("crawl", "crawler crawl: missing option '--since'; `crawler crawl -h` tells more"),
        ("inspect show", "crawler inspect show: missing argument 'ID'; `crawler inspect show -h` tells more"),
        ("feeds list a b", "crawler feeds list: too many arguments: a b; `crawler feeds list -h` tells more"),
        (
            "inspect articles --sicne 7d",
            "crawler inspect articles: no such option: --sicne; did you mean --since? "
            "`crawler inspect articles -h` tells more",
        ),
        ("verify --only x", "crawler verify: --only: 'x' is not one of 'database', 'files', 'raw', 'log'"),
        (
            "inspect failures --limit no",
            'crawler inspect failures: --limit: "no": write a whole number of at least 1 and at most 1000000000',
        ),
        ("inspect diff 1 x", 'crawler inspect diff: A: "x": write a whole number'),
        ("crawl --since 1d --until 2d", "crawler crawl: --until: is not after --since"),
        ("inspect articles --since 1d --until 2d", "crawler inspect articles: --until: is not after --since"),
        ("inspect stats --config=", "crawler inspect stats: --config: is empty"),
    ],
)
def test_misuse_is_one_sentence_and_2(
    words: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/crawler.toml").write_text(
        '[[feeds]]\nname = "orbit"\nurl = "https://orbit.example/feed"\nsource = "Orbit"\n'
    )
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert (ended.value.code, capsys.readouterr()) == (2, ("", f"{said}\n"))


@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "show", "\udcff"),
        ("inspect", "articles", "--text", "\udcff"),
        ("inspect", "furniture", "--host", "\udcff"),
        ("verify", "--article", "\udcff"),
        ("export", "wacz", "o", "--article", "\udcff"),
        ("reextract", "--id", "\udcff"),
        ("takedown", "1", "--yes", "--reason", "\udcff"),
        ("takedown", "1", "--yes", "--reason", "x", "--title", "\udcff"),
        ("release", "1", "--reason", "x", "--requested-by", "\udcff"),
        ("log", "proof", "\udcff"),
        ("log", "keygen", "--name", "\udcff"),
    ],
)
def test_bytes_that_are_no_utf_8_are_told_of(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--config", "crawler.toml", *words])
    told = capsys.readouterr().err
    assert (ended.value.code, told.count("\n")) == (2, 1)
    assert told.endswith(': "\\xdcff" is not written in UTF-8\n')


@pytest.mark.parametrize("words", ["log check {}", "log keygen --name x/y --out {}", "restore {} there"])
def test_a_name_that_is_too_long_is_told_of(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words.format("x" * 300).split())
    told = capsys.readouterr().err
    assert ended.value.code in {1, 2}
    assert told.count("\n") == 1
    assert "File name too long" in told


def test_an_unset_variable_names_no_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "crawler.toml"
    config.write_text('[[feeds]]\nname = "orbit"\nurl = "https://orbit.example/feed"\nsource = "Orbit"\n')
    for command in ("articles", "failures", "freshness"):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--config", str(config), "inspect", command, "--feed", ""])
        assert ended.value.code == 2
        assert 'no feed is named ""' in capsys.readouterr().err


def test_where_nothing_is_asked_for_the_commands_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["export"])
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert "For replay: pages as they were sent" in told.err

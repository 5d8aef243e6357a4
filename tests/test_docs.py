"""What the documents promise is there, and what is there is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_architecture import DOORS, FLOW, LIBRARIES, OUTSIDE, STEPS, WORDS

REPOSITORY = Path(__file__).resolve().parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    from crawler.cli.root import application

    found = [command.name or "" for command in application.registered_commands]
    for group in application.registered_groups:
        assert group.typer_instance
        for command in group.typer_instance.registered_commands:
            assert command.callback
            found.append(f"{group.name} {command.name or command.callback.__name__}")
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"crawler {command}" in README


@pytest.mark.parametrize("name", sorted((WORDS | STEPS | DOORS | FLOW | OUTSIDE) - {"__main__", "__init__"}))
def test_every_room_is_in_the_plan(name: str) -> None:
    assert re.search(rf"`{name}(\.py|/)?`", ARCHITECTURE), name


def test_every_library_is_in_the_plan() -> None:
    names = {
        "brotlicffi",
        "aiohttp",
        "sqlalchemy",
        "feedparser",
        "trafilatura",
        "segno",
        "typer",
        "rich",
        "pydantic",
        "nh3",
    }
    for name in names & set(LIBRARIES):
        assert name in ARCHITECTURE.lower()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)]+)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (REPOSITORY / link).exists()


@pytest.mark.parametrize("script", sorted(set(re.findall(r"scripts/[a-z-]+", README + ARCHITECTURE))))
def test_every_script_that_is_named_exists(script: str) -> None:
    assert (REPOSITORY / script).exists()


def test_the_package_runs_as_a_module() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "crawler", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert re.fullmatch(r"crawler \d+\.\d+\.\d+\n", shown.stdout)

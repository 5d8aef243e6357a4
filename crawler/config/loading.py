"""TOML files and the environment → one :class:`Config`; errors name file, key, value and cure."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from crawler.config import cures
from crawler.config.sections import DEFAULT_PATH, Config
from crawler.config.units import spelled
from crawler.errors import ConfigError

_LISTS = {"feeds": "name", "hosts": "host"}  #: tables that may stand in several files → what names one
_ESCAPES = {point: f"\\u{point:04x}" for point in (*range(32), 127)} | {9: r"\t", 10: r"\n", 13: r"\r"}
_USERINFO = re.compile(r"//[^/\s]*@")  #: of an address; may hold a password


def find(path: Path | None = None) -> Path:
    """The configuration file: ``path``, else ``config/crawler.toml``, else ``$CRAWLER_CONFIG``."""
    if path is not None:
        return path
    if DEFAULT_PATH.exists():
        return DEFAULT_PATH
    named = os.environ.get("CRAWLER_CONFIG")
    if named:
        return _named(named)
    raise ConfigError(
        f"no configuration: {DEFAULT_PATH} does not exist here; run where it is, "
        "name a file with --config PATH, or set CRAWLER_CONFIG"
    )


def _named(text: str) -> Path:
    path = Path(text)
    if path.exists() and not path.is_dir():
        return path
    named = f"$CRAWLER_CONFIG = {_show(text)}".translate(_ESCAPES)
    raise ConfigError(f"{named}: there is no such file; mend it, or name one with --config PATH")


def load(path: Path | None = None) -> Config:
    """Read the configuration and what it includes; raises ``ConfigError``."""
    main = find(path)
    merged: dict[str, Any] = {}
    owners: dict[str, Path] = {}
    for file, table in _files(main, ()):
        _merge(merged, table, file, owners)
    merged["path"] = main
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        raise ConfigError(_explain(error, main, owners, merged).translate(_ESCAPES)) from None


def _files(path: Path, chain: tuple[Path, ...]) -> Iterator[tuple[Path, dict[str, Any]]]:
    if path.resolve() in chain:
        raise ConfigError(f"{path}: include: this file includes itself; remove it from the list")
    table = _read(path, chain[-1] if chain else None)
    _require_paths(path, table.get("include", []))
    _anchor(table, path.parent)
    yield path, table
    for name in table.get("include") or ():
        yield from _files(Path(name), (*chain, path.resolve()))


def _read(path: Path, included_by: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}; mend that line") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except (RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: not usable TOML: {error}") from None
    except OSError as error:
        where = f"{path}: cannot be read: {error.strerror}"
        if included_by:
            raise ConfigError(f"{where}; mend include in {included_by}") from None
        raise ConfigError(f"{where}; name another with --config PATH") from None


def _require_paths(path: Path, include: object) -> None:
    """Refuse an ``include`` that is no list of files: it is followed before anything else is looked at."""
    if not isinstance(include, list) or not all(isinstance(one, str) and "\0" not in one for one in include):
        raise ConfigError(
            f'{path}: include = {_show(include)}: write a list of files in brackets, such as ["feeds.toml"]'.translate(
                _ESCAPES
            )
        )


def _anchor(table: dict[str, Any], folder: Path) -> None:
    """Relative paths start at the file that names them."""
    include = table.get("include")
    if isinstance(include, list):
        table["include"] = [str(folder / name) for name in include]
    archive = table.get("archive")
    if isinstance(archive, dict) and isinstance(archive.get("root"), str):
        archive["root"] = str(folder / archive["root"])
    web = table.get("web")
    if isinstance(web, dict) and isinstance(web.get("ca_file"), str):
        web["ca_file"] = str(folder / web["ca_file"])
    log = table.get("log")
    if isinstance(log, dict) and isinstance(log.get("key"), str):
        log["key"] = str(folder / log["key"])
    store = table.get("store")
    if isinstance(store, dict) and isinstance(store.get("url"), str):
        prefix, found, rest = store["url"].partition("sqlite:///")
        if found and not prefix:
            store["url"] = f"sqlite:///{folder / rest}"


def _merge(into: dict[str, Any], table: dict[str, Any], file: Path, owners: dict[str, Path]) -> None:
    for key, value in table.items():
        if key in _LISTS and isinstance(value, list):
            into.setdefault(key, [])
            for one in value:
                owners[f"{key}.{len(into[key])}"] = file
                into[key].append(one)
        elif key == "include":
            into["include"] = [*into.get("include", ()), *value] if isinstance(value, list) else value
        elif key in into:
            raise ConfigError(f"{file}: {key}: already set in {owners.get(key)}; keep it in one file")
        else:
            into[key] = value
            owners[key] = file


def _explain(error: ValidationError, main: Path, owners: dict[str, Path], merged: dict[str, Any]) -> str:
    """The first error as one sentence: file, key, value, cure."""
    errors = error.errors()
    # A misspelt key also makes the right one missing: the unknown key is the news.
    first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
    location = [part for part in first["loc"] if part != "path"]
    file = owners.get(".".join(map(str, location[:2]))) or owners.get(
        str(location[0]) if location else "", main
    )
    key = _spell(location, merged)
    if first["type"] == "extra_forbidden":
        return f"{file}: {key}: unknown key; {_nearest(location)}"
    if first["type"] == "missing":
        return f"{file}: {key}: is missing; add it"
    value = first["input"]
    shown = "" if isinstance(value, dict | list | tuple | BaseModel) else f" = {_show(value)}"
    return f"{file}: {key}{shown}: {cures.cure(first)}"


def _show(value: object) -> str:
    value = spelled(value).strip('"') if isinstance(value, timedelta) else value
    text = f'"{_USERINFO.sub("//***@", value)}"' if isinstance(value, str) else str(value)
    text = text.lower() if isinstance(value, bool) else text  # as TOML spells it
    return text if len(text) <= 80 else text[:77] + "…"


def _spell(location: list[int | str], merged: dict[str, Any]) -> str:
    if len(location) > 1 and location[0] in _LISTS and isinstance(location[1], int):
        kind = str(location[0])
        one = merged[kind][location[1]]
        name = one.get(_LISTS[kind]) if isinstance(one, dict) else None
        label = f'{kind}["{name}"]' if name and isinstance(name, str) else f"{kind}[{location[1] + 1}]"
        return ".".join([label, *map(_counted, location[2:])])
    return ".".join(map(_counted, location)) or "the file"


def _counted(part: int | str) -> str:
    """A part of a key; in a list people count from one."""
    return str(part + 1) if isinstance(part, int) else part


def _nearest(location: list[int | str]) -> str:
    model: Any = Config
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            arguments = getattr(annotation, "__args__", None)
            model = arguments[0] if arguments else annotation
    known = sorted(set(model.model_fields) - {"path"})
    match = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    return f'did you mean "{match[0]}"?' if match else f"known here: {', '.join(known)}"

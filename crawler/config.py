"""TOML and environment → one frozen :class:`Config`; errors name file, key, value and cure.

The only place that knows pydantic.  Each part of the house is handed its own section.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from crawler.errors import ConfigError

DEFAULT_PATH = Path("config/crawler.toml")
USER_AGENT = "wire-crawler/0.1 (feed archiver; set [web] user_agent to name yourself)"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_BYTES = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip


def duration(value: object) -> timedelta:
    """Read ``"1.5s"``, ``"15m"``, ``"7d"`` or ``"1h 30m"``; raises ``ValueError``."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError('write a length of time as text, such as "0s", "1.5s", "15m", "12h" or "7d"')
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError("this length of time is too long") from None


def size(value: object) -> int:
    """Read ``"10MB"`` or ``"512KiB"`` as bytes; raises ``ValueError``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('write a size as text, such as "10MB" or "512KiB"')
    return int(float(match[1]) * _BYTES[match[2]])


def source_key(source: str) -> str:
    """The folder name of a wire: ``"PR Newswire"`` → ``"prnewswire"``."""
    return re.sub(r"[^a-z0-9]+", "", source.lower())[:40]


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write a full address that begins with http:// or https://")
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
Size = Annotated[int, BeforeValidator(size)]
Address = Annotated[str, BeforeValidator(lambda value: _web_address(str(value)))]


class Section(BaseModel):
    """A table of the configuration: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=False)


class ArchiveConfig(Section):
    """``[archive]``: where files go and which public addresses they name."""

    root: Path = Path("archive")
    public_url: Address = "http://localhost:1313/"
    media_url: Address | None = None  #: base of QR images and banners; default: public_url
    qr_target: str = "{public_url}{url}/"
    raw: Literal[False] = False  #: raw HTTP archiving (WARC) is not built yet
    slug_bytes: int = Field(default=180, ge=40, le=195)  #: so that a file name stays ≤ 200 bytes

    @field_validator("public_url", "media_url")
    @classmethod
    def _slash(cls, value: str | None) -> str | None:
        return value if value is None or value.endswith("/") else value + "/"

    @field_validator("qr_target")
    @classmethod
    def _placeholders(cls, value: str) -> str:
        known = {"public_url", "url", "article_id", "source", "code"}
        wrong = set(re.findall(r"{([^}]*)}", value)) - known
        if wrong:
            raise ValueError(f"unknown placeholder {{{sorted(wrong)[0]}}}; known: {', '.join(sorted(known))}")
        return value

    @property
    def media_base(self) -> str:
        """Base address of QR images and banners, ending in a slash."""
        return self.media_url or self.public_url


class StoreConfig(Section):
    """``[store]``: the database."""

    url: str | None = None  #: default: ``crawler.db`` below the archive's root
    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    busy_timeout: Duration = timedelta(seconds=10)

    @field_validator("url")
    @classmethod
    def _sqlite(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("sqlite:///"):
            raise ValueError('only SQLite is supported: write "sqlite:///path/to/crawler.db"')
        return value


class WebConfig(Section):
    """``[web]``: how we behave on other people's servers."""

    user_agent: str = USER_AGENT
    delay: Duration = timedelta(seconds=1)  #: between two requests to one host
    total_timeout: Duration = timedelta(seconds=60)
    connect_timeout: Duration = timedelta(seconds=10)
    minimum_rate: Size = 200  #: bytes per second, measured after a grace of 10 s
    page_limit: Size = 10_000_000  #: decoded bytes
    feed_limit: Size = 10_000_000
    attempts: int = Field(default=3, ge=1, le=10)  #: tries within one visit
    retry_wait: Duration = timedelta(seconds=1)  #: before the second try; doubles, with jitter
    retry_wait_max: Duration = timedelta(seconds=20)
    redirects: int = Field(default=10, ge=0, le=20)
    connections: int = Field(default=64, ge=1, le=1000)  #: sockets open at once
    allow_private: tuple[str, ...] = ()  #: networks the guard lets in, such as "127.0.0.0/8"
    ports: tuple[int, ...] = (80, 443, 8080, 8443)  #: allowed; others only in private networks let in
    robots: bool = True

    @field_validator("allow_private")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_network(text)
            except ValueError:
                raise ValueError(f'"{text}" is not a network; write one such as "127.0.0.0/8"') from None
        return value


class WorkersConfig(Section):
    """``[workers]``: the processes in which foreign bytes are parsed."""

    processes: int = Field(default=0, ge=0, le=256)  #: 0: one per core
    timeout: Duration = timedelta(seconds=30)  #: wall clock, per document
    cpu: Duration = timedelta(seconds=20)  #: CPU time, per document
    memory: Size = 2**30  #: address space beyond what a fresh worker has
    recycle: int = Field(default=1000, ge=1)  #: documents before a worker is replaced


class PollConfig(Section):
    """``[poll]``: how often feeds are asked."""

    initial: Duration = timedelta(minutes=15)
    floor: Duration = timedelta(minutes=5)
    ceiling: Duration = timedelta(hours=24)
    concurrency: int = Field(default=32, ge=1, le=1000)  #: hosts worked on at once
    slice_items: int = Field(default=20, ge=1, le=1000)  #: items of one host lent at a time
    capture_attempts: int = Field(default=8, ge=1, le=100)  #: visits before an item is given up
    entries: int = Field(default=5000, ge=1)  #: entries read from one feed document

    @model_validator(mode="after")
    def _order(self) -> PollConfig:
        if not self.floor <= self.initial <= self.ceiling:
            raise ValueError("floor ≤ initial ≤ ceiling must hold")
        return self


class Topic(Section):
    """``[[banners.topics]]``: one topic, its keywords with weights, its images."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    keywords: dict[str, float] = Field(default_factory=dict)
    images: tuple[str, ...] = Field(min_length=1)  #: addresses, or names below ``<media_url>banners/``


class BannersConfig(Section):
    """``[banners]``: images for articles that have none."""

    fallback: str = "business"  #: topic of an article that matches none
    topics: tuple[Topic, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> BannersConfig:
        names = [topic.name for topic in self.topics]
        if self.topics and self.fallback not in names:
            raise ValueError(f'fallback "{self.fallback}" is not one of the topics: {", ".join(names)}')
        return self


class FeedConfig(Section):
    """``[[feeds]]``: one feed."""

    name: str = Field(min_length=1, max_length=100)
    url: Address
    source: str = Field(min_length=1, max_length=100)
    enabled: bool = True
    floor: Duration | None = None
    ceiling: Duration | None = None
    user_agent: str | None = None

    @field_validator("source")
    @classmethod
    def _has_letters(cls, value: str) -> str:
        if not source_key(value):
            raise ValueError("needs at least one Latin letter or digit: it names a folder")
        return value


class Config(Section):
    """Everything that can be configured."""

    include: tuple[Path, ...] = ()
    archive: ArchiveConfig = ArchiveConfig()
    store: StoreConfig = StoreConfig()
    web: WebConfig = WebConfig()
    workers: WorkersConfig = WorkersConfig()
    poll: PollConfig = PollConfig()
    banners: BannersConfig = BannersConfig()
    feeds: tuple[FeedConfig, ...] = ()
    path: Path = DEFAULT_PATH  #: the file this was read from; not a setting

    @field_validator("feeds")
    @classmethod
    def _unique(cls, value: tuple[FeedConfig, ...]) -> tuple[FeedConfig, ...]:
        seen: set[str] = set()
        for feed in value:
            if feed.name in seen:
                raise ValueError(f'two feeds are named "{feed.name}"; names must be unique')
            seen.add(feed.name)
        return value

    @property
    def database(self) -> Path:
        """The SQLite file."""
        url = self.store.url
        return Path(url.removeprefix("sqlite:///")) if url else self.archive.root / "crawler.db"


def find(path: Path | None = None) -> Path:
    """The configuration file: ``path``, else ``config/crawler.toml``, else ``$CRAWLER_CONFIG``."""
    if path is not None:
        return path
    if DEFAULT_PATH.exists():
        return DEFAULT_PATH
    named = os.environ.get("CRAWLER_CONFIG")
    if named:
        return Path(named)
    raise ConfigError(
        f"no configuration: {DEFAULT_PATH} does not exist here; run where it is, "
        "name a file with --config PATH, or set CRAWLER_CONFIG"
    )


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
        raise ConfigError(_explain(error, main, owners, merged)) from None


def _files(path: Path, chain: tuple[Path, ...]) -> Iterator[tuple[Path, dict[str, Any]]]:
    if path.resolve() in chain:
        raise ConfigError(f"{path}: include: this file includes itself; remove it from the list")
    table = _read(path)
    _anchor(table, path.parent)
    yield path, table
    for name in table.get("include") or ():
        yield from _files(Path(name), (*chain, path.resolve()))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}; mend that line") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except (RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: not usable TOML: {error}") from None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read: {error.strerror}; name another with --config PATH"
        ) from None


def _anchor(table: dict[str, Any], folder: Path) -> None:
    """Relative paths start at the file that names them."""
    include = table.get("include")
    if isinstance(include, list):
        table["include"] = [str(folder / str(name)) for name in include]
    archive = table.get("archive")
    if isinstance(archive, dict) and isinstance(archive.get("root"), str):
        archive["root"] = str(folder / archive["root"])
    store = table.get("store")
    if isinstance(store, dict) and isinstance(store.get("url"), str):
        prefix, found, rest = store["url"].partition("sqlite:///")
        if found and not prefix:
            store["url"] = f"sqlite:///{folder / rest}"


def _merge(into: dict[str, Any], table: dict[str, Any], file: Path, owners: dict[str, Path]) -> None:
    for key, value in table.items():
        if key == "feeds" and isinstance(value, list):
            into.setdefault("feeds", [])
            for feed in value:
                owners[f"feeds.{len(into['feeds'])}"] = file
                into["feeds"].append(feed)
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
    cure = first["msg"].removeprefix("Value error, ")
    cure = cure[:1].lower() + cure[1:]
    if first["type"] == "missing":
        return f"{file}: {key}: is missing; add it"
    value = first["input"]
    shown = "" if isinstance(value, dict | list | tuple | BaseModel) else f" = {_show(value)}"
    return f"{file}: {key}{shown}: {cure}"


def _show(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _spell(location: list[int | str], merged: dict[str, Any]) -> str:
    if len(location) > 1 and location[0] == "feeds" and isinstance(location[1], int):
        feed = merged["feeds"][location[1]]
        name = feed.get("name") if isinstance(feed, dict) else None
        label = f'feeds["{name}"]' if name else f"feeds[{location[1] + 1}]"
        return ".".join([label, *map(str, location[2:])])
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in location) or "the file"


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

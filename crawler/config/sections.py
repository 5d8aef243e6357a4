"""The sections of the configuration: every key, its default and what makes a value valid."""

from __future__ import annotations

import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import (
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from crawler.config.hosts import Hosts
from crawler.config.log import LogConfig
from crawler.config.units import source_key, spelled
from crawler.config.values import Address, Duration, Place, Section, Size, Span, Wait
from crawler.model import HostRule

DEFAULT_PATH = Path("config/crawler.toml")
_PROXY = re.compile(r"http://(?:[^/@?#\s]+@)?(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?/?")
_ORDERED = ("floor", "initial", "ceiling")
ROW = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7))
USER_AGENT = "wire-crawler/0.1 (feed archiver; set [web] user_agent to name yourself)"


class ArchiveConfig(Section):
    """``[archive]``: where files go and which public addresses they name."""

    root: Place = Path("archive")
    public_url: Address = "http://localhost:1313/"
    media_url: Address | None = None  #: base of QR images and banners; default: public_url
    qr_target: str = "{public_url}{url}/"
    raw: bool = True  #: keep what the servers sent, as they sent it (WARC)
    raw_file_size: Size = 10**9  #: bytes at which a new WARC file is begun
    raw_file_age: Span = timedelta(days=1)  #: … and the age
    quarantine: Size = 100_000_000  #: bytes of documents that broke a worker, kept in all
    low_water: Size = 256_000_000  #: free bytes below which nothing more is fetched; 0: no mark
    ballast: Size = 8_000_000  #: bytes that are given up when the disk is full, so that work can be settled
    tombstone: str = "This release was taken down."  #: stands where a body was taken down; "": nothing
    slug_bytes: int = Field(default=180, ge=40, le=195)  #: so that a file name stays ≤ 200 bytes

    @field_validator("public_url", "media_url")
    @classmethod
    def _slash(cls, value: str | None) -> str | None:
        return value if value is None or value.endswith("/") else value + "/"

    @field_validator("qr_target")
    @classmethod
    def _placeholders(cls, value: str) -> str:
        known = {"public_url", "url", "article_id", "source", "code", "proof"}
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
        if value is not None and "\0" in value:
            raise ValueError("write a path without the sign U+0000: no file can be called so")
        return value


class WebConfig(Section):
    """``[web]``: how we behave on other people's servers."""

    user_agent: str = USER_AGENT
    delay: Duration = timedelta(seconds=1)  #: between two requests to one host
    address_delay: Duration | None = None  #: between two requests to one IP address; default: half of delay
    latency_factor: float = Field(default=2.0, ge=0, le=100)  #: rest after a slow exchange, in its lengths
    delay_max: Duration = timedelta(seconds=30)  #: longest rest that latency can bring
    total_timeout: Duration = timedelta(seconds=60)
    connect_timeout: Duration = timedelta(seconds=10)
    minimum_rate: Size = 200  #: bytes per second, measured after a grace of 10 s
    page_limit: Size = 10_000_000  #: decoded bytes
    feed_limit: Size = 10_000_000
    attempts: int = Field(default=3, ge=1, le=10)  #: tries within one visit
    retry_wait: Duration = timedelta(seconds=1)  #: before the second try; doubles, with jitter
    retry_wait_max: Duration = timedelta(seconds=20)
    retry_share: float = Field(default=0.1, ge=0, le=1)  #: tries after the first, of all requests
    trouble: int = Field(default=5, ge=0, le=1000)  #: failures in a row before a host is left alone; 0: never
    redirects: int = Field(default=10, ge=0, le=20)
    connections: int = Field(default=64, ge=1, le=1000)  #: sockets open at once
    allow_private: tuple[str, ...] = ()  #: networks the guard lets in, such as "127.0.0.0/8"
    ports: tuple[int, ...] = (80, 443, 8080, 8443)  #: allowed; others only in private networks let in
    robots: bool = True
    feed_robots: Literal["delay", "obey"] = "delay"  #: what of robots.txt binds feeds: Crawl-delay, or all
    crawl_delay_max: Duration = timedelta(minutes=5)  #: beyond it, no page of that host is fetched
    ca_file: Place | None = None  #: PEM: certificate authorities that are believed beside the machine's
    proxy: SecretStr | None = None  #: through which every request goes; may hold a user and a password

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _PROXY.fullmatch(value.get_secret_value()):
            raise ValueError('write it as "http://proxy.example:3128"')
        return value

    @field_validator("allow_private")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ipaddress.ip_network(text)
            except ValueError:
                raise ValueError(f'"{text}" is not a network; write one such as "127.0.0.0/8"') from None
        return value


class WebSubConfig(Section):
    """``[websub]``: hubs that tell of new items; without ``callback`` none is asked and nothing listens."""

    callback: Address | None = None  #: public base of the addresses that hubs are told, ending in a slash
    listen: str = "127.0.0.1:8787"  #: where the daemon waits for them; port 0 takes any free one
    lease: Duration = timedelta(days=10)  #: wished for; the hub decides

    @field_validator("callback")
    @classmethod
    def _base(cls, value: str | None) -> str | None:
        if value is not None and not set(value).isdisjoint("?#@"):
            raise ValueError("write it without user name, query and fragment: a token is added at its end")
        return value if value is None or value.endswith("/") else value + "/"

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError('write host and port, such as "127.0.0.1:8787"')
        return value

    @field_validator("lease")
    @classmethod
    def _sensible(cls, value: timedelta) -> timedelta:
        if not timedelta(hours=1) <= value <= timedelta(days=30):
            raise ValueError("must be between 1h and 30d")
        return value

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of ``listen``."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class WorkersConfig(Section):
    """``[workers]``: the processes in which foreign bytes are parsed."""

    processes: int = Field(default=0, ge=0, le=256)  #: 0: one per core
    timeout: Duration = timedelta(seconds=30)  #: wall clock, per document
    cpu: Duration = timedelta(seconds=20)  #: CPU time, per document
    memory: Size = 2**30  #: address space beyond what a fresh worker has
    recycle: int = Field(default=1000, ge=1)  #: documents before a worker is replaced


class ExtractConfig(Section):
    """``[extract]``: how an article is found in its page."""

    effort: Literal["fast", "balanced", "best"] = "balanced"


class PollConfig(Section):
    """``[poll]``: how often feeds are asked."""

    initial: Duration = timedelta(minutes=15)
    floor: Duration = timedelta(minutes=5)
    ceiling: Duration = timedelta(hours=24)
    eagerness: float = Field(default=1.0, ge=0.05, le=20)  #: polls, in multiples of the usual
    unconditional: Duration = timedelta(hours=24)  #: between whole bodies of a feed without validators
    patience: Duration = timedelta(minutes=2)  #: that a one-shot waits for hosts that rest
    concurrency: int = Field(default=32, ge=1, le=1000)  #: hosts worked on at once
    slice_items: int = Field(default=20, ge=1, le=1000)  #: items of one host lent at a time
    capture_attempts: int = Field(default=8, ge=1, le=100)  #: visits before an item is given up
    entries: int = Field(default=5000, ge=1)  #: entries read from one feed document
    rechecks: tuple[Wait, ...] = ROW  #: after which an archived page is looked at again
    revisions_per_day: int = Field(default=4, ge=1)  #: of one article, by edits
    revisions: int = Field(default=20, ge=1)  #: … in all

    @model_validator(mode="after")
    def _order(self) -> PollConfig:
        if not self.floor <= self.initial <= self.ceiling:
            shown = ", ".join(f"{name} = {spelled(getattr(self, name))}" for name in _ORDERED)
            raise ValueError(f"floor ≤ initial ≤ ceiling must hold; here {shown}")
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
    log: LogConfig = LogConfig()
    store: StoreConfig = StoreConfig()
    web: WebConfig = WebConfig()
    websub: WebSubConfig = WebSubConfig()
    workers: WorkersConfig = WorkersConfig()
    poll: PollConfig = PollConfig()
    extract: ExtractConfig = ExtractConfig()
    banners: BannersConfig = BannersConfig()
    feeds: tuple[FeedConfig, ...] = ()
    hosts: Hosts = ()
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
    def rules(self) -> dict[str, HostRule]:
        """What is written about hosts, by their names."""
        return {host.host: host.rule for host in self.hosts}

    @property
    def database(self) -> Path:
        """The SQLite file; of a symbolic link where it leads to, for SQLite puts its log beside that one."""
        url = self.store.url
        path = Path(url.removeprefix("sqlite:///")) if url else self.archive.root / "crawler.db"
        return Path(os.path.realpath(path)) if path.is_symlink() else path

"""TOML and environment → one frozen :class:`Config`.

The only place that knows pydantic.  Each part of the house is handed its own section.
"""

from crawler.config.hosts import HostConfig
from crawler.config.loading import find, load
from crawler.config.log import LogConfig
from crawler.config.sections import (
    DEFAULT_PATH,
    USER_AGENT,
    ArchiveConfig,
    BannersConfig,
    Config,
    ExtractConfig,
    FeedConfig,
    PollConfig,
    StoreConfig,
    Topic,
    WebConfig,
    WebSubConfig,
    WorkersConfig,
)
from crawler.config.units import duration, size, source_key

__all__ = [
    "DEFAULT_PATH",
    "USER_AGENT",
    "ArchiveConfig",
    "BannersConfig",
    "Config",
    "ExtractConfig",
    "FeedConfig",
    "HostConfig",
    "LogConfig",
    "PollConfig",
    "StoreConfig",
    "Topic",
    "WebConfig",
    "WebSubConfig",
    "WorkersConfig",
    "duration",
    "find",
    "load",
    "size",
    "source_key",
]

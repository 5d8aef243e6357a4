"""A wire service on loopback whose paths are the failures: for tests, demo, benchmark and by hand.

Twelve newsrooms, each with an address, a page template and feeds of its own, filled with releases
written for this project; every byte follows from a seed.  ``python -m tests.wire --help``.
"""

from tests.wire.folder import PageFolder, RawPage, read_folder
from tests.wire.loopback import Logged
from tests.wire.release import Release, load_records
from tests.wire.sample import NOW, Expected, SampleWire, WireFeed, feed_list
from tests.wire.wires import Posting, Site, Wire

__all__ = [
    "NOW",
    "Expected",
    "Logged",
    "PageFolder",
    "Posting",
    "RawPage",
    "Release",
    "SampleWire",
    "Site",
    "Wire",
    "WireFeed",
    "feed_list",
    "load_records",
    "read_folder",
]

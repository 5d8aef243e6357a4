"""An archive's files copied elsewhere with their digests checked on the way: for backups and restores.

Plain blocking calls.  ``writing`` puts one file, ``sources`` reads from an archive that others write to.
"""

from crawler.archive.copies.sources import Denied, Source, WarcPart
from crawler.archive.copies.writing import Altered, Copies, digested

__all__ = ["Altered", "Copies", "Denied", "Source", "WarcPart", "digested"]

"""What the servers sent, as they sent it: WARC/1.1 files below ``<root>/warc/``, read with any WARC tool.

``WarcArchive`` keeps ``ports.RawArchive``; ``app/`` makes it.  ``keeping`` writes, ``reading`` reads,
``volume`` is one file, ``records`` what stands in it, ``members`` its gzip, ``index`` the CDXJ beside it.
"""

from crawler.archive.warc.archive import WarcArchive
from crawler.archive.warc.keeping import Mended

__all__ = ["Mended", "WarcArchive"]

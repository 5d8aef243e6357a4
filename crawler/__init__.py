"""An asynchronous feed crawler and archiver for wire services.

The flow, in one breath: the **store** lends a feed, the **web** gets its page, **feeds** reads the
entries, the poll is settled.  The store lends an entry, the web gets its page, **extract** finds
the extraction, **article** composes the article, **document** renders bytes, the **archive** puts
the file, the record is settled.  Two journeys, both only forward; they meet only in the store.
"""

__version__ = "0.1.0"

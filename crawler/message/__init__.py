"""HTTP messages, pure: ``decode`` undoes a Content-Encoding, ``head`` reads and writes start line and fields.

The web reads what comes over the wire with it, the raw archive what was kept of it.
"""

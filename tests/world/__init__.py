"""A world of feeds in virtual time, and the judge of who polls it.

Everything but the wire, the clock and the worker processes is the real crawler; the judge (``oracle``)
reads only what the simulated servers saw and shares no code with the crawler.
"""

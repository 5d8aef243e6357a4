"""Power cuts of a recorded run: what a disk may hold after one, and whether the crawler makes good of it.

``trace`` reads the system calls of a real crawler, ``disk`` knows what they leave on a disk, ``judge`` looks at
an archive without any code of the crawler; ``campaigns/powercuts`` and the suite put them together.
"""

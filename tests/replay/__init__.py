"""The raw archive and its packages, read by the tools of others: pywb, wacz, bagit, warcio.

They live in an environment of their own, which ``scripts/replay`` makes; without it these tests skip.
"""

"""The log's mathematics and its written forms: tree (RFC 6962), signed heads (C2SP), proofs.

Pure; ``logbook`` keeps a log with them, and whoever has a proof checks it with them, without any archive.
"""

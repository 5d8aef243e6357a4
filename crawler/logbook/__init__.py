"""The log of revisions: a Merkle tree (RFC 6962) that only grows, with heads that a key outside the archive signs.

``heads`` writes it, ``proving`` shows that something is in it, ``verifying`` looks whether it still fits,
``restoring`` puts it again after a loss.  Its leaves are added by the store, with the revisions themselves.
"""

"""What two sides say of one archive → findings.  ``app/verifying`` hands the facts in.

``facts`` are what the database and the disk say, ``codes`` every kind of finding with its cure; ``rows``
holds rows against each other, ``statements`` against what was stated, ``files`` against files, ``strays``
files against rows, ``raw`` and ``testimonies`` raw records against rows.
"""

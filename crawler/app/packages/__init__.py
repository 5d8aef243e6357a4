"""``crawler export``: a selection of the archive as a package that other programs read.

``selection`` gathers what belongs to it, ``wacz`` and ``bagit`` write the two forms.
"""

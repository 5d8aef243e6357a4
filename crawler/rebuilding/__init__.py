"""A lost database told again from the raw archive, lost files put again from it: both, or either.

``plan`` is what a first reading finds out, ``database`` tells the second, ``files`` puts what is missing,
``front`` reads what articles of older archives say of themselves.  ``app.rebuilding`` puts it together.
"""

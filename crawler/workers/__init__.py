"""Foreign bytes are parsed here and nowhere else, in processes that may die without harm.

``pool`` is the supervisor (keeps ports.Workers), ``line`` who waits for a place, ``slot`` one place,
``process`` one child seen from the parent, ``child`` the child's own program, ``tasks`` what it can
do, ``codec`` how its answers travel, ``inline`` the same port without processes.  Nothing is
imported here: a child starts faster without the parent's libraries.
"""

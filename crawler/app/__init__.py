"""The composition root: the only room that names the doors.

``house`` puts a crawler together, ``looking`` opens an archive for reading.  Apart, so that a look
costs the start-up of neither the web nor the workers.
"""

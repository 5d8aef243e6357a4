"""The crawler's memory: SQLAlchemy Core on aiosqlite; a door.

``sql`` keeps the port of the flow, ``search`` looks in from outside while a crawler runs.
"""

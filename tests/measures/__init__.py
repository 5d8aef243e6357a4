"""Measures over texts of your own: is a summary worth reading, does the gate know a page that is none, which
lines of a page are its host's."""

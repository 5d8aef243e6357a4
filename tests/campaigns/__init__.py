"""Long runs against the real crawler, each `python -m tests.campaigns.NAME`; short forms are in the suite."""

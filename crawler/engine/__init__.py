"""What decides when slices run: ``local`` on one asyncio loop."""

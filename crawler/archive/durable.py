"""What makes names durable, under the name by which ``app`` knows it."""

from crawler.durable import sync_folder

__all__ = ["sync_folder"]

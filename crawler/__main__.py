"""``python -m crawler``: the same door as the console script ``crawler``."""

from crawler.cli import main

if __name__ == "__main__":
    main()

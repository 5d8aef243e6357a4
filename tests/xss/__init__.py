"""C42: no archived article can run anything, whatever its page or its feed said."""

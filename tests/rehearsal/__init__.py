"""The whole crawler rehearsed on releases of your own; ``scripts/rehearse --help``."""

"""A database told again beside the one that is lost: ``telling`` queues, ``visits`` and ``revisions`` write,
``replacing`` puts it into its place; ``app.rebuilding`` opens it.
"""

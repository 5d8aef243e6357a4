"""Values → what a person reads: tables, trees, articles in a terminal, plain lines in a pipe.

The only package besides ``cli`` that knows rich.  Nothing here asks the store or prints.
"""

"""Where files are kept: ``local`` keeps ports.Archive below a folder, with the threads that wait for
the disk; ``tree`` is the folder itself; ``failures`` turns the system's errors into sentences."""

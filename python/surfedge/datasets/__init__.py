"""Data sets on disk: which images a folder, glob or list names, and which layout it has."""

"""The version, written here and nowhere else: packaging reads this line."""

__version__ = "0.1.0"

"""Normalising flows: what turns features into numbers whose likelihood is known."""

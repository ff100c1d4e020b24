"""Regular patterns of plates: find the lattice, follow it over the image, take it away, picture what was found.

lattice : two base vectors from the autocorrelation. tracking, registration : where the pattern really lies.
self_reference : each place of a cell against the same place in the other cells. shift_compare, harmonic_notches,
phase_only : three simpler ways. whitening, line_response, reading : from what remains to an anomaly map. strip : a
strip longer than memory, in tiles. spectrum_picture : one picture that explains it all.
"""

from __future__ import annotations

from surfedge.pattern.lattice import Lattice as Lattice
from surfedge.pattern.lattice import Search as Search
from surfedge.pattern.lattice import find_lattice as find_lattice

__all__ = ["Lattice", "Search", "find_lattice"]

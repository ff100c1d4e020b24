"""Regular patterns of plates: find the lattice, follow it over the image, take it away, picture what was found.

lattice : two base vectors from the autocorrelation. tracking, registration : where the pattern really lies.
self_reference : each place of a cell against the same place in the other cells. shift_compare, harmonic_notches,
phase_only : three simpler ways. whitening, line_response, reading : from what remains to an anomaly map.
line_precedent : lines that no other lug has. strip : a strip longer than memory, in tiles. spectrum_picture : one
picture that explains it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surfedge.registry import lazy_exports

if TYPE_CHECKING:
    from surfedge.pattern.harmonic_notches import WIDTH_CYCLES
    from surfedge.pattern.lattice import Lattice, Search, find_lattice, in_words
    from surfedge.pattern.line_precedent import strange_lines
    from surfedge.pattern.notch import Notch
    from surfedge.pattern.reading import Reading, block_means
    from surfedge.pattern.self_reference import LIGHT_PITCHES, compare, without_light
    from surfedge.pattern.spectrum import harmonics
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "harmonic_notches": ("WIDTH_CYCLES",),
            "lattice": ("Lattice", "Search", "find_lattice", "in_words"),
            "line_precedent": ("strange_lines",),
            "notch": ("Notch",),
            "reading": ("Reading", "block_means"),
            "self_reference": ("LIGHT_PITCHES", "compare", "without_light"),
            "spectrum": ("harmonics",),
        },
    )

"""One file per kind of defect; each function returns the marks that one defect leaves on a surface.

Signature: ``kind(site, rng, size_mm, severity, **options) -> list[Mark]``; a `size_mm` of None is drawn.
"""

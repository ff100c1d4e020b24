"""Forms in which the same features are compared: one Gaussian (`statistics`), or the nearest of a bank (`bank`).

One Gaussian has one idea of good. A surface that looks now like this and now like that (leather with smooth and rough
places, several batches) leaves it wide, and defects lie between. The nearest of some hundred good patches has no such
gap; where there is one appearance it says little more and takes three to five times the time.
"""

from __future__ import annotations

from surfedge.methods.bank import Bank
from surfedge.methods.method import Method
from surfedge.methods.statistics import Statistics

ENTRIES = 500  # half of what `bank` keeps by itself: nearly as good, in half the time


def forms_of(method: Method) -> tuple[Method, ...]:
    """`method` and other forms of it that calibration may choose instead; none where there are none.

    >>> [form.name for form in forms_of(Statistics())]
    ['statistics', 'bank']
    """
    if not isinstance(method, Statistics) or method.knows_defects:
        return ()
    form = Bank(
        cell_px=method.cell_px,
        patch_cells=method.patch_cells,
        shrinkage=method.shrinkage,
        own_share=method.own_share,
        use_colour=method.use_colour,
        own_reference=method.own_reference,
        entries=ENTRIES,
        positions=1,
    )
    return method, form


def first_form(method: Method) -> Method:
    """The form that a choice starts from: of a bank the one with a Gaussian, which alone learns from marked defects."""
    return method.statistics if isinstance(method, Bank) else method

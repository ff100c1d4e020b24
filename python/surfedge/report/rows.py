"""What a report is made of: one record per image and one for the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from surfedge.errors import ArgumentError
from surfedge.report.pictures import Pictures

if TYPE_CHECKING:
    from surfedge.metrics import EvaluationRecord

STATUSES = ("defective", "good", "implausible", "skipped")
JUDGED = ("defective", "good")


@dataclass(frozen=True)
class ReportRow:
    """One image of the run, inspected or not.

    path : as the reader should see it, best relative to the inspected folder; any text, it is only shown.
    status : "defective", "good", "implausible" for an image that was refused as none of those the bundle speaks of, or
        "skipped" for one that was not inspected.
    score : image score, higher is more anomalous; None (or not finite) for images that were not judged.
    threshold : limit this score was compared with, same unit; None stands for the run's threshold.
    label : class, where known, e.g. the folder's name in a labelled data set; "" otherwise.
    regions : number of connected defect regions.
    defect_area_px : pixels of all regions together.
    milliseconds : wall time from decoded image to verdict.
    reason : why the image was refused or skipped, or a remark on how it was read.
    width, height : of the image, in pixels; 0 when unknown.
    pictures : what opens on a click; None leaves the row without pictures. See `draw_pictures`.
    is_defect : what the image truly shows, where that is known: pages of an evaluation count by it.
    given_class : by a classifier whose evaluation this is; `label` is then the true one.
    kinds : distinct labels of the regions, where the method names them; the page can show the images of one kind.

    Raises ArgumentError for an unknown status, or a verdict without a score.

    >>> ReportRow("cut/000.png", "defective", score=2.5).label
    ''
    """

    path: str
    status: str
    score: float | None = None
    threshold: float | None = None
    label: str = ""
    regions: int = 0
    defect_area_px: int = 0
    milliseconds: float = 0.0
    reason: str = ""
    width: int = 0
    height: int = 0
    pictures: Pictures | None = field(default=None, repr=False, compare=False)
    is_defect: bool | None = None
    given_class: str = ""
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ArgumentError("status", found=repr(self.status), expected=", ".join(STATUSES))
        if self.is_judged and self.score is None:
            raise ArgumentError("score", found=None, expected="a number unless refused or skipped")

    @property
    def is_judged(self) -> bool:
        """Whether there is a verdict: neither refused nor skipped."""
        return self.status in JUDGED

    @property
    def finite_score(self) -> float | None:
        """The score when it is a finite number, else None."""
        return self.score if self.score is not None and math.isfinite(self.score) else None


@dataclass(frozen=True)
class ReportSummary:
    """The run as a whole: what stands at the head of the report.

    method : name of the method that made the maps.
    threshold : the run's limit on the image score; None when each row has its own.
    rule : how the threshold was found, e.g. "quantile:0.99 on 245 good images".
    title, source : heading of the page, and what was inspected (a folder, a pattern).
    bundle, bundle_hash : name and SHA-256 of the bundle, "" for a method without one.
    device : where it ran, e.g. "CPU, 2 threads".
    created : date and time of the run, as it should be read, e.g. "2025-03-14 09:26".
    milliseconds_per_image : wall time of the run divided by its images; None shows the rows' own times only.
    versions : name to version, in the order to show.
    notes : anything else the reader must know; one line each.
    evaluation : of a labelled test set: the page then opens with the verdict and shows metrics and curves.

    >>> ReportSummary("statistics", 1.5, rule="quantile:0.99").title
    'Inspection report'
    """

    method: str
    threshold: float | None
    rule: str = ""
    title: str = "Inspection report"
    source: str = ""
    bundle: str = ""
    bundle_hash: str = ""
    device: str = ""
    created: str = ""
    milliseconds_per_image: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    evaluation: EvaluationRecord | None = field(default=None, repr=False)

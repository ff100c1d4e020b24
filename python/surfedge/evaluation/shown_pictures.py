"""Which images of an evaluation its page shows, drawn while they are judged."""

from __future__ import annotations

from functools import cache, partial

from surfedge.detector import Detector
from surfedge.evaluation.judging import Judged, class_given
from surfedge.report import PictureChoice, Pictures, PictureShelf, ReportRow, draw_pictures


class ShownPictures:
    """The pictures of the wrong verdicts, furthest off first, and those that a run's report keeps."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._wrong = PictureShelf(PictureChoice(worst=60, near=0, sample=0))
        self._others = PictureShelf()

    def offer(self, judged: Judged, row: ReportRow) -> None:
        """Draw and keep the pictures of an image if they are wanted."""
        draw = cache(partial(self._drawn, judged))
        is_other_class = class_given(judged.result) not in ("", judged.sample.label)
        if judged.result.is_defective != judged.sample.is_defective or is_other_class:
            distance = abs(judged.result.score - judged.result.threshold)
            if is_other_class:
                distance = 1.0 - judged.result.probabilities.get(judged.sample.label, 0.0)
            self._wrong.offer(row.path, distance, None, draw)
        self._others.offer(row.path, judged.result.score, judged.result.threshold, draw)

    def _drawn(self, judged: Judged) -> Pictures:
        """An image that was judged elsewhere is inspected once more."""
        sample, result, truth = judged.sample, judged.result, judged.truth
        if judged.counted is not None:
            result = self._detector(sample.path)
            truth = sample.mask(result.shape)
        return draw_pictures(result, truth if sample.is_defective else None)

    def kept(self) -> dict[str, Pictures]:
        """By the path of their row."""
        return {**self._wrong.kept(), **self._others.kept()}

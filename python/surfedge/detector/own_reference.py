"""What is said of an image that was its own reference and is called good, where that is worth little."""

from __future__ import annotations

from surfedge.decision import Decision, Judgement

LEAST_SIDE_PX = 16  # below it nothing is left to compare a defect with
RAISED_NOTE = "judged good by a limit of"  # how the note begins
BY_RAISED_LIMIT = "of the good ones by a raised limit alone: their own marks reach far; calibrate with good images"
RAISED = 2.0  # times the least limit: rendered terrazzo and circuit boards always get there, even surfaces hardly ever


def doubts_on_good(shape: tuple[int, int], judgement: Judgement, decision: Decision) -> tuple[str, ...]:
    """Notes on an image (H, W) that was judged by itself: too small, or so uneven that hardly anything is called.

    judgement : of the image, with the limit that was its own. decision : with the least limit.

    >>> least = Decision(threshold=7.0, own_limit=True)
    >>> doubts_on_good((3, 400), Judgement(5.0, 7.0, False), least)
    ('implausible: 400 x 3 px, too small to be its own reference, a defect may pass as good; 16 px or more each way',)
    >>> doubts_on_good((256, 256), Judgement(22.2, 57.5, False), least)[0][:62]
    "judged good by a limit of 57.5 in place of 7: the image's own "
    """
    if min(shape) < LEAST_SIDE_PX:
        said = f"implausible: {shape[1]} x {shape[0]} px, too small to be its own reference, a defect may pass as good"
        return (f"{said}; {LEAST_SIDE_PX} px or more each way",)
    limit, least = judgement.threshold, decision.threshold
    if judgement.is_defective or not decision.own_limit or limit < RAISED * least:
        return ()
    raised = f"{RAISED_NOTE} {limit:.3g} in place of {least:g}: the image's own marks reach that far"
    return (f"{raised}, and a defect may be among them; calibrate with good images",)

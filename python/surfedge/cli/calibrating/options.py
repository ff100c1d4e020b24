"""The arguments of calibrate."""

from __future__ import annotations

import argparse

from surfedge.calibration import LABELLED_RULES, NORMALISED_BY, RULE_FORMS
from surfedge.cli.calibrating.classes import WITHOUT_NETWORK as CLASSIFIER
from surfedge.cli.options.folders import add_good_names
from surfedge.cli.options.reading import add_reading
from surfedge.detector import PLAUSIBILITY, PREFILTERS, RENAMED_PREFILTERS
from surfedge.methods import SCREENS, WITHOUT_NETWORK


def add_images(parser: argparse.ArgumentParser) -> None:
    """Model, images to learn from, the bundle to write."""
    parser.add_argument(
        "model", help=f"{', '.join(WITHOUT_NETWORK)}; {CLASSIFIER} for classes; or a bundle to calibrate again"
    )
    parser.add_argument(
        "good",
        help="folder, glob or list of good images, or a data set in the MVTec layout; for classes a folder of them",
    )
    parser.add_argument("--out", help="the bundle to write (default: the bundle given, else MODEL.surfedge)")
    parser.add_argument("--force", action="store_true", help="replace another bundle that --out holds")
    add_good_names(parser)
    parser.add_argument(
        "--also-good",
        action="append",
        default=[],
        metavar="PATH",
        help="more good images, such as the false calls that surfedge label lists; may be repeated",
    )
    parser.add_argument(
        "--defects",
        default=None,
        metavar="DIR",
        help="images of defects to learn from as well, a handful: marked by masks, boxes, or no more than their folder",
    )
    parser.add_argument(
        "--classes",
        default=None,
        metavar="DIR",
        help="images of defects that regions are named by, one sub-folder a kind; may be that of --defects",
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Threshold rule, normalisation, what is done with an image before and after the method."""
    parser.add_argument("--rule", default="quantile:0.99", help=f"of the threshold: {', '.join(RULE_FORMS)}")
    parser.add_argument(
        "--normalise",
        choices=NORMALISED_BY,
        default="position",
        help="by mean and std of the good images' maps: at each position, overall, or not at all",
    )
    parser.add_argument(
        "--prefilter",
        type=lambda name: RENAMED_PREFILTERS.get(name, name),
        choices=PREFILTERS,
        default="auto",
        help="take a regular pattern out first; auto: where good images show one and drawn defects stand out more then",
    )
    parser.add_argument("--blur", type=float, default=None, metavar="PX", help="sigma of the Gaussian over the map")
    parser.add_argument("--opening", type=int, default=None, metavar="PX", help="radius of the opening disk")
    add_reading(parser)
    parser.add_argument(
        "--plausibility",
        choices=PLAUSIBILITY,
        default=argparse.SUPPRESS,
        help="an image that cannot be one like these (dead camera, other light, other colours): refuse it, or judge it "
        "and note it (default: what the bundle given says, else refuse)",
    )
    parser.add_argument("--ignore", default=None, metavar="MASK", help="mask image whose white pixels are never judged")
    parser.add_argument("--border", type=int, default=None, metavar="PX", help="width of a ring that is never judged")
    parser.add_argument(
        "--foreground",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="judge only the foreground that the good images show: steady areas and edges are left out; without either "
        "option where drawn defects stand out more then",
    )
    parser.add_argument(
        "--other-form",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="statistics may become bank where drawn defects stand out more then, at three to five times the time "
        "(not with --defects or --classes, nor with fewer than 30 good images)",
    )


def add_checks(parser: argparse.ArgumentParser) -> None:
    """Labelled images that choose the threshold, and the screen."""
    parser.add_argument(
        "--labelled",
        default=None,
        metavar="DIR",
        help="labelled images, as for evaluate, that the threshold is taken from instead",
    )
    parser.add_argument(
        "--labelled-rule",
        choices=tuple(LABELLED_RULES),
        default="image-f1",
        help="which threshold: best F1 of images or of pixels, or fewest wrong verdicts",
    )
    parser.add_argument(
        "--labelled-share",
        type=float,
        default=1.0,
        metavar="FRACTION",
        help="fraction of the labelled images that choose the threshold, e.g. 0.3; the others check it",
    )
    parser.add_argument(
        "--screen",
        type=float,
        default=None,
        metavar="FRACTION",
        help="a cheap method in front of the network skips this fraction of good tiles, e.g. 0.98; 0: no screen",
    )
    parser.add_argument(
        "--screen-method",
        choices=tuple(SCREENS),
        default="statistics",
        help="method of the screen: dzl is faster but less sensitive",
    )

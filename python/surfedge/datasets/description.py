"""What a picture is like, in a kilobyte: enough to find duplicates and odd ones among 100,000 without keeping them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

import numpy as np

from surfedge.cores import checked_count, usable_cores
from surfedge.datasets.difference_hash import difference_hash
from surfedge.errors import SurfedgeError
from surfedge.images import content_of, read, to_grey_u8
from surfedge.progress import Progress, silent

THUMB_PX = 32

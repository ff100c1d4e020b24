"""A page with pairs of pictures side by side, in one file that opens offline and runs no script."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from surfedge.errors import SurfedgeError
from surfedge.files import replace_text
from surfedge.images import read, to_picture

MAX_PAIRS = 300
_SIDE_PX = 240
_STYLE = """
:root { color-scheme: light dark; --line: #d5dae0; --soft: #5c6670; --card: #fff; --page: #f4f6f8; --ink: #17202a }
@media (prefers-color-scheme: dark) {
  :root { --line: #39424c; --soft: #9aa5b1; --card: #1d242c; --page: #12171c; --ink: #e8edf2 } }
body { margin: 0 auto; padding: 24px; max-width: 1200px; background: var(--page); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.6em; margin: 0 0 4px } p { margin: 0 0 20px; color: var(--soft) }
main { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px }
section > div { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; margin-top: 8px }
figure { margin: 0; min-width: 0 } img { width: 100%; height: auto; image-rendering: pixelated; border-radius: 4px }
figcaption { font-size: .85em; color: var(--soft); overflow-wrap: anywhere } b { color: var(--ink) }
"""
_WORDS = {"content": "equal pixels", "name": "equal names"}


class PairLike(Protocol):
    """Two paths, what they have in common, and how alike they are, 0..1."""

    @property
    def kept(self) -> Path: ...
    @property
    def double(self) -> Path: ...
    @property
    def kind(self) -> str: ...
    @property
    def likeness(self) -> float: ...


def write_pairs(path: Path, pairs: Sequence[PairLike], title: str) -> None:
    """Writes the page: the first 300 pairs, the picture that stays on the left."""
    shown = pairs[:MAX_PAIRS]
    more = f", the first {MAX_PAIRS} of them here" if len(pairs) > MAX_PAIRS else ""
    said = f"{len(pairs):,} pair{'s' * (len(pairs) != 1)}{more}. The image on the left stays." if pairs else "None."
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    replace_text(
        path,
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{_text(title)}</h1><p>{_text(said)}</p><main>\n{''.join(map(_section, shown))}</main></body>\n"
        "</html>\n",
    )


def _section(pair: PairLike) -> str:
    how = _WORDS.get(pair.kind, f"nearly the same: correlation {pair.likeness:.4f}")
    return f"<section><b>{_text(how)}</b><div>{_figure(pair.kept)}{_figure(pair.double)}</div></section>\n"


def _figure(path: Path) -> str:
    try:
        picture = f"<img alt='' src='data:image/jpeg;base64,{_thumb(path)}'>"
    except SurfedgeError as error:
        picture = f"<p>{_text(error.reason)}</p>"
    return f"<figure>{picture}<figcaption>{_text(str(path))}</figcaption></figure>"


def _thumb(path: Path) -> str:
    import cv2
    import numpy as np

    picture = to_picture(read(path))
    if picture.dtype == np.float32:
        picture = (255 * picture).astype(np.uint8)
    scale = min(1.0, _SIDE_PX / max(picture.shape[:2]))
    size = [max(1, round(scale * side)) for side in picture.shape[1::-1]]
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    stored = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    return base64.b64encode(bytes(cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])).decode()


def _text(text: str) -> str:
    return html.escape(text.encode("utf-8", "backslashreplace").decode())

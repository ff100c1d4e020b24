"""Every error surfedge raises on purpose.

An error names the thing, what was found, what was expected, and what to do about it, on one line::

    plate.png: truncated PNG (found 1,024 of 20,480 bytes), expected a complete file; copy it again
"""

from __future__ import annotations

import unicodedata

MAX_NAME, MAX_WORDS = 4096, 1000  # characters shown of a name (the longest path), and of what was found


def printable(text: str, limit: int = 0) -> str:
    r"""`text` as one line that cannot command a terminal, of at most `limit` characters where one is given.

    Control and format characters (escape sequences, line ends, marks that turn the direction of writing) and lone
    surrogates become escapes: text out of a file could otherwise paint a false line over a true one. What is too
    long loses its middle.

    >>> printable("plate\x1b[2K.png")
    'plate\\x1b[2K.png'
    >>> printable("a" * 40, 21)
    'aaaaaaaa ... aaaaaaaa'
    """
    if limit and len(text) > limit:
        half = (limit - 5) // 2
        text = f"{text[:half]} ... {text[-half:]}"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class SurfedgeError(Exception):
    """Base of all errors that surfedge raises on purpose.

    Parameters
    ----------
    name : the file, argument or part the error is about.
    found : what was there.
    expected : what should have been there.
    remedy : what the reader can do now.

    >>> str(SurfedgeError("patch_px", found="0", expected="1 or more", remedy="pass patch_px=16"))
    'patch_px: found 0, expected 1 or more; pass patch_px=16'
    """

    def __init__(self, name: object, *, found: object, expected: object = "", remedy: str = "") -> None:
        self.name = str(name)
        self.found = str(found)
        self.expected = str(expected)
        self.remedy = remedy
        super().__init__(str(self))

    @property
    def reason(self) -> str:
        """The message without the name in front: what tables print beside a path."""
        text = f"found {printable(self.found, MAX_WORDS)}"
        if self.expected:
            text += f", expected {printable(self.expected, MAX_WORDS)}"
        if self.remedy:
            text += f"; {printable(self.remedy, MAX_WORDS)}"
        return text

    def __str__(self) -> str:
        return f"{printable(self.name, MAX_NAME)}: {self.reason}"

    def __reduce__(self) -> tuple[object, ...]:
        state = {"found": self.found, "expected": self.expected, "remedy": self.remedy}
        return (_rebuild, (type(self), self.name, state))


def _rebuild(kind: type[SurfedgeError], name: str, state: dict[str, str]) -> SurfedgeError:
    return kind(name, **state)


class ArgumentError(SurfedgeError, ValueError):
    """An argument or setting has a wrong value, type or shape."""


class ImageError(SurfedgeError):
    """An image file or array cannot be inspected; nothing was scored."""


class ImplausibleError(ImageError):
    """An image that cannot be one of those the bundle was calibrated for: a dead, dark or frozen camera, other colours,
    another material. It was not judged; never good."""


class BundleError(SurfedgeError):
    """A bundle is damaged, foreign, hostile or of an unknown version; the engine saw nothing of it."""


class NoBundleError(BundleError):
    """There is no file where a bundle was named: a path to correct, wrong use of a command."""


class DatasetError(SurfedgeError):
    """A folder does not hold the images or the layout that the task needs."""


class EngineError(SurfedgeError):
    """The inference engine is missing, refused the model, or failed."""


class NetworkError(EngineError):
    """A network is none that the engine can read, or not one that methods take; nothing was inferred with it."""


class TrainingError(SurfedgeError):
    """Training cannot go on, or its result differs too much once exported; the last checkpoint is kept."""


def require(name: str, found: object, is_right: bool, expected: str, remedy: str = "correct the setting") -> None:
    """The check of one setting: raises ArgumentError unless `is_right`.

    >>> require("dzl.patch_px", 16, 2 <= 16 <= 1024, "2 to 1024")
    """
    if not is_right:
        raise ArgumentError(name, found=repr(found)[:80], expected=expected, remedy=remedy)

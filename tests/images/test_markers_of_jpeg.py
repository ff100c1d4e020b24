"""Markers and frame headers of JPEG, written by hand (ITU-T T.81, annex B)."""

from __future__ import annotations

import struct

import pytest

from surfedge.errors import ImageError
from surfedge.images.headers.jpeg import read_header
from surfedge.images.headers.jpeg_segments import MAX_SEGMENTS, FrameHeader, frame_header, segments

START, END = b"\xff\xd8", b"\xff\xd9"


def segment(marker: int, payload: bytes = b"") -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(payload)) + payload


def walked(data: bytes) -> list[tuple[int, int, int, int]]:
    return [(each.marker, each.start, each.end, each.scan_end) for each in segments(data, "a.jpg")]


def said(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        walked(data)
    return caught.value.found


def test_segments_from_the_second_byte_to_the_end_marker() -> None:
    data = START + segment(0xFE, b"abc") + b"\xff\xff" + segment(0xE0) + END + b"behind"
    assert walked(data) == [(0xFE, 6, 9, 0), (0xE0, 15, 15, 0), (0xD9, 17, 17, 0)]
    assert walked(START + b"\xff\xff" + END) == [(0xD9, 6, 6, 0)]


def test_a_scan_goes_on_to_a_marker_that_is_none_of_its_own() -> None:
    """Stuffed bytes and restarts are its own, fill bytes before the next marker are not."""
    scan = segment(0xDA, b"\1\1\0\0\x3f\0")
    for data in (b"", b"\1\2", b"\xff\0", b"\xff\xd0\1\xff\xd7", b"\1\xff\xff\0\2", b"\xff\xff\xd3"):
        for fill in (b"", b"\xff", b"\xff\xff\xff"):
            whole = START + scan + data + fill + END
            assert walked(whole) == [(0xDA, 6, 12, 12 + len(data)), (0xD9, len(whole), len(whole), 0)], (data, fill)
    assert said(START + scan + b"\1\2") == "a truncated JPEG (14 bytes without an end marker)"
    assert "without an end marker" in said(START + scan + b"\xff\xd5")


def test_what_is_no_segment() -> None:
    assert said(START + b"\0" + END) == "a damaged JPEG (byte 2 is 00, not a marker)"
    assert said(START + segment(0xFE) + b"\x12") == "a damaged JPEG (byte 6 is 12, not a marker)"
    for cut in (START, START + b"\xff", START + b"\xff\xff", START + b"\xff\xfe", START + b"\xff\xfe\0"):
        assert said(cut) == f"a truncated JPEG ({len(cut)} bytes without an end marker)"
    for length in (0, 1):
        assert "a truncated JPEG" in said(START + b"\xff\xfe" + struct.pack(">H", length) + END)
    exact = START + segment(0xFE, b"ab")
    assert "a truncated JPEG" in said(exact) and "a truncated JPEG" in said(exact[:-1])
    assert walked(exact + END)[0] == (0xFE, 6, 8, 0)


def test_the_most_segments() -> None:
    many = segment(0xFE) * (MAX_SEGMENTS - 1)
    assert len(walked(START + many + END)) == MAX_SEGMENTS == 10_000
    assert said(START + many + segment(0xFE) + END) == "a JPEG of more than 10,000 segments"


def frame(precision: int = 8, height: int = 5, width: int = 7, parts: bytes = b"\1\x11\0", count: int = -1) -> bytes:
    return struct.pack(">BHHB", precision, height, width, len(parts) // 3 if count < 0 else count) + parts


def test_frame_headers() -> None:
    """Factors of 1 to 4; 1, 3 or 4 components of different names; sides up to 65,500."""
    read_ = frame_header(0xC0, frame(parts=b"\1\x21\0\2\x14\1\3\x43\1"), "a.jpg")
    assert read_ == FrameHeader(False, 7, 5, {1: (2, 1), 2: (1, 4), 3: (4, 3)}) and read_.mcu_px == (32, 32)
    assert frame_header(0xC2, frame(parts=b"\1\x22\0"), "a.jpg") == FrameHeader(True, 7, 5, {1: (2, 2)})
    assert frame_header(0xC1, frame(parts=b"\1\x22\0"), "a.jpg").mcu_px == (8, 8)
    assert not frame_header(0xC1, frame(), "a.jpg").progressive
    for size in (65500, 65501):
        for sides in ((size, 7), (5, size)):
            if size == 65500:
                assert frame_header(0xC0, frame(8, *sides), "a.jpg").height == sides[0]
            else:
                with pytest.raises(ImageError, match="sides <= 65,500"):
                    frame_header(0xC0, frame(8, *sides), "a.jpg")
    four = b"".join(bytes([n, 0x11, 0]) for n in range(4))
    assert len(frame_header(0xC0, frame(parts=four), "a.jpg").components) == 4
    for parts in (four[:6], four + b"\x09\x11\0", b"\1\x01\0", b"\1\x10\0", b"\1\x51\0", b"\1\x15\0", b"\1\x11\0" * 3):
        with pytest.raises(ImageError, match="a JPEG frame of"):
            frame_header(0xC0, frame(parts=parts), "a.jpg")
    for payload in (b"", frame()[:5], frame()[:-1], frame() + b"\0", frame(count=2)):
        with pytest.raises(ImageError, match="a damaged JPEG frame header"):
            frame_header(0xC0, payload, "a.jpg")
    for precision in (7, 9, 12):
        with pytest.raises(ImageError, match=f"a JPEG of {precision} bits per sample"):
            frame_header(0xC0, frame(precision), "a.jpg")


def test_kinds_of_frames_by_their_marker() -> None:
    """Baseline, extended and progressive are read; of the first turn and of Adobe's marker the header tells."""
    for marker in range(0xC0, 0xD0):
        data = START + segment(marker, frame()) + END
        if marker in (0xC0, 0xC1, 0xC2):
            assert (read_header(data, "a.jpg").width, read_header(data, "a.jpg").height) == (7, 5)
            assert read_header(data, "a.jpg").end_is_checked == (marker != 0xC2)
        elif marker in (0xC4, 0xC8, 0xCC):  # tables and extensions, no frames
            with pytest.raises(ImageError, match="without a frame header"):
                read_header(data, "a.jpg")
        else:
            with pytest.raises(ImageError, match=rf"\(marker FF{marker:02X}\)"):
                read_header(data, "a.jpg")
    with pytest.raises(ImageError, match=r"marker FFF7"):
        read_header(START + segment(0xF7, frame()) + END, "a.jpg")
    turns = [
        segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0%c\0\0\0\0\0\0" % value) for value in (6, 3)
    ]
    header = read_header(START + segment(0xE1, b"http") + turns[0] + turns[1] + segment(0xC0, frame()) + END, "a.jpg")
    assert header.notes == ("EXIF orientation 6 ignored",)
    four = frame(parts=b"".join(bytes([n, 0x11, 0]) for n in range(4)))
    for before, read_ in (
        (segment(0xEE, b"Adobe\0"), True),
        (segment(0xEE, b"other"), False),
        (segment(0xED, b"Adobe"), False),
    ):
        data = START + before + segment(0xC0, four) + END
        if read_:
            assert read_header(data, "a.jpg").notes == ("CMYK converted to RGB without colour profile",)
        else:
            with pytest.raises(ImageError, match="without Adobe marker"):
                read_header(data, "a.jpg")

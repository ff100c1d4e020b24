"""Every format and bit depth gives the pixels that were stored, and the same frame as the array itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from images.encoders import exif_turned, pillow, texture, tiff
from images.pictures import Picture, all_pictures
from surfedge.errors import ImageError
from surfedge.images import check, from_array, read, to_grey_f32
from surfedge.images.headers import FORMATS
from surfedge.images.headers.exif import orientation_note
from surfedge.images.headers.format import Format
from surfedge.registry import resolve

PICTURES = all_pictures()


@pytest.fixture(params=list(PICTURES))
def picture(request: pytest.FixtureRequest) -> Picture:
    return PICTURES[request.param]


def test_pixels_are_those_that_were_stored(picture: Picture, tmp_path: Path, capfd) -> None:
    path = tmp_path / f"plate{picture.suffix}"
    path.write_bytes(picture.data)
    frame = read(path)
    expected = from_array(picture.pixels)
    assert frame.pixels.shape == expected.pixels.shape
    assert frame.pixels.dtype == expected.pixels.dtype
    difference = np.abs(frame.pixels.astype(float) - expected.pixels.astype(float)).max()
    assert difference <= picture.tolerance
    assert frame.pixels.flags.c_contiguous
    assert not frame.pixels.flags.writeable
    assert frame.source == str(path)
    assert (picture.note in " ".join(frame.notes)) if picture.note else not frame.notes
    assert capfd.readouterr() == ("", "")


def test_the_header_foretells_the_decoded_picture(picture: Picture, tmp_path: Path) -> None:
    path = tmp_path / f"plate{picture.suffix}"
    path.write_bytes(picture.data)
    header = check(path)
    assert (header.height, header.width) == picture.pixels.shape[:2]
    assert header.channels == (3 if picture.pixels.ndim == 3 else 1)
    assert header.dtype == picture.pixels.dtype


@pytest.mark.parametrize("name", ["tiff-f64-tiles", "tiff-u16-strips", "png-2-16", "bmp-palette-8"])
def test_file_and_array_scale_alike(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"plate{PICTURES[name].suffix}"
    path.write_bytes(PICTURES[name].data)
    options = {"value_range": (-0.5, 2.0), "bit_depth": 16}
    from_file, array = read(path, **options), from_array(PICTURES[name].pixels, **options)
    assert np.array_equal(from_file.pixels, array.pixels)
    assert np.array_equal(to_grey_f32(from_file), to_grey_f32(array))


def test_packed_samples_are_scaled_by_their_own_depth(tmp_path: Path) -> None:
    path = tmp_path / "plate.tif"
    path.write_bytes(PICTURES["tiff-packed-12"].data)
    assert read(path).white == 4095
    assert read(path, bit_depth=16).white == 65535


def test_content_decides_and_a_note_says_so(tmp_path: Path) -> None:
    path = tmp_path / "plate.png"
    path.write_bytes(pillow(Image.fromarray(texture()), "JPEG", quality=95))
    assert read(path).notes == ("named .png, content is JPEG",)
    bare = tmp_path / "plate"
    bare.write_bytes(PICTURES["bmp-24"].data)
    assert read(bare).notes == ("named without extension, content is BMP",)


def test_bytes_after_the_picture_are_noted(tmp_path: Path) -> None:
    for name in ("png-0-8", "jpeg-rgb-baseline", "webp-lossless"):
        path = tmp_path / f"plate{PICTURES[name].suffix}"
        path.write_bytes(PICTURES[name].data + b"camera notes")
        assert read(path).notes == ("12 bytes after the end of the image ignored",)


REFUSED = {
    "half float": tiff(texture().astype(np.float16)),
    "signed 16-bit": tiff(texture().astype(np.int16)),
    "signed 8-bit": tiff(texture().astype(np.int8)),
    "32-bit integer": tiff(texture().astype(np.uint32)),
    "16-bit planes": tiff(
        texture(3).astype(np.uint16).transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate"
    ),
    "white-is-zero float": tiff(np.float32(texture() / 255), photometric="miniswhite"),
    "JPEG inside": pillow(Image.fromarray(texture(3)), "TIFF", compression="jpeg"),
    "fax inside": pillow(Image.fromarray(texture() > 90), "TIFF", compression="group4"),
    "thumbnail first": tiff(texture(), subfiletype=1),
    "animated PNG": pillow(
        Image.fromarray(texture(3)), "PNG", save_all=True, append_images=[Image.fromarray(texture(3)[::-1].copy())]
    ),
    "animated WebP": pillow(
        Image.fromarray(texture(3)), "WEBP", save_all=True, append_images=[Image.fromarray(texture(3)[::-1].copy())]
    ),
    "GIF": pillow(Image.fromarray(texture()), "GIF"),
    "JPEG 2000": pillow(Image.fromarray(texture()), "JPEG2000"),
    "AVIF": pillow(Image.fromarray(texture(3)), "AVIF"),
    "PGM": pillow(Image.fromarray(texture()), "PPM"),
}


@pytest.mark.parametrize("kind", list(REFUSED))
def test_kinds_that_are_not_read_are_named(kind: str, tmp_path: Path, capfd) -> None:
    path = tmp_path / "plate.tif"
    path.write_bytes(REFUSED[kind])
    with pytest.raises(ImageError) as caught:
        read(path)
    error = caught.value
    assert error.name == str(path)
    assert error.found
    assert error.expected
    assert error.remedy
    assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")


def test_nan_and_infinity_are_counted(tmp_path: Path) -> None:
    pixels = np.float32(texture() / 255)
    pixels[3, 4:6], pixels[9, 1] = np.nan, np.inf
    path = tmp_path / "plate.tif"
    path.write_bytes(tiff(pixels))
    with pytest.raises(ImageError, match="found 3 NaN or infinite values"):
        read(path)


def test_float_files_declare_their_range(tmp_path: Path) -> None:
    path = tmp_path / "plate.tif"
    path.write_bytes(tiff(np.float32([[10, 20], [30, 50]])))
    with pytest.raises(ImageError, match=r"values from 10 to 50, expected 0 to 1; declare value_range"):
        read(path)
    assert read(path, value_range=(10, 50)).pixels.tolist() == [[0, 0.25], [0.5, 1]]


def test_orientation_blocks() -> None:
    assert orientation_note(exif_turned()) == ("EXIF orientation 6 ignored",)
    big_endian = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"
    assert orientation_note(big_endian) == ("EXIF orientation 3 ignored",)
    assert orientation_note(big_endian[:20]) == ()
    assert orientation_note(big_endian.replace(b"\0\x03\0\0\0\0", b"\0\x01\0\0\0\0")) == ()


def test_the_table_lists_every_format() -> None:
    import surfedge.images.headers as folder

    listed = {resolve(FORMATS, key).name.lower() for key in FORMATS}
    assert listed == set(FORMATS)
    modules = {
        path.stem for path in Path(folder.__path__[0]).glob("*.py") if "FORMAT = Format(" in path.read_text("utf-8")
    }
    assert modules == set(FORMATS)
    assert all(isinstance(resolve(FORMATS, key), Format) for key in FORMATS)

"""Good files of every kind beside the pixels they must give."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from images.encoders import HEIGHT, WIDTH, bmp, chunk, exif_turned, packed_tiff, pillow, png, texture, tiff


@dataclass(frozen=True)
class Picture:
    """A file's bytes, its suffix, the pixels it must give, and words its notes must hold."""

    data: bytes
    suffix: str
    pixels: np.ndarray
    note: str = ""
    tolerance: int = 0


def png_pictures() -> dict[str, Picture]:
    """PNG of all depths and colour types."""
    rng = np.random.default_rng(1)
    found = {}
    for colour, samples in ((0, 1), (2, 3), (4, 2), (6, 4)):
        for depth in (8, 16):
            values = rng.integers(0, 1 << depth, (HEIGHT, WIDTH, samples)).astype(f"uint{depth}")
            kept = values[..., :3] if samples > 2 else values[..., 0]
            note = "alpha" if samples in (2, 4) else ""
            found[f"png-{colour}-{depth}"] = Picture(png(values, depth, colour), ".png", kept, note)
    for depth in (1, 2, 4):
        values = rng.integers(0, 1 << depth, (HEIGHT, WIDTH)).astype(np.uint8)
        white = 255 // ((1 << depth) - 1)
        found[f"png-grey-{depth}"] = Picture(png(values, depth, 0), ".png", values * np.uint8(white))
    for depth in (1, 2, 4, 8):
        palette = rng.integers(0, 256, (1 << depth, 3)).astype(np.uint8)
        values = rng.integers(0, 1 << depth, (HEIGHT, WIDTH)).astype(np.uint8)
        colours = chunk(b"PLTE", palette.tobytes())
        found[f"png-palette-{depth}"] = Picture(png(values, depth, 3, before=colours), ".png", palette[values])
        clear = colours + chunk(b"tRNS", b"\0")
        data = png(values, depth, 3, before=clear)
        found[f"png-palette-alpha-{depth}"] = Picture(data, ".png", palette[values], "alpha")
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)[::-1]
    values = texture()
    data = png(values, 8, 3, before=chunk(b"PLTE", grey.tobytes()))
    found["png-palette-of-greys"] = Picture(data, ".png", 255 - values)
    turned = pillow(Image.fromarray(texture(3)), "PNG", exif=exif_turned())
    found["png-turned"] = Picture(turned, ".png", texture(3), "orientation 6")
    return found


def tiff_pictures() -> dict[str, Picture]:
    """TIFF of every kind that is read, in strips and tiles, both byte orders, three compressions."""
    grey, colour = texture(), texture(3)
    kinds = {"u8": grey, "u16": grey.astype(np.uint16) * 251, "f32": np.float32(grey / 255), "f64": grey / 255}
    kinds |= {"rgb8": colour, "rgb16": colour.astype(np.uint16) * 251, "rgbf": np.float32(colour / 255)}
    layouts: dict[str, dict[str, object]] = {
        "strips": {"rowsperstrip": 7},
        "big-endian": {"byteorder": ">"},
        "deflate": {"compression": "adobe_deflate", "rowsperstrip": 9},
        "tiles": {"tile": (64, 32)},
        "deflate-tiles": {"compression": "adobe_deflate", "tile": (16, 32), "byteorder": ">"},
        "bigtiff": {"bigtiff": True},
        "big-endian-bigtiff": {"bigtiff": True, "byteorder": ">"},
    }
    found = {}
    for kind, pixels in kinds.items():
        for layout, options in layouts.items():
            found[f"tiff-{kind}-{layout}"] = Picture(tiff(pixels, **options), ".tif", pixels)
        if pixels.dtype.kind == "u":
            data = tiff(pixels, predictor=True, compression="adobe_deflate")
            found[f"tiff-{kind}-predictor"] = Picture(data, ".tif", pixels)
    for name, image in {"u8": grey, "rgb8": colour, "f32": kinds["f32"], "u16": kinds["u16"]}.items():
        for compression in ("tiff_lzw", "packbits"):
            data = pillow(Image.fromarray(image), "TIFF", compression=compression)
            found[f"tiff-{name}-{compression}"] = Picture(data, ".tiff", image)
    return found | _rarer_tiffs(grey, colour)


def _rarer_tiffs(grey: np.ndarray, colour: np.ndarray) -> dict[str, Picture]:
    deep = grey.astype(np.uint16) * 200
    palette = Image.fromarray(colour).quantize(64)
    cmyk = Image.fromarray(colour).convert("CMYK")
    white, turn = {"photometric": "miniswhite"}, {"extratags": [(274, "H", 1, 6, True)]}
    found = {
        "white-u8": Picture(tiff(grey, **white), ".tif", 255 - grey),
        "white-u16": Picture(tiff(deep, **white), ".tif", 65535 - deep),
        "turned-u8": Picture(tiff(colour, **turn), ".tif", colour, "orientation 6"),
        "turned-u16": Picture(tiff(deep, **turn), ".tif", deep, "orientation 6"),
        "pages": Picture(
            tiff(np.stack([grey, grey[::-1], grey]), photometric="minisblack"), ".tif", grey, "first of 3"
        ),
        "planes": Picture(
            tiff(colour.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate"), ".tif", colour
        ),
        "palette": Picture(pillow(palette, "TIFF"), ".tif", np.asarray(palette.convert("RGB"))),
        "bits": Picture(pillow(Image.fromarray(grey > 128), "TIFF"), ".tif", np.uint8(grey > 128) * np.uint8(255)),
        "cmyk": Picture(pillow(cmyk, "TIFF"), ".tif", np.asarray(cmyk.convert("RGB")), "CMYK"),
        "grey-alpha": Picture(pillow(Image.fromarray(texture(2)), "TIFF"), ".tif", texture(2)[..., 0], "alpha"),
    }
    for bits in (10, 12, 14):
        samples = (grey.astype(np.uint16) * 257) >> (16 - bits)
        found[f"packed-{bits}"] = Picture(packed_tiff(samples, bits), ".tif", samples, f"{bits}-bit")
    for name, deeper in (("u8", texture(4)), ("u16", texture(4).astype(np.uint16) * 257)):
        for alpha in ("unassalpha", "unspecified"):
            data = tiff(deeper, extrasamples=[alpha])
            found[f"rgba-{name}-{alpha}"] = Picture(data, ".tif", deeper[..., :3], "alpha")
    return {f"tiff-{name}": picture for name, picture in found.items()}


def other_pictures() -> dict[str, Picture]:
    """BMP, JPEG and WebP."""
    rng = np.random.default_rng(2)
    grey, colour = texture(), texture(3)
    found = {
        "bmp-24": Picture(pillow(Image.fromarray(colour), "BMP"), ".bmp", colour),
        "bmp-24-top-down": Picture(bmp(colour[..., ::-1], 24, top_down=True), ".bmp", colour),
        "bmp-32": Picture(pillow(Image.fromarray(texture(4)), "BMP"), ".bmp", texture(4)[..., :3], "fourth"),
        "bmp-grey": Picture(pillow(Image.fromarray(grey), "BMP"), ".bmp", grey),
        "webp-lossless": Picture(pillow(Image.fromarray(colour), "WEBP", lossless=True), ".webp", colour),
    }
    for depth in (1, 4, 8):
        palette = rng.integers(0, 256, (1 << depth, 3)).astype(np.uint8)
        indices = rng.integers(0, 1 << depth, (HEIGHT, WIDTH)).astype(np.uint8)
        found[f"bmp-palette-{depth}"] = Picture(bmp(indices, depth, palette=palette), ".bmp", palette[indices])
    alpha = pillow(Image.fromarray(texture(4)), "WEBP", lossless=True, exact=True)
    found["webp-alpha"] = Picture(alpha, ".webp", texture(4)[..., :3], "alpha")
    turned = pillow(Image.fromarray(colour), "WEBP", lossless=True, exif=exif_turned())
    found["webp-turned"] = Picture(turned, ".webp", colour, "orientation 6")
    for name, image in {"grey": Image.fromarray(grey), "rgb": Image.fromarray(colour)}.items():
        for kind, options in jpeg_kinds().items():
            data = pillow(image, "JPEG", **options)
            found[f"jpeg-{name}-{kind}"] = Picture(data, ".jpg", np.asarray(Image.open(io.BytesIO(data))), tolerance=1)
    cmyk = pillow(Image.fromarray(colour).convert("CMYK"), "JPEG", quality=95)
    rgb = np.asarray(Image.open(io.BytesIO(cmyk)).convert("RGB"))
    found["jpeg-cmyk"] = Picture(cmyk, ".jpg", rgb, "CMYK", tolerance=2)
    turned = pillow(Image.fromarray(colour), "JPEG", quality=95, exif=exif_turned())
    pixels = np.asarray(Image.open(io.BytesIO(turned)))
    found["jpeg-turned"] = Picture(turned, ".jpg", pixels, "orientation 6", tolerance=1)
    lossy = pillow(Image.fromarray(colour), "WEBP", quality=80)
    found["webp-lossy"] = Picture(lossy, ".webp", np.asarray(Image.open(io.BytesIO(lossy))), tolerance=1)
    return found


def jpeg_kinds() -> dict[str, dict[str, object]]:
    """Options of Pillow's JPEG writer: each way of arranging the data."""
    return {
        "baseline": {"quality": 92},
        "4:4:4": {"quality": 95, "subsampling": 0},
        "optimised": {"quality": 60, "optimize": True},
        "progressive": {"quality": 90, "progressive": True},
        "restarts": {"quality": 90, "restart_marker_rows": 1},
        "short-restarts": {"quality": 90, "restart_marker_blocks": 2},
    }


def all_pictures() -> dict[str, Picture]:
    """Every good file by name."""
    return png_pictures() | tiff_pictures() | other_pictures()

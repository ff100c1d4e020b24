"""Seeded faults that change nothing that anybody could see, with the reason: fuzz/mutants.py counts them apart.

By module: (text of the line, change, reason). An entry goes when its line does.
"""

from __future__ import annotations

WITHOUT_DIFFERENCE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "images/arrays": (
        ("itemsize > (2 if", "8 -> 9", "no type has 9 bytes"),
        ("itemsize > (2 if", "2 -> 3", "nor 3"),
        ("if white < 65535", "Lt -> LtE", "no sample is above 65,535"),
        ("if white < 65535", "65535 -> ", "white is 2^n - 1, and no sample is above 65,535"),
        ("if len(rows) <= band", "LtE -> Lt", "a band of all rows is no band"),
        ("reshape(len(rows), -1)", "1 -> ", "any size below 0 is the one that is left"),
        ("if differs.any() else 0", "0 -> ", "less than a band either way"),
    ),
    "decision/smoothing": (
        ("if values.size < MIN_VALUES_FOR_BLOCKS", "Lt -> LtE", "with or without blocks: the same to rounding"),
        ("reach_px = [math.ceil", "1 -> ", "a pixel in reserve"),
        ("steps = [2 *", "2 -> 3", "more than what is in reach is smoothed, to the same values"),
        ("steps = [2 *", "1 -> 2", "the same"),
        ("areas = boxes[", " -> ", "the smoothed area decides between two ways with the same answer"),
        ("first = band[0, :, 0]", "0 -> ", "of a block of one value any is that value"),
        ("values.shape[0] // LOOKS):", "0 -> ", "a row further down says as well whether there are blocks"),
        ("values.shape[0] // LOOKS):", "FloorDiv -> ", "the first rows alone say as well whether there are blocks"),
        ("areas.sum() > MOST", "Gt -> GtE", "two ways with the same answer"),
        ("LOOKS = ", " -> ", "how many rows are looked at for blocks, which changes the time alone"),
        ("BLOCK_PX = 16", " -> ", "with other blocks the same to rounding"),
        ("strict=True", "True -> False", "two of each"),
        ("(0, 0), sigma_x", "0 -> -1", "OpenCV takes what is not positive as not said"),
    ),
    "decision/upsampling": (
        ("centres = (np.arange(cells) + 0.5)", "Add -> Sub", "the last pixel stands for the last cell's centre"),
        ("nearest.clip(0, length_px - 1)", "0 -> -1", "what lies before the first pixel is clipped to its cell"),
        ("first = bounds == bounds.max()", "Eq -> NotEq", "which rows are looked at first"),
        ("(bounds <= found)", "LtE -> Lt", "no row with that bound has more"),
        ("[length_px - 1]", "Sub -> Add", "what lies beyond the last pixel is clipped to it"),
        ("[length_px - 1]", "1 -> ", "what lies beyond the last pixel is clipped to it"),
        ("lru_cache(maxsize=32)", "32 -> ", "for how many sizes is kept what is computed otherwise"),
    ),
    "decision/decision": (
        ("ROUNDING_FRACTION * max(", "Sub -> Add", "a margin for rounding, which no test can ask for"),
        ("ROUNDING_FRACTION * max(", "Mult -> FloorDiv", "a margin for rounding, which no test can ask for"),
        ("normal.cell_px != 1 and", "1 -> ", "a shortcut for coarse maps, with the same verdict for others"),
        ("score > self.threshold - ROUND", "Gt -> GtE", "the same margin"),
        ("if self.blur_sigma_px > 0 else None", "Gt -> GtE", "without a blur no weight is looked at"),
        ("if self.blur_sigma_px > 0 else None", "0 -> -1", "the same"),
        ("self.score_quantile >= 1.0", "GtE -> Gt", "a shortcut: the quantile at 1 is the maximum"),
    ),
    "decision/order_statistics": (
        ("low, high = 1, n + 1", "1 -> 0", "rank 0 keeps no rate with any confidence"),
        ("confidence - 1e-12", "Sub -> Add", "for rounding, either way"),
        ("confidence - 1e-12", "GtE -> Gt", "the same"),
        ("low, rate) if _confidence", "GtE -> Gt", "halved to 1e-18 on either side of the rate"),
        ("in range(60)", "60 -> ", "halved to 1e-18 either way, beyond what is printed or compared"),
    ),
    "decision/map_memory": (
        ("LEAST_BYTES, MOST_BYTES = ", " -> ", "from where on memory is kept, which changes the time alone"),
        ("4 * size <= MOST_BYTES", "4 -> ", "whose memory is kept, which changes the time alone"),
        ("del _pieces[0]", "0 -> ", "the same"),
        ("sum(piece.nbytes", "Gt -> GtE", "the same"),
        ("strict=True", "True -> False", "one count for each piece"),
        ("_UNUSED = ", "0 -> ", "an array of one value is referred to as often, and it is the only one"),
    ),
    "decision/regions": (
        ("hierarchy[0]", "0 -> -1", "there is one"),
        ("strict=True", "True -> False", "there are as many of both"),
    ),
    "decision/own_tail": (("if end >= meets", "GtE -> Gt", "there the line ends too"),),
    "decision/promise": (("if rate < 0.1", "Lt -> LtE", "a tenth reads alike with two digits"),),
    "decision/area": (
        ("BORDER_CONSTANT, value=0)", "0 -> -1", "OpenCV takes less than 0 as 0 in a mask"),
        ("region.polygon[0, 1]", "0 -> ", "any vertex of a region lies in it"),
        ("len(kept) < len(regions)", "Lt -> LtE", "where all are kept nothing is wiped"),
    ),
    "decision/normalisation": (("good_mean.size == 1", "1 -> ", "one value stretched over the map is that value"),),
    "metrics/test_set/image_row": (
        ("truth is not None and has_mask", "And -> Or", "a mask without a pixel picks nothing"),
    ),
    "metrics/au_pro": (
        ("round(limit, 2)", "2 -> 1", "a limit of two places that are no tenths reads alike either way"),
    ),
    "metrics/counting/pixel_scores": (
        ("np.empty(0, np.float32), mixed", "0 -> ", "merged levels have no scores"),
        ("max(initial=0)", "0 -> ", "of a test set with a pixel or not: there is a level either way"),
        ("(levels - 1)).astype", "1 -> ", "one of 2,048 levels more or fewer"),
        ("else np.zeros(1, np.float32)", "1 -> 2", "two zeros place the bins where one does"),
    ),
    "metrics/class_accuracy": (("strict=True", "True -> False", "the lengths were compared before"),),
    "metrics/counting/checked": (("strict=True", "True -> False", "the lengths were compared before"),),
    "metrics/counting/confusion": (("strict=True", "True -> False", "one of each for every class"),),
    "metrics/counting/score_bins": ((">> 31", "31 -> 32", "NumPy shifts by no more than leaves the sign"),),
    "metrics/test_set/record": (("strict=True", "True -> False", "two names and two numbers"),),
    "metrics/test_set/figures": (
        ("nothing = np.zeros(", "1 -> 2", "of no pixels, in however many levels"),
        ("merged=np.zeros(1", "1 -> ", "the same"),
    ),
    "calibration/calibration": (
        ("in range(24)", "24 -> ", "halved to a ten-millionth of the range either way"),
        ("strict=True", "True -> False", "one score for each image"),
    ),
    "calibration/chosen_way": (("strict=True", "True -> False", "one for each image"),),
    "calibration/good_images": (
        ("strict=True", "True -> False", "a shape for each path"),
        ("if self._room > 0", "0 -> ", "a byte of the memory that maps are kept in"),
    ),
    "calibration/classes": (
        ("strict=True", "True -> False", "one for each class"),
        ("else np.empty((0, 1))", " -> ", "without an image there are too few classes, whatever the features"),
    ),
    "calibration/variant": (("strict=True", "True -> False", "one for each variant"),),
    "calibration/region_kinds": (
        ("np.zeros((0, 2))", " -> ", "of no image there are no kinds, whatever its features"),
    ),
    "calibration/pixel_limits": (("bins.lowest([last + 1])[0]", "0 -> -1", "one bin is asked for"),),
    "calibration/form_choice": (("return other > plain", "Gt -> GtE", "an equal one is by chance"),),
    "calibration/foreground": (
        ("texture[n] >= rough", "GtE -> Gt", "for a contrast of a third to the last bit alone"),
        ("contrast > EDGE", "Gt -> GtE", "for twice the contrast to the last bit alone"),
    ),
    "calibration/good_statistics": (
        ("if shape == (1, 1)", "1 -> 0", "the mean of a map is the same by either way, to rounding"),
        (
            "floor = max(1e-3 *",
            "Mult -> FloorDiv",
            "a position's own share of the overall deviation is higher below millions of images",
        ),
    ),
    "calibration/made_defects": (("[i % len(KINDS)], 0)", "0 -> ", "which of the draws it is, is arbitrary"),),
    "bundle/container": (
        ('getattr(os, "O_', "0 -> ", "the default is for systems without the flag"),
        ("HEADER.size + length > size", "Add -> Sub", "a manifest cut by the file's end differs from its SHA-256 too"),
    ),
    "bundle/serialization": (("strict=True", "True -> False", "the lengths were compared a line before"),),
    "bundle/plain_json": (
        ("2 * MAX_VALUES", "2 -> 3", "what passes is counted again once it is parsed; the first count saves memory"),
        ("2 * MAX_VALUES", "Gt -> GtE", "the same"),
    ),
    "scoring/ledger/content_filter": (
        ("BITS = 20", "20 -> 21", "a filter twice as large tells no less"),
        ("bytearray(1 << BITS >> 3)", "1 -> 2", "the same"),
        ("bytearray(1 << BITS >> 3)", "3 -> 2", "the same"),
    ),
    "scoring/ledger/ledger": (
        ("self._settings = self._run = 0", "0 -> -1", "no row has either number"),
        ("zip(sums, map(int, found)", "True -> False", "a total is asked for each sum"),
    ),
    "scoring/ledger/records": (("len(held[0])", "0 -> -1", "all rows are as long"),),
    "engine/leaving": (
        ("threading.Event().wait()", "wait() left out", "who stays turns round until the process ends, not asleep"),
    ),
    "engine/openvino": (
        ("max(1, int(self.compiled()", "1 -> 0", "an engine runs one inference at least"),
        ("Tensor(batch, shared_memory=True)", "True -> False", "a copy of the same values: slower"),
    ),
    "images/headers/file_bytes": (('getattr(os, "O_', "0 -> ", "the default is for systems without the flag"),),
    "images/headers/tiff": (
        ("return {0: 255, 1: 0, 2: 0}", "2 -> ", "where it is not known all strips are looked at: the same, slower"),
        ("return {0: 255, 1: 0, 2: 0}", "1 -> 2", "the same"),
        ("return {0: 255, 1: 0, 2: 0}", "0 -> 1", "the same"),
        ("samples > 1 or photometric", "1 -> 2", "two packed samples are grey with alpha, which is refused before"),
    ),
    "images/headers/tiff_pages": (("values = self.many(tag, 1)", "1 -> 2", "the first of two is the first"),),
    "images/headers/tiff_pieces": (
        ("2 * int(self.needed[index]) + 4096", "2 -> 3", "how far beyond what it needs is looked: time alone"),
        ("2 * int(self.needed[index]) + 4096", "4096 -> ", "the same"),
        ("np.array(1 << 60", "60 -> ", "far beyond any file either way"),
        ("np.array(1 << 60", "1 -> 2", "the same"),
    ),
    "images/headers/tiff_probe": (
        ("tags, bytes(4)", "4 -> ", "a place of no further page, read as 0 when cut"),
        ("[0]) if one else", "0 -> -1", "of one strip the first is the last"),
    ),
    "images/headers/jpeg_scans": (
        ("zip(row * high", "True -> False", "there are as many of both"),
        (
            "inner = unit[2:-2, 2:-2]",
            "2 -> ",
            "what is flat is so a pixel further in or out; interpolation reaches one",
        ),
    ),
    "images/headers/format": (
        ("data[:256].lstrip", "256 -> ", "how far is looked for a name in a message"),
        ("identify(file[:4096]", "4096 -> ", "more than any signature has"),
        ("len(file) <= READ_AT_ONCE", "LtE -> Lt", "a file of just that size is read whole either way"),
        ("data[:512].isascii()", "512 -> ", "how far is looked for a name in a message"),
    ),
    "images/headers/png": (
        ("position, count = 8, 0", "0 -> ", "one chunk of 10,000 more or less"),
        ("_SAMPLES = {", "4 -> 3", "a lower bound on packed data; the decoder refuses what it lets through"),
    ),
    "images/headers/bmp": (
        ("last_rows_first=height > 0", "0 -> -1", "a height of 0 was refused before"),
        ("if depth > 8", "8 -> 9", "no depth is 9"),
        ("if header_size >= 40", "40 -> 39", "no header of 39 bytes is taken"),
    ),
    "images/frame": (
        ("block_px = frame.shape[0] //", " -> ", "what is no whole factor goes by OpenCV: the same, slower"),
        ("max(block_px) <= kernels.MAX", "LtE -> Lt", "the same"),
        ("is_whole = (block_px[0]", "1 -> 0", "the same pixels by OpenCV, slower; never another size"),
        ("is_whole = (block_px[0]", "0 -> 1", "the same"),
        ("is_whole = (block_px[0]", "Mult -> FloorDiv", "the same"),
    ),
    "images/headers/jpeg": (("s.start < scans[0].start", "Lt -> LtE", "no two segments start at one byte"),),
    "images/headers/jpeg_segments": (
        (
            "end < start + 2 or end > size",
            "Or -> And",
            "where a segment of a wrong size ends there is no marker either",
        ),
    ),
    "images/headers/opencv": (("pixels[..., 0]", "0 -> ", "channels of a grey picture are alike"),),
}

# The same of the kernels: by file below cpp/kernels, (text of the line, what stands in place, reason).
IN_KERNELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "fourier/butterflies.hpp": (
        ("float cosine[1]", "2", "a value more in the table, which nothing reads"),
        ("float sine[1]", "2", "the same"),
    ),
    "cell_statistics/cell_statistics.cpp": (
        ("x + kLanes<F32> <= padded; x +=", "<", "the last whole vector is summed value by value: the same, slower"),
    ),
    "fourier/lanes.cpp": (
        ("size > kBlockElements && number < last", ">=", "blocks for the cache: the same, slower"),
        ("for (size_t p = 0; p < count; p += Radix", "1", "count is a multiple of Radix: as many turns"),
    ),
    "patch_statistics/floats.cpp": (("if (second) sum[2] +=", "3", "which of two sums that are added in the end"),),
    "cell_statistics/byte_cells.hpp": (("count > 2 && count % 2 == 0", "3", "3 is odd; what is not halved is summed"),),
    "quantile/quantile.cpp": (
        ("v > bounds.low && v < bounds.high) to", "<=", "kept as one of the values between, the answer is the same"),
        (
            "to_high_count += v <= bounds.high",
            "<",
            "a rank that is not found is selected by its bits: the same, slower",
        ),
    ),
}

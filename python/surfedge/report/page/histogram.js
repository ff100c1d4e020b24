// Histogram of the scores, stacked by verdict, or by truth where that is known, with a threshold that can be dragged or moved by keys.

const CHART = { width: 820, height: 176, left: 46, right: 14, top: 26, bottom: 26, bins: 64 };
const axis = scored.length ? makeAxis() : null;

// Linear, or logarithmic where positive scores span so much that a linear axis would be one bar.
function makeAxis() {
  const scores = scored.map(level).sort((a, b) => a - b);
  const limits = usual === null ? [] : [usual];
  let low = Math.min(scores[0], ...limits);
  let high = Math.max(scores[scores.length - 1], ...limits);
  const log = low > 0 && high > 12 * scores[Math.floor(scores.length / 2)];
  const [to, from] = log ? [Math.log, Math.exp] : [(x) => x, (x) => x];
  low = to(low);
  high = to(high);
  const margin = (high - low || Math.abs(high) || 1) * 0.02;
  return { to, from, log, low: low - margin, high: high + margin };
}

const inner = () => CHART.width - CHART.left - CHART.right;
const scoreToX = (score) => CHART.left + ((axis.to(score) - axis.low) / (axis.high - axis.low)) * inner();
const xToScore = (x) => axis.from(axis.low + ((x - CHART.left) / inner()) * (axis.high - axis.low));

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function countBins(threshold) {
  const bins = Array.from({ length: CHART.bins }, () => ({ good: 0, defective: 0 }));
  for (const row of scored) {
    const share = (axis.to(level(row)) - axis.low) / (axis.high - axis.low);
    const kind = row.truth === null ? verdict(row, threshold) : row.truth ? "defective" : "good";
    bins[Math.min(CHART.bins - 1, Math.floor(share * CHART.bins))][kind] += 1;
  }
  return bins;
}

function drawBars(bins, base) {
  const most = Math.max(1, ...bins.map((bin) => bin.good + bin.defective));
  const scale = (value) => (state.log ? Math.log1p(value) / Math.log1p(most) : value / most);
  const step = inner() / CHART.bins;
  return bins.flatMap((bin, index) => {
    const total = bin.good + bin.defective;
    if (!total) return [];
    const height = Math.max(2.5, scale(total) * (base - CHART.top));
    const good = bin.defective ? (bin.good / total) * height : height;
    const x = CHART.left + index * step + 0.75;
    const bar = (name, y, high) => svg("rect", { class: `bar ${name}`, x, y, width: step - 1.5, height: high, rx: 1 });
    return [bar("good", base - good, good), bar("defective", base - height, height - good)];
  });
}

function ticks() {
  const span = axis.high - axis.low;
  const most = Math.max(3, Math.floor(inner() / 95));
  if (axis.log) return Array.from({ length: most }, (_, i) => Number(Math.exp(axis.low + (span * (i + 0.5)) / most).toPrecision(2)));
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const first = Math.ceil(axis.low / step);
  return Array.from({ length: Math.floor(axis.high / step) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(10)));
}

function drawAxes(base, bins) {
  const most = Math.max(...bins.map((bin) => bin.good + bin.defective));
  const label = (x, y, text, anchor) => svg("text", { x, y, "text-anchor": anchor }, text);
  return [
    svg("line", { class: "axis", x1: CHART.left, x2: CHART.width - CHART.right, y1: base, y2: base }),
    label(CHART.left - 6, CHART.top + 8, count(most), "end"),
    label(CHART.left - 6, base, "0", "end"),
    label(2, CHART.height - 8, hasOwn ? "times the threshold" : "score", "start"),
    ...ticks().map((value) => label(scoreToX(value), CHART.height - 8, String(value), "middle")),
  ];
}

function drawThreshold(base) {
  const x = Math.min(CHART.width - CHART.right, Math.max(CHART.left, scoreToX(Math.max(state.t, axis.log ? 1e-300 : -Infinity))));
  const moved = state.t !== usual;
  const end = x > CHART.width - 130;
  const handle = svg("g", {
    class: moved ? "threshold moved" : "threshold", id: "handle", tabindex: 0, role: "slider", "aria-label": hasOwn ? "Factor on each threshold" : "Threshold",
    "aria-valuemin": axis.from(axis.low), "aria-valuemax": axis.from(axis.high), "aria-valuenow": state.t,
  });
  handle.append(
    svg("rect", { class: "grip", x: x - 12, y: 0, width: 24, height: CHART.height }),
    svg("line", { x1: x, x2: x, y1: 16, y2: base }),
    svg("path", { d: `M${x - 6} 8 h12 v7 l-6 6 l-6 -6 z` }),
    svg("text", { x: end ? x - 11 : x + 11, y: 18, "text-anchor": end ? "end" : "start" },
      `${moved ? "what if" : "threshold"} ${hasOwn ? "× " : ""}${number(state.t)}`),
  );
  if (!moved) return [handle];
  const was = scoreToX(usual);
  return [svg("line", { class: "was", x1: was, x2: was, y1: CHART.top, y2: base }), handle];
}

function drawHistogram() {
  const chart = find("#histogram");
  if (!axis) {
    chart.replaceChildren();
    return;
  }
  // The handle is drawn anew; the keyboard's place must not be lost with it.
  const hadFocus = document.activeElement && document.activeElement.id === "handle";
  const base = CHART.height - CHART.bottom;
  const bins = countBins(state.t);
  CHART.width = Math.max(280, chart.clientWidth); // letters keep their size whatever the window's width
  chart.setAttribute("viewBox", `0 0 ${CHART.width} ${CHART.height}`);
  chart.replaceChildren(...drawAxes(base, bins), ...drawBars(bins, base), ...(state.t === null ? [] : drawThreshold(base)));
  if (hadFocus) find("#handle").focus();
}

function moveThreshold(score) {
  const inside = Math.min(axis.from(axis.high), Math.max(axis.from(axis.low), score));
  const near = Math.abs(scoreToX(inside) - scoreToX(usual)) < 3; // snaps back to the run's own
  update({ t: near ? usual : Number(inside.toPrecision(5)) });
}

function wireHistogram() {
  const word = hasTruth ? "truly " : "";
  find("#bar-keys").append(...["good", "defective"].map((kind) => el("span", { className: `key ${kind}` }, word + kind)));
  const chart = find("#histogram");
  new ResizeObserver(drawHistogram).observe(chart);
  if (!axis || usual === null) return;
  const scoreAt = (event) => {
    const box = chart.getBoundingClientRect();
    return xToScore(((event.clientX - box.left) / box.width) * CHART.width);
  };
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    moveThreshold(scoreAt(event));
  });
  chart.addEventListener("pointermove", (event) => {
    if (chart.hasPointerCapture(event.pointerId)) moveThreshold(scoreAt(event));
  });
  chart.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -4, ArrowDown: -4, ArrowRight: 4, ArrowUp: 4, PageDown: -40, PageUp: 40 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    moveThreshold(xToScore(scoreToX(state.t) + steps[event.key]));
  });
}

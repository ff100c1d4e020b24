// The run as embedded by the writer: rows, the threshold, verdicts at any threshold, and how numbers are shown.

const STATUSES = ["defective", "good", "implausible", "skipped"];
const UNJUDGED = { implausible: "implausible, not judged", skipped: "not inspected" };
const report = JSON.parse(document.getElementById("data").textContent);
const rows = report.rows.map((v, id) => ({
  id, path: v[0], label: v[1], score: v[2], status: STATUSES[v[3]], regions: v[4], area: v[5], ms: v[6],
  reason: v[7], threshold: v[8] === null ? report.threshold : v[8], width: v[9], height: v[10],
  kinds: v[11].map((place) => report.kinds[place]), // of its regions, where the method names them
  given: v.length > 13 ? v[13] : "", // the class that a classifier gave; label is then the true one
  truth: v.length > 12 ? v[12] === 1 : null, // whether it is truly defective, where that is known
}));
const scored = rows.filter((row) => !(row.status in UNJUDGED) && row.score !== null);
// Where each image has a threshold of its own, what can be moved is a factor that multiplies them all; the run's own is 1.
const hasOwn = report.threshold === null && scored.length > 0 && scored.every((row) => row.threshold > 0);
const usual = hasOwn ? 1 : report.threshold;
const level = (row) => (hasOwn ? row.score / row.threshold : row.score); // on the same scale
const labels = [...new Set(rows.map((row) => row.label))].sort(new Intl.Collator(undefined, { numeric: true }).compare);
const hasTruth = rows.some((row) => row.truth !== null);
const hasLabels = labels.some((label) => label !== "");

const limitOf = (row, threshold) => (threshold === usual ? row.threshold : hasOwn ? threshold * row.threshold : threshold);

// At the run's own threshold the verdict is the recorded one; elsewhere it is the score against the threshold.
function verdict(row, threshold) {
  if (row.status in UNJUDGED || row.score === null || threshold === usual) return row.status;
  return row.score > limitOf(row, threshold) ? "defective" : "good";
}

// What the verdict is worth: "found", "missed", "misnamed" (found, but given another class), "false" (a good image called)
// or "passed"; "" where nothing is known.
function outcome(row, threshold) {
  const now = verdict(row, threshold);
  if (row.truth === null || now in UNJUDGED) return "";
  if (row.truth && now === "defective" && row.given && row.given !== row.label) return "misnamed";
  return row.truth ? (now === "defective" ? "found" : "missed") : now === "defective" ? "false" : "passed";
}

function countVerdicts(threshold) {
  const counts = { all: 0, defective: 0, good: 0, implausible: 0, skipped: 0, changed: 0 };
  for (const status of STATUSES) counts.all += report.counts[STATUSES.indexOf(status)];
  for (const row of rows) {
    const now = verdict(row, threshold);
    counts[now] += 1;
    if (now !== row.status) counts.changed += 1;
  }
  counts.good += counts.all - rows.length; // counted but too many to list
  return counts;
}

function embedded(key, id) {
  const block = document.getElementById(key + id);
  return block ? block.textContent : "";
}

const count = (value) => value.toLocaleString("en");
const plural = (value, word) => `${count(value)} ${word}${value === 1 ? "" : "s"}`;

function percent(share) {
  const value = 100 * share;
  if (value === 0 || value === 100) return `${value} %`;
  if (value > 99.9) return "> 99.9 %";
  if (value < 0.01) return "< 0.01 %";
  return `${value >= 10 ? value.toFixed(1) : value.toPrecision(2)} %`;
}

function number(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}

// The threshold for people: what all are multiplied by, where each image has its own.
const thresholdText = (threshold) => (hasOwn ? `${number(threshold)} times each image's own` : number(threshold));

// Control and direction characters in file names could make one path look like another.
const shown = (text) => text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

// An element with properties and children; strings become text nodes, never markup.
function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("aria-") || name.startsWith("data-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

const find = (selector) => document.querySelector(selector);
const findAll = (selector) => [...document.querySelectorAll(selector)];

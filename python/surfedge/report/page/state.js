// What the reader chose. It lives in the address (#sort=score&filter=defective&open=3), so a view can be sent on.

const DEFAULTS = {
  sort: "score", dir: "desc", filter: "all", class: null, kind: null, q: "", view: "table", page: 0, open: null, show: "all",
  t: usual, theme: "", log: false,
};
const CHOICES = {
  sort: ["score", "path", "label", "status", "regions", "area", "ms"], dir: ["asc", "desc"],
  filter: ["all", "defective", "good", "implausible", "skipped", "changed", "missed", "false", "misnamed"], view: ["table", "gallery"],
  show: ["all", "overlay", "map", "original", "truth"], theme: ["", "light", "dark"],
};
const firstDirection = (sort) => (["path", "label", "status"].includes(sort) ? "asc" : "desc");
let state = { ...DEFAULTS };
let waiting = false;

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const next = { ...DEFAULTS };
  for (const [name, allowed] of Object.entries(CHOICES)) {
    if (allowed.includes(given.get(name))) next[name] = given.get(name);
  }
  if (labels.includes(given.get("class"))) next.class = given.get("class");
  if (report.kinds.includes(given.get("kind"))) next.kind = given.get("kind");
  next.q = given.get("q") || "";
  next.page = Math.max(0, Math.floor(Number(given.get("page")) - 1) || 0);
  if (!given.has("dir")) next.dir = firstDirection(next.sort);
  const open = Number(given.get("open"));
  if (given.has("open") && rows[open]) next.open = open;
  if (usual !== null && given.has("t") && Number.isFinite(Number(given.get("t")))) next.t = Number(given.get("t"));
  next.log = given.get("log") === "1";
  state = next;
}

function writeAddress() {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value === (name === "dir" ? firstDirection(state.sort) : DEFAULTS[name])) continue;
    kept.set(name, name === "page" ? value + 1 : value === true ? 1 : value);
  }
  const hash = kept.toString();
  try {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  } catch { /* some browsers refuse this for files; the page works without */ }
}

// Changes what is chosen and draws once per frame, however many changes came.
function update(changes) {
  const listChanged = ["sort", "dir", "filter", "class", "kind", "q", "view"].some((name) => name in changes);
  state = { ...state, ...(listChanged ? { page: 0 } : {}), ...changes };
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    writeAddress();
    draw();
  });
}

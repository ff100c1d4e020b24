// The images: chosen, sorted, shown page by page as a table or a gallery.

const PAGE_ROWS = { table: 50, gallery: 48 };
const COLUMNS = [
  ["path", "Image"], ["label", "Class"], ["score", "Score"], ["status", "Verdict"], ["regions", "Regions"],
  ["area", "Area, px"], ["ms", "Time, ms"],
];
const collator = new Intl.Collator(undefined, { numeric: true });
let listed = [];
let listedFor = "";
let drawnFor = "";

function matches(row, text) {
  const now = verdict(row, state.t);
  if (["missed", "false", "misnamed"].includes(state.filter)) {
    if (outcome(row, state.t) !== state.filter) return false;
  } else if (state.filter === "changed" ? now === row.status : state.filter !== "all" && now !== state.filter) return false;
  if (state.class !== null && row.label !== state.class) return false;
  if (state.kind !== null && !row.kinds.includes(state.kind)) return false;
  return !text || row.path.toLowerCase().includes(text);
}

function compareRows(name, sign) {
  const value = name === "status" ? (row) => STATUSES.indexOf(verdict(row, state.t)) : (row) => row[name];
  const order = name === "path" || name === "label" ? collator.compare : (a, b) => a - b;
  const measured = ["score", "regions", "area", "ms"].includes(name);
  const missing = (row) => measured && (row.status in UNJUDGED || row[name] === null);
  return (a, b) => missing(a) - missing(b) || sign * order(value(a), value(b)) || a.id - b.id;
}

// The rows that match, in order; sorted again only when something they depend on has changed.
function listRows() {
  const depends = JSON.stringify([state.sort, state.dir, state.filter, state.class, state.kind, state.q, state.t]);
  if (depends !== listedFor) {
    listedFor = depends;
    const text = state.q.trim().toLowerCase();
    listed = rows.filter((row) => matches(row, text)).sort(compareRows(state.sort, state.dir === "asc" ? 1 : -1));
  }
  return listed;
}

function badge(row) {
  const now = verdict(row, state.t);
  const worth = outcome(row, state.t);
  const text = UNJUDGED[now] || OUTCOMES[worth] || now;
  return el("span", { className: `badge ${worth ? `is-${worth}` : now}`, title: now === row.status ? "" : `recorded as ${row.status}` },
    now === row.status ? text : `now ${text}`);
}

// Score against the threshold as a bar: the mark in the middle is the threshold, the image's own where each has one.
function meter(row) {
  const limit = limitOf(row, state.t);
  const bar = el("i", { className: `meter ${verdict(row, state.t)}`, "aria-hidden": "true" }, el("b"));
  const unit = Math.abs(limit) || 1;
  const filled = Math.max(0, 1 + (row.score - limit) / unit); // 1 at the threshold
  bar.firstChild.style.width = `${Math.min(100, filled * 50)}%`;
  return bar;
}

function scoreCell(row) {
  if (row.status in UNJUDGED) return el("td", { className: "number score" }, "–");
  const limit = limitOf(row, state.t);
  const own = report.threshold === null && limit !== null ? ` of ${number(limit)}` : "";
  const cell = el("td", { className: "number score" }, number(row.score) + own);
  if (row.score !== null && limit !== null) cell.append(meter(row));
  return cell;
}

function thumb(row) {
  const source = embedded("t", row.id) || embedded("o", row.id);
  return source ? el("img", { src: source, alt: "", loading: "lazy" }) : el("span", { className: "no-picture" });
}

function opener(row) {
  const cut = row.path.lastIndexOf("/") + 1;
  const name = el("bdi", {}, el("span", { className: "folder" }, shown(row.path.slice(0, cut))), el("wbr"), shown(row.path.slice(cut)));
  return el("button", { type: "button", className: "open", "data-open": row.id, title: shown(row.path) }, name);
}

function tableRow(row) {
  const none = row.status in UNJUDGED;
  const cell = (text, kind) => el("td", { className: kind }, none ? "–" : text);
  const image = el("td", { className: "image" }, el("div", {}, thumb(row), el("div", {}, opener(row))));
  if (row.reason) image.firstChild.lastChild.append(el("p", { className: "reason" }, shown(row.reason)));
  const line = el("tr", { "data-open": row.id }, image, el("td", { className: "label" }, shown(row.label)), scoreCell(row),
    el("td", { className: "verdict" }, badge(row)), cell(count(row.regions), "number regions"),
    cell(count(row.area), "number area"), cell(row.ms ? row.ms.toPrecision(3) : "–", "number ms"));
  line.classList.toggle("skipped", none);
  return line;
}

function drawTable(part) {
  const heads = COLUMNS.filter(([name]) => name !== "label" || hasLabels).map(([name, title]) => {
    const sorted = state.sort === name;
    const head = el("th", { scope: "col", className: `${name} ${["score", "regions", "area", "ms"].includes(name) ? "number" : ""}` },
      el("button", { type: "button", "data-sort": name }, title, sorted ? (state.dir === "asc" ? " ↑" : " ↓") : ""));
    if (sorted) head.setAttribute("aria-sort", state.dir === "asc" ? "ascending" : "descending");
    return head;
  });
  const table = el("table", { className: "list" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...part.map(tableRow)));
  table.classList.toggle("no-classes", !hasLabels);
  return table;
}

function card(row) {
  const score = row.status in UNJUDGED ? "" : number(row.score);
  return el("article", { className: `card ${verdict(row, state.t)}`, "data-open": row.id }, el("div", { className: "frame" }, thumb(row)),
    el("div", { className: "card-line" }, badge(row), el("b", {}, score)), opener(row),
    el("p", { className: "reason" }, shown(row.reason || row.label)));
}

function drawList() {
  const all = listRows();
  const size = PAGE_ROWS[state.view];
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(state.page, pages - 1);
  const from = page * size;
  const part = all.slice(from, from + size);
  find("#place").textContent = all.length
    ? `${count(from + 1)}–${count(from + part.length)} of ${count(all.length)}${all.length < rows.length ? ` (${count(rows.length)} in all)` : ""}`
    : "Nothing matches";
  find("#previous").disabled = page === 0;
  find("#next").disabled = page >= pages - 1;
  const depends = `${listedFor} ${state.view} ${page}`;
  if (depends === drawnFor) return;
  drawnFor = depends;
  find("#rows").replaceChildren(state.view === "table" ? drawTable(part) : el("div", { className: "gallery" }, ...part.map(card)));
}

function wireList() {
  find("#rows").addEventListener("click", (event) => {
    const sort = event.target.closest("[data-sort]");
    const open = event.target.closest("[data-open]");
    if (sort) toggleSort(sort.dataset.sort);
    else if (open && !String(getSelection())) update({ open: Number(open.dataset.open) });
  });
  const turn = (by) => () => {
    update({ page: Math.max(0, Math.min(state.page, Math.ceil(listed.length / PAGE_ROWS[state.view]) - 1) + by) });
    find("#list").scrollIntoView({ block: "start" });
  };
  find("#previous").addEventListener("click", turn(-1));
  find("#next").addEventListener("click", turn(1));
}

function toggleSort(name) {
  const dir = state.sort === name ? (state.dir === "asc" ? "desc" : "asc") : firstDirection(name);
  update({ sort: name, dir });
  requestAnimationFrame(() => requestAnimationFrame(() => find(`#rows [data-sort="${name}"]`)?.focus()));
}

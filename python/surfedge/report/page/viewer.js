// One image large: overlay, map and original beside each other or one at a time; arrows go through the list.

const PICTURES = { overlay: "o", map: "m", original: "i", truth: "g" };
const KEYS = { 1: "all", 2: "overlay", 3: "map", 4: "original", 5: "truth" };
const NAMES = { overlay: "Overlay", map: "Map", original: "Original", truth: "Ground truth" };
let stageFor = "";

function figure(row, name) {
  const source = embedded(PICTURES[name], row.id);
  if (!source) return null;
  const image = el("img", { src: source, alt: `${NAMES[name]} of ${shown(row.path)}` });
  image.addEventListener("load", () => {
    find("#stage").classList.toggle("stacked", image.naturalWidth > 1.9 * image.naturalHeight);
    find("#stage").classList.toggle("tall", image.naturalHeight > 1.4 * image.naturalWidth);
  });
  image.addEventListener("click", () => update({ show: state.show === "all" ? name : "all" }));
  return el("figure", { className: name }, el("figcaption", {}, NAMES[name]), image);
}

function drawStage(row) {
  const wanted = `${row.id} ${state.show}`;
  if (wanted === stageFor) return;
  stageFor = wanted;
  const names = state.show === "all" ? ["original", "overlay", "map", "truth"] : [state.show];
  const figures = names.map((name) => figure(row, name)).filter(Boolean);
  const why = row.status in UNJUDGED ? `${row.status === "skipped" ? "Not inspected" : "Refused as implausible"}: ${shown(row.reason) || "no reason recorded"}`
    : "The picture of this image is not in this file: only the highest scores, those nearest the threshold, and a sample are.";
  find("#stage").classList.toggle("four", figures.length === 4);
  find("#stage").replaceChildren(...(figures.length ? figures : [el("p", { className: "empty" }, why)]));
}

function drawFacts(row) {
  const pairs = row.status in UNJUDGED ? [] : [
    ["Score", number(row.score)], ["Threshold", number(limitOf(row, state.t))],
    ["Regions", count(row.regions)], ["Defect area", areaText(row)], ["Time", row.ms ? `${row.ms.toPrecision(3)} ms` : ""],
  ];
  if (row.width) pairs.push(["Size", `${row.width} × ${row.height} px`]);
  if (row.truth !== null) pairs.push(["Truth", row.truth ? (embedded("o", row.id) && !embedded("g", row.id) ? "defective, no mask" : "defective") : "good"]);
  if (row.label) pairs.push(["Class", shown(row.label)]);
  if (row.kinds.length) pairs.push(["Regions named", row.kinds.map(shown).join(", ")]);
  if (row.reason) pairs.push(["Remark", shown(row.reason)]);
  find("#viewer-facts").replaceChildren(...pairs.filter(([, value]) => value).map(([term, value]) =>
    el("div", {}, el("dt", {}, term), el("dd", {}, value))));
}

function areaText(row) {
  const share = row.width ? row.area / (row.width * row.height) : 0;
  return `${count(row.area)} px${share ? ` (${percent(share)})` : ""}`;
}

function drawViewer() {
  const dialog = find("#viewer");
  if (state.open === null) {
    if (dialog.open) dialog.close();
    return;
  }
  const row = rows[state.open];
  const place = listRows().indexOf(row);
  find("#viewer-title bdi").textContent = shown(row.path);
  find("#viewer-place").textContent = place < 0 ? "not in the list" : `${count(place + 1)} of ${count(listed.length)}`;
  const mark = badge(row);
  mark.id = "viewer-badge";
  find("#viewer-badge").replaceWith(mark);
  for (const button of findAll("[data-show]")) button.setAttribute("aria-pressed", button.dataset.show === state.show);
  find("#earlier").disabled = place <= 0;
  find("#later").disabled = place >= listed.length - 1;
  drawStage(row);
  drawFacts(row);
  if (!dialog.open) dialog.showModal();
}

// Goes through the list, and turns the list's page behind the viewer along with it.
function step(by) {
  const all = listRows();
  const place = all.indexOf(rows[state.open]) + by;
  if (place >= 0 && place < all.length) update({ open: all[place].id, page: Math.floor(place / PAGE_ROWS[state.view]) });
}

function wireViewer() {
  const dialog = find("#viewer");
  dialog.addEventListener("close", () => state.open !== null && update({ open: null }));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") step(-1);
    else if (event.key === "ArrowRight") step(1);
    else if (KEYS[event.key]) update({ show: KEYS[event.key] });
    else return;
    event.preventDefault();
  });
  find("#close").addEventListener("click", () => dialog.close());
  find("#earlier").addEventListener("click", () => step(-1));
  find("#later").addEventListener("click", () => step(1));
  for (const button of findAll("[data-show]")) button.addEventListener("click", () => update({ show: button.dataset.show }));
}

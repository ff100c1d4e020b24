// Head, controls, and the order in which the page is drawn.

function drawTiles(counts) {
  for (const tile of findAll(".tile")) {
    const name = tile.dataset.filter;
    tile.querySelector("b").textContent = count(counts[name]);
    const share = counts.all ? counts[name] / counts.all : 0;
    tile.querySelector("small").textContent = name === "all" || !counts[name] ? "" : percent(share);
    tile.setAttribute("aria-pressed", state.filter === name);
    tile.classList.toggle("none", counts[name] === 0);
    tile.hidden = name === "implausible" && counts[name] === 0;
    tile.classList.add(name);
  }
}

function drawWhatIf(counts) {
  const text = find("#what-if");
  const moved = state.t !== usual;
  find("#reset").disabled = !moved;
  text.classList.toggle("moved", moved);
  const field = find("#threshold");
  if (document.activeElement !== field) field.value = state.t === null ? "" : number(state.t);
  if (usual === null) text.textContent = "Each image has its own threshold.";
  else if (!moved) {
    text.textContent = hasOwn ? "Each image has its own threshold, 1 here. Drag it to see how the verdicts would change if all were multiplied by the same factor."
      : "Drag the threshold to see how the verdicts would change. Recorded results stay as they are.";
  }
  else {
    const change = counts.defective - report.counts[0];
    const would = countOutcomes(state.t);
    if (hasTruth) text.textContent = `At ${thresholdText(state.t)}: ${count(would.found)} found, ${count(would.missed)} missed, ${plural(would.false, "false call")}, `
      + "by score alone. A threshold chosen on the images that judge it promises too much.";
    else text.textContent = `${plural(counts.defective, "image")} would be defective (${change >= 0 ? "+" : "−"}${count(Math.abs(change))}), `
      + `${count(counts.good)} good, by score alone. Recorded results stay as they are.`;
  }
}

function drawClasses() {
  if (!hasLabels) return;
  const sums = new Map(labels.map((label) => [label, { all: 0, defective: 0, inspected: 0 }]));
  for (const row of rows) {
    const sum = sums.get(row.label);
    const now = verdict(row, state.t);
    sum.all += 1;
    sum.inspected += !(now in UNJUDGED);
    sum.defective += now === "defective";
  }
  find("#classes").hidden = false;
  find("#classes tbody").replaceChildren(...[...sums].map(([label, sum]) => {
    const bar = el("i", { className: "share" }, el("b"));
    bar.firstChild.style.width = `${sum.inspected ? (100 * sum.defective) / sum.inspected : 0}%`;
    const name = el("button", { type: "button", className: "open", "data-class": label, "aria-pressed": state.class === label },
      el("bdi", {}, shown(label) || "(none)"));
    return el("tr", {}, el("td", {}, name), el("td", { className: "number" }, count(sum.all)),
      el("td", { className: "number" }, hasTruth ? `${count(sum.defective)} of ${count(sum.inspected)}` : count(sum.defective),
        ...(hasTruth && sum.inspected ? [el("small", {}, `${rangeText(sum.defective, sum.inspected)} %`)] : [])), el("td", {}, bar));
  }));
}

// What is odd most of all about an implausible image, without its figures: many then have one reason.
function briefly(reason) {
  const first = reason.replace(/^found an implausible image: /, "").split("; ")[0];
  return first.replace(/ of [-+.\de]+, expected .*$/, " unlike that of good images").replace(/, expected .*$/, "");
}

// Why images have no verdict, the most frequent reasons first.
function drawUnjudged(status, words) {
  const unjudged = rows.filter((row) => row.status === status);
  const reasons = new Map();
  for (const row of unjudged) {
    const reason = (status === "implausible" ? briefly(row.reason) : row.reason) || "no reason recorded";
    reasons.set(reason, (reasons.get(reason) || 0) + 1);
  }
  const most = [...reasons].sort((a, b) => b[1] - a[1]);
  const lines = most.slice(0, 4).map(([reason, times]) => el("li", {}, `${count(times)} × ${shown(reason)}`));
  if (most.length > 4) lines.push(el("li", {}, `and ${plural(most.length - 4, "other reason")}`));
  find(`#${status}`).hidden = unjudged.length === 0;
  find(`#${status} h2`).textContent = `${plural(unjudged.length, "image")} ${words}`;
  find(`#${status} ul`).replaceChildren(...lines);
}

function drawControls() {
  for (const name of ["filter", "sort"]) find(`#${name}`).value = state[name];
  find("#class").value = state.class === null ? "*" : `=${state.class}`;
  find("#kind").value = state.kind === null ? "*" : `=${state.kind}`;
  find("#direction").textContent = state.dir === "asc" ? "↑" : "↓";
  find("#log").checked = state.log;
  if (document.activeElement !== find("#search")) find("#search").value = state.q;
  for (const button of findAll("[data-view]")) button.setAttribute("aria-pressed", button.dataset.view === state.view);
  if (state.theme) document.documentElement.dataset.theme = state.theme;
  else delete document.documentElement.dataset.theme;
}

function draw() {
  const counts = countVerdicts(state.t);
  drawTiles(counts);
  drawVerdict();
  drawClasses();
  drawHistogram();
  drawWhatIf(counts);
  drawControls();
  drawList();
  drawViewer();
}

// A kind of region, with the number of images that show one.
function kindOption(kind) {
  const images = rows.filter((row) => row.kinds.includes(kind)).length;
  return el("option", { value: `=${kind}` }, `${shown(kind)} (${count(images)})`);
}

function wireControls() {
  const on = (selector, kind, run) => find(selector).addEventListener(kind, run);
  find("#class").append(el("option", { value: "*" }, "all"), ...labels.map((label) => el("option", { value: `=${label}` }, shown(label) || "(none)")));
  find("#class-field").hidden = !hasLabels;
  find("#kind").append(el("option", { value: "*" }, "all"), ...report.kinds.map(kindOption));
  find("#kind-field").hidden = report.kinds.length === 0;
  on("#filter", "change", (event) => update({ filter: event.target.value }));
  on("#sort", "change", (event) => update({ sort: event.target.value, dir: firstDirection(event.target.value) }));
  on("#class", "change", (event) => update({ class: event.target.value === "*" ? null : event.target.value.slice(1) }));
  on("#kind", "change", (event) => update({ kind: event.target.value === "*" ? null : event.target.value.slice(1) }));
  on("#direction", "click", () => update({ dir: state.dir === "asc" ? "desc" : "asc" }));
  on("#search", "input", (event) => update({ q: event.target.value }));
  on("#log", "change", (event) => update({ log: event.target.checked }));
  on("#threshold", "change", (event) => {
    const typed = event.target.valueAsNumber;
    const own = number(typed) === number(usual); // the field shows the run's own threshold rounded
    if (Number.isFinite(typed)) update({ t: own ? usual : typed });
  });
  on("#reset", "click", () => update({ t: usual }));
  for (const status of Object.keys(UNJUDGED)) {
    on(`#show-${status}`, "click", () => {
      update({ filter: status });
      find("#list").scrollIntoView();
    });
  }
  on("#classes", "click", (event) => {
    const chosen = event.target.closest("[data-class]")?.dataset.class;
    if (chosen !== undefined) update({ class: state.class === chosen ? null : chosen });
  });
  on("#theme", "click", () => {
    const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    update({ theme: dark ? "light" : "dark" });
  });
  for (const tile of findAll(".tile")) tile.addEventListener("click", () => update({ filter: tile.dataset.filter }));
  for (const button of findAll("[data-view]")) button.addEventListener("click", () => update({ view: button.dataset.view }));
  find("#threshold").disabled = usual === null;
  if (hasOwn) find("#threshold-words").textContent = "What if each threshold were multiplied by";
  const scores = hasOwn ? "Scores over each image's own threshold" : "Scores";
  if (axis) find("#scores-title").textContent = axis.log ? `${scores}, on a logarithmic axis` : scores;
}

readAddress();
wireControls();
wireVerdict();
wireHistogram();
wireList();
wireViewer();
drawUnjudged("implausible", "refused as implausible: not judged, neither good nor defective");
drawUnjudged("skipped", "could not be inspected");
draw();
addEventListener("hashchange", () => {
  readAddress();
  draw();
});

// The claims of an evaluation, counted anew at any threshold: how many are found, how many good images are called.

const OUTCOMES = { found: "found", missed: "missed", misnamed: "another class", false: "false call", passed: "good" };
const CLAIMS = {
  found: { counted: "found", others: "missed", shown: "missed", words: "missed", one: "missed one" },
  named: { counted: "found", others: "misnamed", shown: "misnamed", words: "given another class", one: "one given another class" },
  false: { counted: "false", others: "passed", shown: "false", words: "false calls", one: "false call" },
};

// Wilson's interval of a share at 95 %, as in the rest of the page.
function wilson(part, total) {
  const z = 1.959963984540054;
  const share = part / total;
  const middle = (share + (z * z) / (2 * total)) / (1 + (z * z) / total);
  const half = (z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total))) / (1 + (z * z) / total);
  return [part === 0 ? 0 : Math.max(0, middle - half), part === total ? 1 : Math.min(1, middle + half)];
}

const ownLimit = hasTruth ? find("#verdict-limit").textContent : "";
const hundred = (share) => (100 * share).toFixed(1);
const rangeText = (part, total) => wilson(part, total).map(hundred).join(" to ");

function countOutcomes(threshold) {
  const counts = { found: 0, missed: 0, misnamed: 0, false: 0, passed: 0, "": 0 };
  for (const row of rows) counts[outcome(row, threshold)] += 1;
  return counts;
}

function drawVerdict() {
  if (!hasTruth) return;
  const counts = countOutcomes(state.t);
  const moved = state.t !== usual;
  find("#verdict").classList.toggle("moved", moved);
  find("#verdict-limit").textContent = moved ? `What if the threshold were ${thresholdText(state.t)}: by score alone, and chosen on the images that judge it.` : ownLimit;
  for (const claim of findAll("[data-claim]")) {
    const { counted, others, shown: kind, words, one } = CLAIMS[claim.dataset.claim];
    const part = counts[counted] + (claim.dataset.claim === "found" ? counts.misnamed : 0); // found, whatever the name
    const total = part + counts[others];
    claim.querySelector("b").textContent = `${count(part)} of ${count(total)}`;
    claim.querySelector("small").textContent = `${hundred(part / total)} %, 95 % interval ${rangeText(part, total)} %`;
    const button = claim.querySelector("button");
    button.hidden = counts[kind] === 0;
    button.dataset.outcome = kind;
    button.setAttribute("aria-pressed", state.filter === kind);
    button.textContent = state.filter === kind ? "Show all" : `Show the ${counts[kind] === 1 ? one : `${count(counts[kind])} ${words}`}`;
  }
}

function wireVerdict() {
  if (!hasTruth) return;
  const kinds = [["missed", "missed"], ["false", "false calls"]];
  if (rows.some((row) => row.given)) kinds.push(["misnamed", "given another class"]);
  for (const [name, text] of kinds) find("#filter").append(el("option", { value: name }, text));
  // Kinds of defects alone: every score is 1, and there is no limit to move.
  if (rows.some((row) => row.given) && rows.every((row) => row.truth !== false)) find(".panels").style.display = "none";
  find("[data-filter=defective] span").textContent = "called defective";
  find("[data-filter=good] span").textContent = "called good";
  find("#class-called").textContent = "Called defective";
  for (const button of findAll("[data-claim] button")) {
    button.addEventListener("click", () => {
      update({ filter: state.filter === button.dataset.outcome ? "all" : button.dataset.outcome });
      find("#list").scrollIntoView();
    });
  }
  find("[data-show=truth]").hidden = false;
}

// The answer in short: models by group of tests, and every test at a glance.
const GROUP = {name: 0, kind: 1, model: 2, tests: 3, asked: 4, n: 5, scored: 6, score: 7, paper: 8, rate: 9, effective: 10};

function effectiveCell(found, scored) {
  if (!found) return el("span", {class: "unresolved"}, "–", el("span", {class: "small"}, scored ? "no length in common" : "no scores"));
  const [resolved, words, estimate, , needed, published] = found;
  const about = `Mean to reach: ${fixed(needed)}. Estimate: ${estimate}. As papers count: ${published}.`;
  if (resolved) return tipped(el("strong", {class: "big"}, words), () => about);
  return tipped(el("span", {class: "unresolved"}, "not resolved", el("span", {class: "small"}, words)), () => about);
}

function drawSummary() {
  const groups = [...new Map(data.together.map(row => [`${row[GROUP.kind]}\n${row[GROUP.name]}`, row])).keys()];
  const names = {all: "", family: "family: ", test: ""};
  const options = groups.map(key => {
    const [kind, name] = key.split("\n");
    return [key, names[kind] + name];
  });
  const rowsOf = key => data.together.filter(row => `${row[GROUP.kind]}\n${row[GROUP.name]}` === key);
  const first = groups[0];
  const coverage = row => (row[GROUP.n] ? row[GROUP.scored] / row[GROUP.n] : 0);
  const columns = [
    {name: "model", value: row => data.models[row[GROUP.model]],
      cell: row => [breakable(data.models[row[GROUP.model]]), modelsCut.has(row[GROUP.model]) && el("span", {class: "small"}, "✂ prompts were cut")]},
    ...data.thresholds.map((title, n) => ({
      name: title, group: "effective length, mean score at least", cell: row => effectiveCell(row[GROUP.effective][n], row[GROUP.scored]),
      value: row => row[GROUP.effective][n]?.[3], number: true,
    })),
    {name: "strict score", cell: row => fixed(row[GROUP.score]), value: row => row[GROUP.score], number: true},
    {name: "published", cell: row => fixed(row[GROUP.paper]), value: row => row[GROUP.paper], number: true},
    {name: "pass rate", cell: row => fixed(row[GROUP.rate]), value: row => row[GROUP.rate], number: true},
    {name: "coverage", number: true, value: coverage, cell: row => [`${+(100 * coverage(row)).toFixed(1)} %`,
      el("span", {class: "small"}, `${whole(row[GROUP.scored])} of ${whole(row[GROUP.n])}`)]},
  ];
  if (data.together.some(row => row[GROUP.tests] < row[GROUP.asked])) {
    columns.splice(1, 0, {name: "tests", number: true, value: row => row[GROUP.tests],
      cell: row => `${row[GROUP.tests]} of ${row[GROUP.asked]}`});
  }
  // a model that has answered one easy test is not the best: those with most tests come first
  const ranked = rows => [...rows].sort((a, b) => b[GROUP.tests] - a[GROUP.tests] || (b[GROUP.score] ?? -1) - (a[GROUP.score] ?? -1));
  const alike = new Set(rowsOf(first).map(row => row[GROUP.tests])).size === 1;
  const start = ranked(rowsOf(first));
  const table = sortable(columns, start, {sorted: alike ? columns.findIndex(c => c.name === "strict score") : null, descending: true, label: "Models", limit: 60});
  byId("summary").append(table.node);
  const show = rows => {
    const uneven = rows.some(row => row[GROUP.tests] < row[GROUP.asked] || coverage(row) < 1);
    table.show(ranked(rows));
    byId("summary-note").textContent = uneven && rows.length > 1
      ? "Means are over what each model has answered, so that they do not compare where this differs. Two models compares them on the samples that both have." : "";
  };
  show(start);
  if (options.length > 1) {
    byId("summary-controls").append(choice("tests", options, key => show(rowsOf(key)), first));
  }
}

// A head as wide as its longest part, within reason
const headOf = name => el("th", {scope: "col", style: `min-width: ${Math.min(16, Math.max(...name.split(/[/_.:·-]/).map(part => part.length)) + 2)}ch`}, breakable(name));

// ---- models x tests, one figure at a time
function drawMatrix() {
  const tests = new Map();
  const at = new Map();
  for (const line of data.lines) {
    const [model, test, language] = line.at;
    tests.set(`${test} ${language}`, [test, language]);
    at.set(`${model} ${test} ${language}`, line);
  }
  if (tests.size < 2) return;
  byId("matrix-part").hidden = false;
  const figures = {
    ...Object.fromEntries(data.thresholds.map((title, n) => [`effective ${n}`, `score, and effective length at ${title}`])),
    score: "score, and its interval", paper: "published score", rate: "pass rate, and its interval",
  };
  let figure = "effective 0";
  const controls = byId("matrix-controls");
  controls.append(choice("figure", Object.entries(figures), value => { figure = value; draw(); }));
  function below(line) {
    if (figure.startsWith("effective")) {
      const found = line.effective[+figure.slice(10)];
      return found ? el(found[0] ? "strong" : "span", {}, shortly(found[1])) : "–";
    }
    const found = figure === "paper" ? null : line[figure];
    return found ? `${fixed(found[1], 2)}–${fixed(found[2], 2)}` : "";
  }
  function cellOf(model, key) {
    const line = at.get(`${model} ${key}`);
    const cell = el("td", {tabindex: -1});
    const value = !line ? null : figure === "paper" ? line.paper : figure === "rate" ? line.rate?.[0] : meanOf(line);
    if (value == null) {
      cell.className = "none";
      cell.textContent = "–";
      return cell;
    }
    cell.append(fixed(value, 2), linesCut.has(`${model} ${key}`) ? " ✂" : "", el("small", {}, below(line)));
    shade(cell, CIVIDIS, value);
    tipped(cell, () => lineTip(line));
    cell.addEventListener("click", () => openTest(line.at[1], line.at[2]));
    return cell;
  }
  function draw() {
    const table = el("table", {class: "map matrix", role: "grid", "aria-label": "Models by tests"},
      el("thead", {}, el("tr", {}, el("td"), [...tests.values()].map(([test, language]) =>
        headOf(testName(test, language))))),
      el("tbody", {}, orderedModels.map(model => el("tr", {},
        el("th", {scope: "row"}, breakable(data.models[model])),
        [...tests.keys()].map(key => cellOf(model, key))))));
    arrows(table);
    const said = figure.startsWith("effective") ? "below the score: the effective length, bold where it is resolved" : null;
    byId("matrix").replaceChildren(el("div", {class: "scroll"}, table), scaleOf(said));
  }
  draw();
}
// "below 4k to at least 128k" -> "<4k – ≥128k"
const shortly = words => words.replaceAll("below ", "<").replaceAll("at least ", "≥").replace(" to ", " – ");
const meanOf = line => {
  let total = 0, n = 0;
  for (const point of line.points) { total += point[5] * point[1]; n += point[1]; }
  return n ? total / n : null;
};
function lineTip(line) {
  const [model, test, language] = line.at;
  const effective = line.effective.map((found, n) => found &&
    `${data.thresholds[n]}: ${found[0] ? found[1] : `not resolved (${found[1]})`}`).filter(Boolean);
  return [`${data.models[model]} · ${testName(test, language)}`, `score ${line.score ? spread(line.score) : fixed(meanOf(line))}`,
    `published ${fixed(line.paper)}, pass rate ${spread(line.rate)}`, ...effective,
    `${whole(line.scored)} of ${whole(line.n)} scored`].join("\n");
}
// Those with most tests first, then the best by the mean over these
const orderedModels = (() => {
  const sums = data.models.map(() => [0, 0]);
  for (const line of data.lines) {
    const mean = meanOf(line);
    if (mean != null) { sums[line.at[0]][0] += mean; sums[line.at[0]][1] += 1; }
  }
  const means = sums.map(([total, n]) => (n ? total / n : -1));
  return data.models.map((_, n) => n).sort((a, b) => sums[b][1] - sums[a][1] || means[b] - means[a] || a - b);
})();
const rankOf = [];
orderedModels.forEach((model, rank) => { rankOf[model] = rank; });

// One part for each test and language: curve, pictures, where the evidence lies. Drawn when opened and seen.
const shownModels = new Set(orderedModels.slice(0, data.models.length > 8 ? 6 : 8));
const tests = (() => {
  const found = new Map();
  for (const line of data.lines) {
    const [, test, language] = line.at;
    const key = `${test} ${language}`;
    if (!found.has(key)) found.set(key, {test, language, lines: []});
    found.get(key).lines.push(line);
  }
  return [...found.values()];
})();
let showCurves = data.models.length <= 3;
let showBands = data.models.length <= 4;
const shownLines = part => orderedModels.filter(model => shownModels.has(model))
  .map(model => part.lines.find(line => line.at[0] === model)).filter(line => line?.scored);

function swatch(model) {
  const dash = {solid: null, dash: "5 3", dot: "2 3", dashdot: "6 3 2 3"}[modelDash(model)];
  return el("svg", {width: 22, height: 10, "aria-hidden": "true"},
    el("line", {x1: 0, x2: 22, y1: 5, y2: 5, stroke: modelColour(model), "stroke-width": 3, "stroke-dasharray": dash}));
}
function drawLegend() {
  const chips = orderedModels.map(model => el("button", {
    type: "button", class: "chip", "aria-pressed": String(shownModels.has(model)), title: data.models[model],
    onclick: () => { shownModels.has(model) ? shownModels.delete(model) : shownModels.add(model); refresh(); },
  }, swatch(model), el("span", {}, data.models[model])));
  const set = models => () => { shownModels.clear(); models.forEach(model => shownModels.add(model)); refresh(); };
  const all = data.models.length > 3 ? [el("button", {type: "button", class: "quiet", onclick: set(orderedModels)}, "all"),
    el("button", {type: "button", class: "quiet", onclick: set([])}, "none")] : [];
  byId("legend").replaceChildren(...all, ...chips);
}
function refresh() {
  const focused = document.activeElement?.title;
  redraw.forEach(draw => draw());
  if (focused) [...byId("legend").children].find(chip => chip.title === focused)?.focus();
}

function drawTests() {
  if (!tests.length) return;
  drawLegend();
  redraw.add(drawLegend);
  const list = byId("test-list");
  const few = tests.length <= 8;
  tests.forEach((part, n) => {
    const scores = part.lines.map(meanOf).filter(mean => mean != null);
    const range = scores.length ? (scores.length > 1 ? `${fixed(Math.min(...scores), 2)} to ${fixed(Math.max(...scores), 2)}` : fixed(scores[0], 2)) : "";
    const inside = el("div", {class: "inside"});
    part.node = el("details", {class: "test", id: `test-${part.test}-${part.language}`, open: few || n < 2},
      el("summary", {}, testName(part.test, part.language), el("span", {class: "soft"}, range && `mean scores ${range}`)), inside);
    part.inside = inside;
    list.append(part.node);
    whenSeen(inside, () => fillTest(part));
  });
  const controls = byId("test-controls");
  if (tests.length > 4) {
    controls.append(search("find tests", text => {
      const words = wordsOf(text);
      tests.forEach(part => { part.node.hidden = !words.every(word => testName(part.test, part.language).toLowerCase().includes(word)); });
    }));
    controls.append(el("button", {type: "button", onclick: () => tests.forEach(part => { part.node.open = true; })}, "Open all"),
      el("button", {type: "button", onclick: () => tests.forEach(part => { part.node.open = false; })}, "Close all"));
  }
  const toggle = (label, on, change) => {
    const box = el("input", {type: "checkbox", checked: on, onchange: () => { change(box.checked); refresh(); }});
    controls.append(el("label", {class: "check"}, box, label));
  };
  toggle("intervals at 95 %", showBands, on => { showBands = on; });
  if (data.lines.some(line => line.curve)) {
    toggle("fitted curves and half-lengths (◇)", showCurves, on => { showCurves = on; });
  }
  if (data.lines_left_out) list.append(el("p", {class: "soft"}, `${whole(data.lines_left_out)} more lines are left out of this page: synthctx stats BENCH has all.`));
}
function openTest(test, language) {
  const part = tests.find(found => found.test === test && found.language === language);
  part.node.open = true;
  part.node.hidden = false;
  hideTip();
  part.node.scrollIntoView({behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth"});
  part.node.querySelector("summary").focus({preventScroll: true});
}

function fillTest(part) {
  const lengths = [...new Set(part.lines.flatMap(line => line.points.map(point => point[0])))].sort((a, b) => a - b);
  const plots = el("div", {class: "plots"});
  const maps = el("div", {class: `maps${lengths.length > 9 ? " wide" : ""}`});
  const silent = part.lines.filter(line => !line.scored).map(line => data.models[line.at[0]]);
  const depths = (cellsAt.get(part.lines[0].at.join(" ")) ?? []).some(n => columns.depth[n] != null);
  const numbers = el("details", {class: "more"}, el("summary", {}, "Numbers"));
  numbers.addEventListener("toggle", () => { if (numbers.open && numbers.children.length < 2) numbers.append(numbersOf(part)); });
  const kind = data.cells_without.includes(data.tests[part.test]);
  part.inside.append(plots, el("h4", {}, `Mean score by length${depths ? " and depth" : ""}`), kind
    ? el("p", {class: "soft"}, "The page is full: synthctx query BENCH --name heatmap has the cells of this test.") : maps,
    silent.length ? el("p", {class: "soft"}, `No answers: ${silent.slice(0, 12).join(", ")}${silent.length > 12 ? ", …" : ""}`) : "", scaleOf());
  const figure = (title, traces, layout) => {
    const node = el("div", {class: "plot", role: "img", "aria-label": `${title}, ${testName(part.test, part.language)}`});
    plots.append(el("div", {}, el("h4", {}, title), node));
    chart(node, traces, layout);
  };
  if (lengths.length > 1) {
    figure("Pass rate over length", () => lengthTraces(shownLines(part), showCurves),
      () => ({xaxis: lengthAxis(lengths), yaxis: rateAxis("pass rate")}));
  }
  depthFigures(part, figure);
  const drawMaps = () => {
    if (!maps.isConnected) { redraw.delete(drawMaps); return; }
    maps.replaceChildren(...shownLines(part).map(line => heatmap(line.at[0], part.test, part.language)));
  };
  drawMaps();
  redraw.add(drawMaps);
  part.inside.append(...[profileOf(part), versionsOf(part), stepsOf(part)].filter(Boolean), numbers);
}

// Where the evidence lies: by the depth asked for, or the tenth of the context it stands in
function depthFigures(part, figure) {
  const own = rows => rows.filter(row => row[1] === part.test && row[2] === part.language);
  const traces = rows => () => rows.filter(row => shownModels.has(row[0])).flatMap((row, n, shown) =>
    banded(row[0], row.at(-1).map(([x, ...rest]) => [x + 4 * apart(n, shown.length), ...rest])));
  const asked = own(data.depths).map(([model, , , points]) => [model, points.map(([depth, rate, low, high, n]) =>
    [100 * depth, rate, low, high, rateNote(`depth ${depthName(depth)}`, rate, low, high, n)])]);
  const axis = title => () => ({xaxis: {range: [-4, 104], ticksuffix: " %", title: {text: title, standoff: 4}}, yaxis: rateAxis("pass rate")});
  if (asked.length) figure("Pass rate over depth", traces(asked), axis("depth of the evidence"));
  const tenths = rows => rows.map(row => [row[0], row.at(-1).map(([tenth, rate, low, high, n]) =>
    [10 * tenth + 5, rate, low, high, rateNote(`${10 * tenth} to ${10 * tenth + 10} %`, rate, low, high, n)])]);
  const found = data.tenths.filter(row => row[1] === part.test);
  if (found.length) figure("Pass rate by where the first evidence stands", traces(tenths(found)), axis("place in the context"));
  const orders = new Map();
  for (const row of own(data.demonstrations)) if (row[3]) orders.set(row[3], [...(orders.get(row[3]) ?? []), row]);
  for (const [order, rows] of orders) {
    figure(`Pass rate by place of the right label's demonstrations, order: ${order}`, traces(tenths(rows)), axis("mean place in the context"));
  }
}
function profileOf(part) {
  const lines = part.lines.filter(line => line.profile);
  if (!lines.length) return null;
  const name = (line, n) => fixed(line.profile.means[n]);
  const table = sortable([
    {name: "model", cell: line => breakable(data.models[line.at[0]]), value: line => data.models[line.at[0]]},
    ...["head", "middle", "tail"].map((zone, n) => ({name: zone, number: true, cell: line => name(line, n), value: line => line.profile.means[n]})),
    {name: "middle loses", number: true, cell: line => spread(line.profile.loss), value: line => line.profile.loss[0]},
    {name: "p, lost", number: true, cell: line => pName(line.profile.p), value: line => line.profile.p},
    {name: "the middle is", cell: line => el(line.profile.verdict === "lost" ? "strong" : "span", {}, line.profile.verdict), value: line => line.profile.verdict},
    {name: "tail − head", number: true, cell: line => spread(line.profile.bias), value: line => line.profile.bias[0]},
    {name: "p, ends", number: true, cell: line => pName(line.profile.bias_p), value: line => line.profile.bias_p},
    {name: "problems", number: true, cell: line => whole(line.profile.problems), value: line => line.profile.problems},
  ], lines, {limit: 30, label: "Is the middle lost?"});
  return el("div", {}, el("h4", {}, "Is the middle lost? Mean scores with the evidence in the first quarter, the middle half, and the last quarter"), table.node);
}
// A table of what some tests have: the model, then figures of line[key]
function tableOf(part, key, title, figures) {
  const lines = part.lines.filter(line => line[key]);
  if (!lines.length) return null;
  const table = sortable([
    {name: "model", cell: line => breakable(data.models[line.at[0]]), value: line => data.models[line.at[0]]},
    ...figures.map(([name, n, text]) => ({name, number: true, cell: line => text(line[key][n]), value: line => line[key][n]})),
  ], lines, {limit: 30, label: title});
  return el("div", {}, el("h4", {}, title), table.node);
}
const count = n => (n == null ? "–" : whole(n));
const versionsOf = part => tableOf(part, "versions", "Problems in several versions", [
  ["answers right", 0, fixed], ["right in all versions", 1, fixed], ["gap", 2, fixed], ["gap / right in all", 3, fixed],
  ["problems", 4, count], ["with a version missing", 5, count]]);
const stepsOf = part => tableOf(part, "steps", "Procedures: where the first error lies", [
  ["steps before it", 0, fixed], ["median step", 1, n => (n == null ? "–" : String(+n.toPrecision(4)))],
  ["without an error", 2, fixed], ["answers", 3, count]]);
function numbersOf(part) {
  const rows = part.lines.flatMap(line => line.points.map(point => ({line, point})));
  return sortable([
    {name: "model", cell: row => breakable(data.models[row.line.at[0]]), value: row => data.models[row.line.at[0]]},
    {name: "length", number: true, cell: row => lengthName(row.point[0]), value: row => row.point[0]},
    {name: "scored", number: true, cell: row => whole(row.point[1]), value: row => row.point[1]},
    {name: "strict score", number: true, cell: row => fixed(row.point[5]), value: row => row.point[5]},
    {name: "published", number: true, cell: row => fixed(row.point[6]), value: row => row.point[6]},
    {name: "pass rate", number: true, cell: row => spread(row.point.slice(2, 5)), value: row => row.point[2]},
  ], rows, {limit: 60, label: "Figures by length"}).node;
}

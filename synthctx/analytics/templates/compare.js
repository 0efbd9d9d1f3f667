// Two models on the same samples: by test, and by length.
const PAIR = {a: 0, b: 1, test: 2, length: 3, n: 4, problems: 5, onlyA: 6, onlyB: 7, difference: 8, mcnemar: 9, p: 10, holm: 11};

// The least of some round bounds that holds all differences: small ones are seen too
const boundOf = rows => {
  const ends = rows.flatMap(row => row[PAIR.difference] ?? [estimate(row)]).map(Math.abs);
  return [0.1, 0.25, 0.5].find(bound => Math.max(...ends) <= bound) ?? 1;
};
function intervalPicture([value, low, high], bound) {
  const x = at => 85 + 80 * Math.min(Math.max(at / bound, -1), 1);
  return el("svg", {class: "interval", viewBox: "0 0 170 18", "aria-hidden": "true"},
    el("line", {x1: 5, x2: 165, y1: 9, y2: 9}), el("line", {class: "zero", x1: 85, x2: 85, y1: 1, y2: 17}),
    el("line", {class: "bar", x1: x(low), x2: x(high), y1: 9, y2: 9}), el("circle", {cx: x(value), cy: 9, r: 4}));
}
// With one problem there is a difference, and no interval
const estimate = row => row[PAIR.difference]?.[0] ?? (row[PAIR.onlyA] - row[PAIR.onlyB]) / row[PAIR.n];
const differenceName = row => (row[PAIR.difference] ? spread(row[PAIR.difference]) : `${fixed(estimate(row))} (one problem)`);
// The pair as (a, b), turned round where it was computed as (b, a)
function turned(row, a) {
  if (row[PAIR.a] === a) return row;
  const out = [...row];
  [out[PAIR.onlyA], out[PAIR.onlyB]] = [row[PAIR.onlyB], row[PAIR.onlyA]];
  if (row[PAIR.difference]) out[PAIR.difference] = row[PAIR.difference].map(value => -value);
  if (row[PAIR.difference]) out[PAIR.difference] = [out[PAIR.difference][0], out[PAIR.difference][2], out[PAIR.difference][1]];
  return out;
}
function drawCompare() {
  if (!data.pairs.length) return;
  const ranked = orderedModels.filter(model => data.compared.includes(model));
  let [a, b] = ranked;
  const options = ranked.map(model => [model, data.models[model]]);
  const controls = byId("compare-controls");
  function draw() {
    controls.replaceChildren(
      choice("model A", options, value => { if (+value === b) b = a; a = +value; draw(); }, a),
      choice("model B", options, value => { if (+value === a) a = b; b = +value; draw(); }, b));
    const rows = data.pairs.filter(row => [row[0], row[1]].includes(a) && [row[0], row[1]].includes(b)).map(row => turned(row, a));
    const byTest = rows.filter(row => row[PAIR.length] == null);
    const body = byId("compare-body");
    if (!byTest.length) { body.replaceChildren(el("p", {}, "They have no sample in common.")); return; }
    const bound = boundOf(rows);
    const verdict = row => (row[PAIR.holm] >= 0.05 ? "not resolved" : estimate(row) > 0 ? "A is better" : "B is better");
    const table = sortable([
      {name: "test", cell: row => breakable(data.tests[row[PAIR.test]]), value: row => data.tests[row[PAIR.test]]},
      {name: "A − B", number: true, cell: differenceName, value: estimate},
      {name: `−${bound} to ${bound}`, cell: row => row[PAIR.difference] ? intervalPicture(row[PAIR.difference], bound) : "", value: estimate},
      {name: "after Holm", cell: row => el(row[PAIR.holm] < 0.05 ? "strong" : "span", {}, verdict(row)), value: verdict},
      {name: "p, Holm", number: true, cell: row => pName(row[PAIR.holm]), value: row => row[PAIR.holm]},
      {name: "p", number: true, cell: row => pName(row[PAIR.p]), value: row => row[PAIR.p]},
      {name: "McNemar", number: true, title: "exact, samples taken for independent", cell: row => pName(row[PAIR.mcnemar]), value: row => row[PAIR.mcnemar]},
      {name: "only A | B right", number: true, cell: row => `${whole(row[PAIR.onlyA])} | ${whole(row[PAIR.onlyB])}`, value: row => row[PAIR.onlyA] + row[PAIR.onlyB]},
      {name: "samples", number: true, value: row => row[PAIR.n],
        cell: row => [whole(row[PAIR.n]), el("span", {class: "small"}, counted(row[PAIR.problems], "problem"))]},
    ], byTest, {limit: 60, label: "Differences by test"});
    body.replaceChildren(table.node);
    const byLength = rows.filter(row => row[PAIR.length] != null);
    if (byLength.length) body.append(el("h3", {}, "By length"), differences(byLength, bound), differenceScale(bound));
  }
  draw();
}
function differences(rows, bound) {
  const lengths = [...new Set(rows.map(row => row[PAIR.length]))].sort((a, b) => a - b);
  const names = [...new Set(rows.map(row => row[PAIR.test]))];
  const at = new Map(rows.map(row => [`${row[PAIR.test]} ${row[PAIR.length]}`, row]));
  const table = el("table", {class: "map matrix", role: "grid", "aria-label": "Differences by length"},
    el("thead", {}, el("tr", {}, el("td"), lengths.map(length => el("th", {scope: "col"}, lengthName(length))))),
    el("tbody", {}, names.map(test => el("tr", {}, el("th", {scope: "row"}, breakable(data.tests[test])), lengths.map(length => {
      const row = at.get(`${test} ${length}`);
      const cell = el("td", {tabindex: -1});
      if (!row) { cell.className = "none"; cell.textContent = "–"; return cell; }
      const sure = row[PAIR.holm] < 0.05;
      const found = row[PAIR.difference];
      cell.append(el(sure ? "strong" : "span", {}, signed(estimate(row)) + (sure ? " *" : "")),
        el("small", {}, found ? `${signed(found[1])} to ${signed(found[2])}` : "one problem"));
      shade(cell, DIVERGING, (estimate(row) / bound + 1) / 2);
      return tipped(cell, () => [`${data.tests[test]}, ${lengthName(length)}`, `A − B: ${differenceName(row)}`,
        `only A right ${whole(row[PAIR.onlyA])}, only B right ${whole(row[PAIR.onlyB])}`,
        `p ${pName(row[PAIR.p])}, after Holm ${pName(row[PAIR.holm])}, McNemar ${pName(row[PAIR.mcnemar])}`,
        `${counted(row[PAIR.n], "sample")} of ${counted(row[PAIR.problems], "problem")}`].join("\n"));
    })))));
  arrows(table);
  return el("div", {class: "scroll"}, table);
}
const signed = value => `${value > 0 ? "+" : ""}${fixed(value, 2)}`;
function differenceScale(bound) {
  const bar = el("i");
  bar.style.background = `linear-gradient(90deg,${DIVERGING.map(([r, g, b]) => `rgb(${r},${g},${b})`).join(",")})`;
  return el("div", {class: "scale"}, `B better (−${bound})`, bar, `A better (+${bound})`, el("span", {}, "* p < 0.05 after Holm's correction"));
}

// Depth x length pictures as tables: n and interval on hover, by keyboard, and in print.
const cellsAt = new Map(); // "model test language" -> numbers of cells
const columns = data.cells;
columns.model.forEach((model, n) => {
  const key = `${model} ${columns.test[n]} ${columns.language[n]}`;
  if (!cellsAt.has(key)) cellsAt.set(key, []);
  cellsAt.get(key).push(n);
});

// Which models, and which "model test language", have had prompts cut
const modelsCut = new Set(), linesCut = new Set();
columns.cut.forEach((cut, n) => {
  if (!cut) return;
  modelsCut.add(columns.model[n]);
  linesCut.add(`${columns.model[n]} ${columns.test[n]} ${columns.language[n]}`);
});

function cellTip(n) {
  const c = columns;
  const where = `${lengthName(c.length[n])}${c.depth[n] == null ? "" : `, depth ${depthName(c.depth[n])}`}`;
  if (!c.scored[n]) return `${where}\nno answer scored, ${whole(c.n[n])} asked${c.failed[n] ? `, ${c.failed[n]} calls failed` : ""}`;
  const lines = [where, `mean ${fixed(c.mean[n])}${c.paper[n] == null ? "" : `, published ${fixed(c.paper[n])}`}`,
    `pass rate ${fixed(c.rate[n])} [${fixed(c.lo[n])}, ${fixed(c.hi[n])}]`, `${whole(c.scored[n])} of ${whole(c.n[n])} scored`];
  if (c.cut[n]) lines.push(`✂ ${counted(c.cut[n], "prompt")} cut`);
  if (c.failed[n]) lines.push(`${counted(c.failed[n], "call")} failed`);
  if (c.unreadable[n]) lines.push(`${whole(c.unreadable[n])} not readable`);
  return lines.join("\n");
}

function heatmap(model, test, language) {
  const own = cellsAt.get(`${model} ${test} ${language}`) ?? [];
  const lengths = [...new Set(own.map(n => columns.length[n]))].sort((a, b) => a - b);
  const depths = [...new Set(own.map(n => columns.depth[n]))].sort((a, b) => (a ?? -1) - (b ?? -1));
  const at = new Map(own.map(n => [`${columns.length[n]} ${columns.depth[n]}`, n]));
  const dense = lengths.length > 16 || depths.length > 16;
  const every = Math.ceil(lengths.length / 16);
  const rows = Math.ceil(depths.length / 16);
  const body = depths.map((depth, row) => el("tr", {},
    el("th", {scope: "row"}, row % rows ? "" : depth == null ? "all" : depthName(depth)),
    lengths.map(length => {
      const n = at.get(`${length} ${depth}`);
      const cell = el("td", {tabindex: -1});
      if (n === undefined) { cell.className = "none"; return tipped(cell, () => `${lengthName(length)}, depth ${depthName(depth)}\nnot asked`); }
      if (columns.scored[n] === 0) { cell.className = "none"; cell.textContent = "–"; }
      else { shade(cell, CIVIDIS, columns.mean[n]); cell.textContent = fixed(columns.mean[n], 2) + (columns.cut[n] ? " ✂" : ""); }
      if (columns.cut[n]) cell.classList.add("cut");
      cell.addEventListener("click", () => openCell(n));
      return tipped(cell, () => cellTip(n));
    })));
  const table = el("table", {class: `map${dense ? " dense" : ""}`, role: "grid"},
    el("caption", {}, breakable(data.models[model])), el("colgroup", {}, el("col", {class: "names"})),
    el("thead", {}, el("tr", {}, el("th", {class: "corner"}, depths.length > 1 || depths[0] != null ? "depth" : ""),
      lengths.map((length, n) => el("th", {scope: "col"}, n % every ? "" : lengthName(length))))),
    el("tbody", {}, body));
  arrows(table);
  return el("div", {}, table);
}

// One stop of the tab key for a picture; arrows go from cell to cell, Enter opens one.
function arrows(table) {
  const rows = [...table.tBodies[0].rows].map(row => [...row.querySelectorAll("td")]);
  if (rows[0]?.[0]) rows[0][0].tabIndex = 0;
  table.addEventListener("keydown", event => {
    const step = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]}[event.key];
    const row = rows.findIndex(cells => cells.includes(event.target));
    if (row < 0) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.target.click(); return; }
    if (!step) return;
    event.preventDefault();
    const next = rows[row + step[0]]?.[rows[row].indexOf(event.target) + step[1]];
    if (next) { event.target.tabIndex = -1; next.tabIndex = 0; next.focus(); }
  });
}

function scaleOf(more = null) {
  const steps = CIVIDIS.map(([r, g, b]) => `rgb(${r},${g},${b})`).join(",");
  const bar = el("i");
  bar.style.background = `linear-gradient(90deg,${steps})`;
  return el("div", {class: "scale"}, "mean score 0", bar, "1", el("b", {class: "none"}), "no score",
    data.cells.cut.some(Boolean) ? [el("b", {class: "cut"}), "✂ with prompts that were cut"] : null, more && el("span", {}, more));
}

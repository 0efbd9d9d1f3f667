// The worst cells, filtered, and the samples of a cell.
const samplesAt = new Map();
for (const sample of data.samples) {
  if (!samplesAt.has(sample.cell)) samplesAt.set(sample.cell, []);
  samplesAt.get(sample.cell).push(sample);
}
const cellName = n => `${data.models[columns.model[n]]} · ${testName(columns.test[n], columns.language[n])} · ${lengthName(columns.length[n])}` +
  (columns.depth[n] == null ? "" : ` · depth ${depthName(columns.depth[n])}`);

const PROMPT = ["span", "mark", "b", "i"]; // plain, evidence, question, gap
function promptOf(sample) {
  return el("div", {class: "text", tabindex: 0, "aria-label": "prompt"}, sample.prompt.map(([kind, text]) =>
    el(PROMPT[kind], {}, kind === 3 ? `… ${text} …` : text)));
}
function flagsOf(names) {
  return names.map(name => el("span", {class: `flag${name === "truncated_prompt" ? " bad" : ""}`}, name.replaceAll("_", " ")));
}
function sampleOf(sample) {
  const facts = [["score", `${sample.score == null ? sample.status : fixed(sample.score)}${sample.paper == null ? "" : ` (published ${fixed(sample.paper)})`}`],
    ["reference", sample.reference], ["extracted", sample.extracted ?? "nothing"], ["why", sample.why]];
  if (sample.error) facts.push(["error", sample.error]);
  if (sample.params) facts.push(["given to the rule", sample.params]);
  const said = sample.output;
  const more = said != null && sample.characters > said.length ? `… ${whole(sample.characters - said.length)} more characters` : null;
  return el("article", {class: "sample"},
    el("code", {class: "soft"}, sample.id.slice(0, 12)), " ", flagsOf(sample.flags),
    el("dl", {}, facts.filter(([, text]) => text !== "").map(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
    sample.prompt.length ? [el("h4", {}, "What the model was sent", sample.flags.includes("truncated_prompt") ? ", of which the server has cut some" : "", sample.pieces > 1 ? ` (${sample.pieces} pieces of evidence)` : ""), promptOf(sample)]
      : el("p", {class: "soft"}, `The prompt is not here: ${sample.missing}.`),
    el("h4", {}, "What it said"),
    said ? el("div", {class: "text", tabindex: 0, "aria-label": "output"}, said, more && el("i", {}, more)) : el("p", {class: "soft"}, sample.error ? "Nothing: the call failed." : "Nothing."));
}
function samplesOf(n) {
  const found = samplesAt.get(n) ?? [];
  if (found.length) return found.map(sampleOf);
  const right = columns.scored[n] && columns.rate[n] === 1;
  const where = [`model = '${data.models[columns.model[n]].replaceAll("'", "''")}'`, `task = '${data.tests[columns.test[n]].replaceAll("'", "''")}'`,
    `length = ${columns.length[n]}`, ...(columns.depth[n] == null ? [] : [`depth = ${columns.depth[n]}`])].join(" and ");
  return [el("p", {class: "soft"}, right ? "Every answer of this cell is right." : !columns.scored[n] ? "Nothing of this cell was scored." : "The samples of this cell are not in the page. All of them:"),
    right || !columns.scored[n] ? null : el("pre", {class: "text"}, `synthctx query BENCH "from failures where ${where}"`)].filter(Boolean);
}
function openCell(n) {
  openDialog(cellName(n), el("p", {class: "soft"}, cellTip(n).split("\n").slice(1).join(" · ")), ...samplesOf(n));
}

function drawCells() {
  const all = columns.model.map((_, n) => n).filter(n => columns.n[n]);
  const state = {model: "", test: "", length: "", depth: "", flag: "", wrong: true, text: ""};
  const distinct = (name, label) => [["", "all"], ...[...new Set(all.map(n => columns[name][n]))]
    .sort((x, y) => (x ?? -1) - (y ?? -1)).map(value => [String(value), label(value)])];
  const flags = [["", "all"], ...data.flags.map((name, n) => [String(n), name.replaceAll("_", " ")])];
  for (const [key, name] of [["failed", "failed calls"], ["unreadable", "not readable"]]) {
    if (columns[key].some(Boolean)) flags.push([key, name]);
  }
  const texts = new Map();
  const textOf = n => {
    if (!texts.has(n)) {
      const found = (samplesAt.get(n) ?? []).flatMap(s => [s.id, s.reference, s.params, s.extracted, s.why, s.output, s.error, ...s.prompt.map(part => part[1])]);
      texts.set(n, [cellName(n), ...columns.flags[n].map(flag => data.flags[flag]), ...found].join(" ").toLowerCase());
    }
    return texts.get(n);
  };
  const kept = () => {
    const words = wordsOf(state.text);
    return all.filter(n => ["model", "test", "length", "depth"].every(name => state[name] === "" || String(columns[name][n]) === state[name])
      && (!state.wrong || columns.rate[n] !== 1 || columns.failed[n] || columns.cut[n])
      && (state.flag === "" || (columns[state.flag] ? columns[state.flag][n] > 0 : columns.flags[n].includes(+state.flag)))
      && words.every(word => textOf(n).includes(word)));
  };
  const table = sortable([
    {name: "model", cell: n => breakable(data.models[columns.model[n]]), value: n => data.models[columns.model[n]]},
    {name: "test", wrap: true, cell: n => breakable(testName(columns.test[n], columns.language[n])), value: n => testName(columns.test[n], columns.language[n])},
    {name: "length", number: true, cell: n => lengthName(columns.length[n]), value: n => columns.length[n]},
    {name: "depth", number: true, cell: n => depthName(columns.depth[n]), value: n => columns.depth[n]},
    {name: "score", number: true, cell: n => fixed(columns.mean[n]), value: n => columns.mean[n]},
    ...(columns.paper.some(paper => paper != null) ? [{name: "published", number: true, cell: n => fixed(columns.paper[n]), value: n => columns.paper[n]}] : []),
    {name: "pass rate", number: true, cell: n => (columns.scored[n] ? spread([columns.rate[n], columns.lo[n], columns.hi[n]]) : "–"), value: n => columns.rate[n]},
    {name: "scored", number: true, cell: n => `${whole(columns.scored[n])} of ${whole(columns.n[n])}`, value: n => columns.scored[n] / columns.n[n]},
    {name: "flags", cell: n => flagsOf(columns.flags[n].map(flag => data.flags[flag])), value: n => columns.flags[n].length},
    {name: "samples", cell: n => {
      const count = samplesAt.get(n)?.length ?? 0;
      return el("button", {type: "button", class: "quiet", "aria-expanded": "false", "aria-label": `samples of ${cellName(n)}`}, count ? `show ${count}` : "query");
    }, value: n => samplesAt.get(n)?.length ?? 0},
  ], [], {sorted: 4, limit: 25, label: "Worst cells", detail: (tr, n) => {
    const button = tr.querySelector("button");
    // on a phone the button is far to the right: the whole row opens
    tr.addEventListener("click", event => { if (!event.target.closest("button") && !String(getSelection())) button.click(); });
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) tr.nextElementSibling.remove();
      else tr.after(el("tr", {class: "detail"}, el("td", {colspan: tr.cells.length}, el("div", {class: "inner"}, samplesOf(n)))));
    });
  }});
  const apply = () => {
    const rows = kept();
    table.show(rows);
    byId("cells-shown").textContent = `${whole(rows.length)} of ${whole(all.length)} cells` +
      (data.cells_without.length ? `; without those of ${data.cells_without.length} tests for which the page has no room` : "");
  };
  const set = name => value => { state[name] = value; apply(); };
  const box = el("input", {type: "checkbox", checked: true, onchange: () => { state.wrong = box.checked; apply(); }});
  const controls = [["model", "model", m => data.models[m]], ["test", "test", t => data.tests[t]], ["length", "length", lengthName], ["depth", "depth", depthName]];
  byId("cell-controls").append(
    ...controls.map(([name, title, label]) => choice(title, distinct(name, label), set(name))),
    choice("flag", flags, set("flag")), search("text", set("text")),
    el("label", {class: "check"}, box, "only cells with something wrong"));
  byId("cell-list").append(table.node);
  apply();
}

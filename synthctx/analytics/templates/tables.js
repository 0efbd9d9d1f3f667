// Tables that can be sorted by any column, with the keyboard too.
//
// columns: [{name, number, cell(row) -> text or node, value(row) -> for sorting, title, group}];
// neighbours of one group have its name above them.
function sortable(columns, rows, {sorted = null, descending = false, limit = Infinity, detail = null, label = ""} = {}) {
  const state = {column: sorted, descending, shown: limit, rows};
  const body = el("tbody");
  const heads = columns.map((column, n) => el("th", {scope: "col", class: column.number && "n"},
    el("button", {type: "button", title: column.title, onclick: () => {
      state.descending = state.column === n ? !state.descending : Boolean(column.number);
      state.column = n;
      fill();
    }}, column.name)));
  const more = el("button", {type: "button", class: "more", onclick: () => { state.shown += 100; fill(); }});
  function fill() {
    heads.forEach((head, n) => {
      if (n === state.column) head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    let ordered = state.rows;
    if (state.column != null) {
      const value = columns[state.column].value;
      const sign = state.descending ? -1 : 1;
      ordered = [...ordered].sort((a, b) => compare(value(a), value(b), sign));
    }
    body.replaceChildren(...ordered.slice(0, state.shown).map(row => line(row)));
    more.hidden = ordered.length <= state.shown;
    more.textContent = `Show more (${whole(ordered.length - state.shown)} left)`;
  }
  function line(row) {
    const cells = columns.map((column, n) => {
      const found = column.cell(row);
      return n === 0 ? el("th", {scope: "row"}, found) : el("td", {class: column.number ? "n" : column.wrap && "wrap"}, found);
    });
    const tr = el("tr", {}, cells);
    if (detail) detail(tr, row);
    return tr;
  }
  fill();
  const table = el("table", {"aria-label": label}, el("thead", {}, groupsOf(columns), el("tr", {}, heads)), body);
  const node = el("div", {}, el("div", {class: "scroll"}, table), more);
  return {node, show(found) { state.rows = found; state.shown = limit; fill(); }};
}
function groupsOf(columns) {
  if (!columns.some(column => column.group)) return null;
  const groups = [];
  for (const {group = ""} of columns) {
    if (groups.at(-1)?.group === group) groups.at(-1).span += 1;
    else groups.push({group, span: 1});
  }
  return el("tr", {class: "groups"}, groups.map(({group, span}) =>
    group ? el("th", {scope: "colgroup", colspan: span}, group) : el("td", {colspan: span})));
}
// Missing values go to the end, whichever way a column is sorted.
function compare(a, b, sign) {
  if (a == null || b == null) return (a == null) - (b == null);
  if (typeof a === "string") return sign * a.localeCompare(b, "en", {numeric: true});
  return sign * (a - b);
}

// What all parts share: data, elements made without HTML, colours, tooltip, dialog, theme.
const byId = id => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);
const root = document.documentElement;
const redraw = new Set(); // called when the theme or the models shown change

// Make an element; text is always text, never HTML.
function el(tag, attributes = {}, ...children) {
  const space = ["svg", "line", "circle", "path"].includes(tag) && "http://www.w3.org/2000/svg";
  const node = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat(3).filter(child => child != null && child !== false));
  return node;
}

const fixed = (value, digits = 3) => (value == null ? "–" : value.toFixed(digits).replace("-", "−"));
const spread = found => (found ? `${fixed(found[0])} [${fixed(found[1])}, ${fixed(found[2])}]` : "–");
const whole = n => n.toLocaleString("en");
const counted = (n, what) => `${whole(n)} ${what}${n === 1 ? "" : "s"}`;
const lengthName = n => data.lengths[n] ?? String(n);
const depthName = d => (d == null ? "–" : `${+(100 * d).toPrecision(4)} %`);
const pName = p => (p == null ? "–" : p < 0.0001 ? "< 0.0001" : p.toPrecision(2));
// The language is said where a test has several
const languagesOf = data.tests.map(() => new Set());
data.cells.test.forEach((test, n) => languagesOf[test].add(data.cells.language[n]));
data.lines?.forEach(line => languagesOf[line.at[1]].add(line.at[2]));
const testName = (test, language) =>
  data.tests[test] + (languagesOf[test].size > 1 ? ` · ${data.languages[language] || "no language"}` : "");
// Names break after these signs, and within a word only where there is no other way
const breakable = name => name.split(/(?<=[/_.:?=&·-])(?=[^/_.:?=&·-])/).flatMap((part, n) => (n ? [el("wbr"), part] : [part]));
const tokensName = n => (n >= 1048576 ? `${+(n / 1048576).toPrecision(3)}M` : `${+(n / 1024).toPrecision(3)}k`);

// ---- colours: Okabe and Ito's palette for lines, Cividis for pictures; both colour-blind safe
const PALETTES = {
  light: ["#0072B2", "#D55E00", "#009E73", "#B0568A", "#3C97CC", "#B67A00", "#5F6670"],
  dark: ["#56B4E9", "#FF8A3D", "#2CC79A", "#E79AC6", "#A9D8F5", "#F2C14E", "#B4BAC2"],
};
const DASHES = ["solid", "dash", "dot", "dashdot"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "x", "cross", "star"];
const theme = () => root.dataset.theme;
// by rank, so that the models shown at first differ in colour
const modelColour = model => PALETTES[theme()][rankOf[model] % 7];
const modelDash = model => DASHES[Math.floor(rankOf[model] / 7) % 4];
const modelSymbol = model => SYMBOLS[(rankOf[model] + Math.floor(rankOf[model] / 7)) % 7];
const cssColour = name => getComputedStyle(root).getPropertyValue(name).trim();
const pale = (colour, share) => {
  const part = at => parseInt(colour.slice(at, at + 2), 16);
  return `rgba(${part(1)},${part(3)},${part(5)},${share})`;
};
const CIVIDIS = [[0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115],
  [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56]];
const DIVERGING = [[178, 88, 6], [224, 150, 70], [247, 247, 247], [120, 170, 214], [8, 81, 156]];
function between(stops, share) {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(place), stops.length - 2);
  return stops[low].map((value, i) => Math.round(value + (stops[low + 1][i] - value) * (place - low)));
}
function shade(cell, stops, share) {
  const [r, g, b] = between(stops, share);
  cell.style.background = `rgb(${r},${g},${b})`;
  cell.style.color = (0.299 * r + 0.587 * g + 0.114 * b) > 128 ? "#10151b" : "#ffffff";
}

// ---- tooltip: lines of text beside whatever is pointed at or focused
const tip = byId("tip");
function showTip(node, text) {
  tip.textContent = text;
  tip.hidden = false;
  const box = node.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left + box.width / 2 - size.width / 2), innerWidth - size.width - 8);
  const above = box.top - size.height - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 4 ? above : box.bottom + 8}px`;
}
const hideTip = () => { tip.hidden = true; };
function tipped(node, text) {
  node.addEventListener("mouseenter", () => showTip(node, text()));
  node.addEventListener("mouseleave", hideTip);
  node.addEventListener("focus", () => { if (node.matches(":focus-visible")) showTip(node, text()); });
  node.addEventListener("blur", hideTip);
  return node;
}
addEventListener("scroll", hideTip, {passive: true, capture: true});
addEventListener("keydown", event => { if (event.key === "Escape") hideTip(); });

// ---- dialog
const dialog = byId("dialog");
function openDialog(title, ...content) {
  hideTip();
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...content);
  dialog.showModal();
  dialog.scrollTop = 0;
}
byId("dialog-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });

// ---- theme: the system's until something else is chosen
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
let chosenTheme = "auto";
try { chosenTheme = localStorage.getItem("synthctx-theme") || "auto"; } catch { /* not kept */ }
function applyTheme() {
  if (!["light", "dark"].includes(chosenTheme)) chosenTheme = "auto";
  root.dataset.theme = chosenTheme === "auto" ? (prefersDark.matches ? "dark" : "light") : chosenTheme;
  byId("theme").textContent = `Theme: ${chosenTheme}`;
  redraw.forEach(draw => draw());
}
byId("theme").addEventListener("click", () => {
  const order = ["auto", "light", "dark"];
  chosenTheme = order[(order.indexOf(chosenTheme) + 1) % 3];
  try { localStorage.setItem("synthctx-theme", chosenTheme); } catch { /* not kept */ }
  applyTheme();
});
prefersDark.addEventListener("change", applyTheme);

// ---- controls
function choice(label, options, change, value) {
  const select = el("select", {onchange: () => change(select.value)},
    options.map(([key, name]) => el("option", {value: key}, name)));
  if (value != null) select.value = value;
  return el("label", {}, label, select);
}
function search(label, change) {
  const input = el("input", {type: "search", oninput: () => change(input.value)});
  return el("label", {}, label, input);
}
const wordsOf = text => text.toLowerCase().split(/\s+/).filter(Boolean);

// Call `draw` once when `node` comes near the screen, or when the page is printed.
const waiting = new Map();
const observer = new IntersectionObserver(entries => {
  for (const {isIntersecting, target} of entries) if (isIntersecting) drawNow(target);
}, {rootMargin: "500px"});
function whenSeen(node, draw) { waiting.set(node, draw); observer.observe(node); }
function drawNow(node) {
  const draw = waiting.get(node);
  waiting.delete(node);
  observer.unobserve(node);
  if (draw) draw();
}

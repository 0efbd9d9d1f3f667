// Line charts, drawn by plotly once they come into view.
let plotlyReady = null;
function loadPlotly() {
  plotlyReady ??= (async () => {
    const text = byId("plotly").textContent;
    const packed = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    byId("plotly").remove();
  })();
  return plotlyReady;
}
const clean = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); // plotly reads some HTML

// Draw traces() into node, and again whenever theme or models change.
function chart(node, traces, layout) {
  const draw = () => {
    if (!node.isConnected) { redraw.delete(draw); return; }
    const ink = cssColour("--ink"), line = cssColour("--line");
    const axis = {gridcolor: line, linecolor: line, tickcolor: line, zeroline: false, fixedrange: true, automargin: true};
    const given = layout();
    Plotly.react(node, traces(), {
      font: {color: ink, family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 12},
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", height: 310,
      margin: {l: 56, r: 14, t: 10, b: 52}, showlegend: false, hovermode: "closest", dragmode: false,
      hoverlabel: {bgcolor: ink, bordercolor: ink, font: {color: cssColour("--paper"), size: 12.5}, align: "left"},
      ...given, xaxis: {...axis, ...given.xaxis}, yaxis: {...axis, ...given.yaxis},
    }, {displayModeBar: false, responsive: true});
  };
  loadPlotly().then(() => { draw(); redraw.add(draw); }).catch(() => {
    node.textContent = "The pictures need a browser of 2023 or later; the numbers are in the tables.";
  });
}

// points: [[x, value, low, high, note]]
function banded(model, points) {
  const colour = modelColour(model);
  const x = points.map(point => point[0]);
  const edge = {x, mode: "lines", line: {width: 0}, hoverinfo: "skip"};
  const band = [
    {...edge, y: points.map(point => point[2])},
    {...edge, y: points.map(point => point[3]), fill: "tonexty", fillcolor: pale(colour, theme() === "dark" ? 0.17 : 0.13)},
  ];
  return [
    ...(showBands ? band : []),
    {x, y: points.map(point => point[1]), mode: "lines+markers", line: {color: colour, width: 2, dash: modelDash(model)},
      marker: {size: 8, symbol: modelSymbol(model), color: colour}, hoverinfo: "text",
      text: points.map(point => `${clean(data.models[model])}<br>${point[4]}`)},
  ];
}
const rateNote = (where, rate, low, high, n) => `${where}: ${fixed(rate)} [${fixed(low)}, ${fixed(high)}]<br>${whole(n)} scored`;

const place = length => Math.max(length, 512); // a length of 0 stands at 512, as in the fit
function lengthAxis(lengths) {
  return {type: "log", title: {text: "length in tokens", standoff: 4}, tickvals: lengths.map(place), ticktext: lengths.map(lengthName), minor: {ticks: ""}};
}
const rateAxis = title => ({range: [-0.04, 1.04], title: {text: title, standoff: 6}, tickformat: ".1f", dtick: 0.2});

// Models stand a little apart, so that equal ones do not hide each other
const apart = (n, all) => (all > 1 ? (n - (all - 1) / 2) / Math.max(all - 1, 4) : 0); // -0.5 to 0.5

function lengthTraces(lines, curves) {
  const out = [];
  const all = lines.flatMap(line => line.points.map(point => Math.log2(place(point[0]))));
  const width = 0.045 * (Math.max(...all) - Math.min(...all));
  for (const [at, line] of lines.entries()) {
    const model = line.at[0];
    const shift = 2 ** (width * apart(at, lines.length));
    out.push(...banded(model, line.points.filter(point => point[2] != null).map(([length, n, rate, low, high]) =>
      [shift * place(length), rate, low, high, rateNote(lengthName(length), rate, low, high, n)])));
    if (curves && line.curve?.[0] != null) out.push(...fitted(line));
  }
  return out;
}
// The logistic curve, and its half-length with the interval where the data close it
function fitted(line) {
  const [half, low, high, slope, misfit] = line.curve;
  const floor = line.floor ?? 0;
  const ends = line.points.map(point => Math.log2(place(point[0])));
  const first = Math.min(...ends), last = Math.max(...ends);
  const x = Array.from({length: 61}, (_, n) => 2 ** (first + (last - first) * n / 60));
  const y = x.map(at => floor + (1 - floor) / (1 + Math.exp(slope * (Math.log2(at) - Math.log2(half)))));
  const colour = modelColour(line.at[0]);
  const out = [{x, y, mode: "lines", line: {color: colour, width: 1.3, dash: "dot"}, hoverinfo: "skip"}];
  if (half >= 2 ** first && half <= 2 ** last) {
    const note = `${clean(data.models[line.at[0]])}<br>half-length ${tokensName(half)}, ${low == null || high == null ? "interval open" : `[${tokensName(low)}, ${tokensName(high)}]`}` +
      (misfit != null && misfit < 0.05 ? "<br>the curve does not fit well" : "");
    const closed = low != null && high != null && low >= 2 ** first && high <= 2 ** last;
    const error = {type: "data", symmetric: false, array: [high - half], arrayminus: [half - low], color: colour, thickness: 1.5, width: 5};
    out.push({x: [half], y: [floor + (1 - floor) / 2], mode: "markers", error_x: closed ? error : undefined, hoverinfo: "text", text: [note],
      marker: {size: 11, symbol: "diamond-open", color: colour, line: {width: 2}}});
  }
  return out;
}

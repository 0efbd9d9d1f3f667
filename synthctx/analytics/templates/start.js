// Everything that is there is drawn; printing draws what was waiting to be seen, in light colours.
applyTheme();
if (byId("answer")) {
  drawSummary();
  drawMatrix();
  drawTests();
  drawCompare();
  drawCells();
}
if (tests.length) setTimeout(loadPlotly, 1500); // printing does not wait for it
addEventListener("beforeprint", () => {
  root.dataset.theme = "light";
  for (const node of [...waiting.keys()]) if (node.closest("details")?.open) drawNow(node);
  redraw.forEach(draw => draw());
});
addEventListener("afterprint", applyTheme);

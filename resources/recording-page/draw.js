// The pictures: a canvas each, drawn from what data.js gives.
function colour(value, high) {
  if (!(value >= 0)) return null;
  return CIVIDIS[Math.min(255, Math.floor((value / high) * 256))];
}
const rgb = (c) => "rgb(" + (c >> 16) + "," + ((c >> 8) & 255) + "," + (c & 255) + ")";

// Black or white, whichever is read better on it (WCAG relative luminance).
function inkOn(c) {
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear((c >> 16) / 255) + 0.7152 * linear(((c >> 8) & 255) / 255) +
    0.0722 * linear((c & 255) / 255);
  return luminance > 0.179 ? "#000000" : "#ffffff";
}

const themeColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A canvas whose pixels are the screen's; returns its context in CSS pixels.
function contextOf(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.style.height = height + "px";
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return context;
}

function heatmapGeometry(width) {
  const left = 30, top = 20, right = 6, bottom = 6;
  const cellHeight = Math.max(9, Math.min(24, Math.floor(580 / Math.max(1, numLayers))));
  const cellWidth = Math.max(2, (width - left - right) / Math.max(1, numExperts));
  return { left, top, cellWidth, cellHeight, height: top + numLayers * cellHeight + bottom };
}

function drawHeatmap(canvas, state) {
  const width = canvas.clientWidth;
  const g = heatmapGeometry(width);
  const c = contextOf(canvas, width, g.height);
  c.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
  c.textBaseline = "middle";
  const digits = g.cellWidth >= 34 && g.cellHeight >= 14;
  for (let layer = 0; layer < numLayers; ++layer) {
    const y = g.top + layer * g.cellHeight;
    if (g.cellHeight >= 13 || layer % 8 === 0) {
      c.fillStyle = themeColour("--muted");
      c.textAlign = "right";
      c.fillText(layer, g.left - 6, y + g.cellHeight / 2);
    }
    for (let expert = 0; expert < numExperts; ++expert)
      drawCell(c, { x: g.left + expert * g.cellWidth, y, w: g.cellWidth, h: g.cellHeight, digits }, state.token, layer, expert);
  }
  drawExpertNumbers(c, g);
  if (state.layer < 0) return;
  c.strokeStyle = themeColour("--accent");
  c.lineWidth = 2;
  c.strokeRect(g.left + state.expert * g.cellWidth - 1, g.top + state.layer * g.cellHeight - 1, g.cellWidth + 1, g.cellHeight + 1);
}

function drawExpertNumbers(c, g) {
  c.fillStyle = themeColour("--muted");
  c.textAlign = "center";
  const step = g.cellWidth >= 22 ? 1 : Math.ceil(22 / g.cellWidth);
  for (let expert = 0; expert < numExperts; expert += step)
    c.fillText(expert, g.left + (expert + 0.5) * g.cellWidth, g.top / 2 + 1);
}

// Selection is shape, not colour: it reads in print and with any colour vision.
function drawCell(c, cell, token, layer, expert) {
  const p = probOf(token, layer, expert);
  const fill = colour(p, 1);
  if (fill === null) {
    c.strokeStyle = themeColour("--border-strong");
    c.lineWidth = 1;
    c.strokeRect(cell.x + 1.5, cell.y + 1.5, cell.w - 3, cell.h - 3);
    return;
  }
  const gap = cell.w > 6 ? 1.5 : 0.5;
  c.fillStyle = rgb(fill);
  c.fillRect(cell.x + gap, cell.y + 1, cell.w - 2 * gap, cell.h - 2);
  if (cell.digits) {
    c.fillStyle = inkOn(fill);
    c.textAlign = "center";
    c.fillText(p.toFixed(2), cell.x + cell.w / 2, cell.y + cell.h / 2 + 0.5);
  }
  const choice = choiceOf(token, layer, expert);
  if (choice < 0) return;
  const thick = choice > 0 ? 1 : cell.h < 14 ? 1.75 : 2.5;
  c.strokeStyle = themeColour("--text");
  c.lineWidth = thick;
  c.setLineDash(p < 0.15 ? [3, 2] : []);
  c.strokeRect(cell.x + thick / 2, cell.y + thick / 2, cell.w - thick, cell.h - thick);
  c.setLineDash([]);
  if (choice > 0) return;
  c.fillStyle = themeColour("--text");
  const corner = Math.min(8, cell.h * 0.6, cell.w * 0.4);
  c.beginPath();
  c.moveTo(cell.x, cell.y);
  c.lineTo(cell.x + corner, cell.y);
  c.lineTo(cell.x, cell.y + corner);
  c.fill();
}

function waterfallGeometry(width, token) {
  const left = 30, top = 6, bottom = 6;
  const rowHeight = Math.max(3, Math.min(14, Math.floor(220 / Math.max(1, numLayers))));
  const cellWidth = Math.max(4, Math.min(12, Math.floor((width - left - 6) / Math.max(1, numTokens))));
  const shown = Math.min(numTokens, Math.max(1, Math.floor((width - left - 6) / cellWidth)));
  const first = Math.max(0, Math.min(numTokens - shown, token - Math.floor(shown / 2)));
  return { left, top, rowHeight, cellWidth, shown, first, height: top + numLayers * rowHeight + bottom };
}

function drawWaterfall(canvas, state) {
  const width = canvas.clientWidth;
  const g = waterfallGeometry(width, state.token);
  const c = contextOf(canvas, width, g.height);
  const quantity = quantities[state.tint];
  const high = quantity.high();
  for (let i = 0; i < g.shown; ++i)
    for (let layer = 0; layer < numLayers; ++layer) {
      const fill = colour(valueOf(state.tint, g.first + i, layer, state.expert), high);
      if (fill === null) continue;
      c.fillStyle = rgb(fill);
      c.fillRect(g.left + i * g.cellWidth, g.top + layer * g.rowHeight, g.cellWidth, g.rowHeight);
    }
  c.strokeStyle = themeColour("--text");
  c.lineWidth = 2;
  c.strokeRect(g.left + (state.token - g.first) * g.cellWidth - 1, g.top - 2, g.cellWidth + 2, numLayers * g.rowHeight + 4);
  if (quantity.noLayer) return;
  c.fillStyle = themeColour("--muted");
  c.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
  c.textAlign = "right";
  c.textBaseline = "middle";
  const step = g.rowHeight >= 12 ? 1 : Math.ceil(12 / g.rowHeight / 8) * 8;
  for (let layer = 0; layer < numLayers; layer += step) c.fillText(layer, g.left - 6, g.top + (layer + 0.5) * g.rowHeight);
  if (state.layer < 0) return;
  c.fillStyle = themeColour("--accent");
  c.fillRect(g.left - 4, g.top + state.layer * g.rowHeight, 3, g.rowHeight);
}

function drawRamp(canvas) {
  canvas.width = 256;
  canvas.height = 1;
  const c = canvas.getContext("2d");
  for (let i = 0; i < 256; ++i) {
    c.fillStyle = rgb(CIVIDIS[i]);
    c.fillRect(i, 0, 1, 1);
  }
}

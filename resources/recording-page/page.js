// What is chosen, and how the parts follow it.
const $ = (id) => document.getElementById(id);
const state = { token: 0, layer: -1, expert: 0, tint: "gate", playing: false };
const spans = [];

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

// ---------------------------------------------------------------- what never changes

function showHead() {
  const title = visibleLine(recording.title) || "Recording";
  $("title").textContent = title;
  document.title = title + " \u2013 Gatescope recording";
  const badge = (word, meaning) => {
    const node = element("span", word, "badge");
    node.title = meaning;
    $("badges").append(node);
  };
  badge("REPLAY", "Read from a recording, not computed now");
  if (recording.synthetic) badge("SYNTHETIC", "From random weights: it means nothing");
  $("facts").textContent = visibleLine([recording.model || "unknown model", numLayers + " layers of " + numExperts + " experts, " +
    numSelected + " selected", numTokens + " tokens", recording.application].join(" \u00b7 "));
  $("manifest").textContent = JSON.stringify(recording.manifest, null, 2);
}

function showText() {
  const bodies = recording.messages.map((message) => {
    const body = element("div", undefined, "message " + (message.role === "user" ? "user" : "assistant"));
    body.dir = "auto";
    const who = element("span", message.role === "user" ? "You" : "Model", "who");
    for (const intervention of message.interventions) who.append(element("span", intervention, "badge"));
    if (message.interrupted) who.append(element("span", "interrupted", "badge"));
    body.append(who);
    if (message.token_count === 0) body.append(visible(message.text));
    $("text").append(body);
    return body;
  });
  for (let t = 0; t < numTokens; ++t) {
    const span = element("span", visible(recording.texts[t]), "token");
    span.dataset.token = t;
    bodies[recording.message[t]].append(span);
    spans.push(span);
  }
}

function fillChoices() {
  const option = (value, text) => {
    const node = element("option", text);
    node.value = value;
    return node;
  };
  $("layer").append(option(-1, "all, mean"));
  for (let l = 0; l < numLayers; ++l) $("layer").append(option(l, String(l)));
  for (let e = 0; e < numExperts; ++e) $("expert").append(option(e, String(e)));
  $("scrubber").max = Math.max(0, numTokens - 1);
}

// ---------------------------------------------------------------- what follows the choice

function tintText() {
  const quantity = quantities[state.tint];
  const high = quantity.high();
  for (let t = 0; t < numTokens; ++t) {
    const value = valueOf(state.tint, t, state.layer, state.expert);
    spans[t].style.setProperty("--value", value >= 0 ? Math.min(1, value / high).toFixed(3) : "0");
  }
  const unit = quantity.unit || "";
  for (const node of document.querySelectorAll("#legend .high")) node.textContent = Number(high.toFixed(2)) + unit;
  $("legend-chance").textContent = quantity.chance() ? "a router that prefers nobody: " + quantity.chance() : "";
  $("layer").disabled = Boolean(quantity.noLayer);
  $("expert").disabled = !quantity.needsExpert;
  const of = $("tint").selectedOptions[0].textContent + (quantity.needsExpert ? " " + state.expert : "");
  $("waterfall-title").textContent = "Over the tokens: " + of + (quantity.noLayer ? "" : ", a row a layer");
}

function quoted(text) {
  const line = visibleLine(text);
  return "\u201c" + (line.trim() === "" ? line.replace(/ /g, "\u2423") : line) + "\u201d";
}

function predictionText(predicted) {
  if (predicted.same) return "the model's likeliest";
  return "likeliest was " + (predicted.text === undefined ? "" : quoted(predicted.text) + ", ") + "id " + predicted.id;
}

function showToken(previous) {
  const t = state.token;
  if (numTokens === 0) return;
  if (spans[previous]) spans[previous].classList.remove("chosen");
  spans[t].classList.add("chosen");
  $("scrubber").value = t;
  $("position").textContent = t + 1 + " / " + numTokens;
  $("token").textContent = "Token " + t + ": " + quoted(recording.texts[t]);
  const facts = ["id " + recording.ids[t], recording.generated[t] ? "generated" : "prompt"];
  if (recording.drafted[t]) facts.push("drafted");
  if (recording.logprobs[t] !== null) facts.push("log p " + recording.logprobs[t].toFixed(3), "surprise " + surpriseOf(t).toFixed(2) + " bits");
  const predicted = predictedOf(t);
  if (predicted !== null) facts.push(predictionText(predicted));
  $("token-facts").textContent = facts.join(" \u00b7 ");
  if ($("numbers").open) showNumbers();
}

function keepInView() {
  const box = $("text").getBoundingClientRect();
  const span = spans[state.token].getBoundingClientRect();
  if (span.top < box.top || span.bottom > box.bottom)
    $("text").scrollTop += span.top - box.top - box.height / 2;
}

function showReading() {
  const { token, layer, expert } = state;
  if (layer < 0) {
    $("reading").textContent = "Choose a cell: click it, or use the arrow keys in the picture.";
    return;
  }
  if (!isRouted(token, layer)) {
    $("reading").textContent = "Layer " + layer + ": nothing was computed for this token.";
    return;
  }
  const choice = choiceOf(token, layer, expert);
  const words = ["first choice", "second choice", "third choice"];
  const m = measure(token, layer);
  const z = logSumExpOf(token, layer);
  $("reading").textContent = "Layer " + layer + ", expert " + expert + ": p " + probOf(token, layer, expert).toFixed(4) +
    " (chance " + (1 / numExperts).toFixed(4) + "), " + (choice < 0 ? "not selected" : (words[choice] || "choice " + (choice + 1)) +
    ", gate " + gateOf(token, layer, expert).toFixed(4)) + ". The layer: entropy " + m.entropy.toFixed(2) + " of " +
    Math.log2(numExperts).toFixed(2) + " bits, margin " + m.margin.toFixed(4) + ", routed mass " + m.mass.toFixed(3) +
    (Number.isNaN(z) ? "" : ", ln \u03a3 exp of the logits " + z.toFixed(3) + " (squared, as the z-loss has it: " + (z * z).toFixed(2) + ")") + ".";
}

function showLoad() {
  const layer = Math.max(0, state.layer);
  const load = recording.load;
  $("load-title").textContent = "Load of layer " + layer;
  const body = $("load").tBodies[0];
  body.replaceChildren();
  if (load.tokens === 0) {
    $("load-note").textContent = "No token has routing.";
    return;
  }
  const shares = load.shares[layer];
  const scale = 100 / Math.max(load.band.high, ...shares);
  shares.forEach((share, expert) => {
    const row = element("tr", undefined, state.layer >= 0 && expert === state.expert ? "chosen" : "");
    row.dataset.share = share;
    const bar = element("div", undefined, "bar");
    const part = (tag, left, width) => {
      const node = element(tag);
      node.style.left = left + "%";
      if (width !== undefined) node.style.width = width + "%";
      bar.append(node);
    };
    part("b", load.band.low * scale, (load.band.high - load.band.low) * scale);
    part("i", 0, share * scale);
    part("u", load.band.level * scale);
    bar.title = (100 * share).toFixed(1) + " %";
    const cell = element("td");
    cell.append(bar);
    row.append(element("td", String(expert)), cell, element("td", load.counts[layer][expert] + " (" + (100 * share).toFixed(1) + " %)"));
    body.append(row);
  });
  $("load-note").textContent = load.tokens + " " + load.population + " tokens. Grey band: what chance gives all experts together in 95 of 100 cases, " +
    (100 * load.band.low).toFixed(1) + " to " + (100 * load.band.high).toFixed(1) + " %; line: " + (100 * load.band.level).toFixed(1) + " %.";
}

// The heatmap as a table, with the stored numbers in data-p.
function showNumbers() {
  const table = $("probs");
  table.replaceChildren();
  const head = table.createTHead().insertRow();
  head.append(element("th", "layer"));
  for (let e = 0; e < numExperts; ++e) head.append(element("th", String(e)));
  if (logSumExps !== null) head.append(element("th", "ln \u03a3 exp"));
  const body = table.createTBody();
  for (let l = 0; l < numLayers; ++l) {
    const row = body.insertRow();
    row.append(element("th", String(l)));
    for (let e = 0; e < numExperts; ++e) {
      const p = probOf(state.token, l, e);
      const choice = choiceOf(state.token, l, e);
      const cell = element("td", Number.isNaN(p) ? "\u2013" : p.toFixed(4), choice === 0 ? "first" : choice > 0 ? "later" : "");
      cell.dataset.p = p;
      cell.dataset.choice = choice;
      cell.dataset.gate = gateOf(state.token, l, e);
      row.append(cell);
    }
    if (logSumExps !== null) {
      const z = logSumExpOf(state.token, l);
      row.append(element("td", Number.isNaN(z) ? "\u2013" : z.toFixed(3)));
      row.lastChild.dataset.lse = z;
    }
    if (!isRouted(state.token, l)) continue;
    const m = measure(state.token, l);
    row.dataset.entropy = m.entropy;
    row.dataset.margin = m.margin;
    row.dataset.mass = m.mass;
  }
}

function drawAll() {
  drawHeatmap($("heatmap"), state);
  drawWaterfall($("waterfall"), state);
}

function choose(change) {
  const before = { ...state };
  Object.assign(state, change);
  state.token = Math.max(0, Math.min(numTokens - 1, state.token));
  if (numTokens === 0) return;
  if (state.tint !== before.tint || state.layer !== before.layer || state.expert !== before.expert) {
    $("layer").value = state.layer;
    $("expert").value = state.expert;
    $("tint").value = state.tint;
    tintText();
    showLoad();
  }
  if (state.token !== before.token) {
    showToken(before.token);
    keepInView();
  }
  showReading();
  drawAll();
}

// ---------------------------------------------------------------- hands

let lastFrame = 0, owed = 0;
function playFrame(now) {
  if (!state.playing) return;
  owed += ((now - lastFrame) / 1000) * Number($("speed").value);
  lastFrame = now;
  const steps = Math.floor(owed);
  owed -= steps;
  if (steps > 0) choose({ token: state.token + steps });
  if (state.token >= numTokens - 1) setPlaying(false);
  else requestAnimationFrame(playFrame);
}

function setPlaying(on) {
  state.playing = on;
  $("play").textContent = on ? "Pause" : "Play";
  if (!on) return;
  if (state.token >= numTokens - 1) choose({ token: 0 });
  owed = 0;
  lastFrame = performance.now();
  requestAnimationFrame(playFrame);
}

function walkCells(key) {
  const layer = Math.max(0, state.layer);
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
  if (state.layer < 0) choose({ layer: 0, expert: 0 });
  else choose({ layer: clamp(layer + step[0], numLayers), expert: clamp(state.expert + step[1], numExperts) });
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const tag = event.target.tagName;
  if (tag === "SELECT" || (tag === "INPUT" && event.key !== " ")) return;
  const arrow = event.key.startsWith("Arrow");
  if (event.target === $("heatmap") && arrow) walkCells(event.key);
  else if (event.key === "ArrowRight" || event.key === ".") choose({ token: state.token + 1 });
  else if (event.key === "ArrowLeft" || event.key === ",") choose({ token: state.token - 1 });
  else if (event.key === "Home") choose({ token: 0 });
  else if (event.key === "End") choose({ token: numTokens - 1 });
  else if (event.key === " " && tag !== "BUTTON" && tag !== "SUMMARY") setPlaying(!state.playing);
  else return;
  event.preventDefault();
}

function cellAt(event) {
  const g = heatmapGeometry($("heatmap").clientWidth);
  const layer = Math.floor((event.offsetY - g.top) / g.cellHeight);
  const expert = Math.floor((event.offsetX - g.left) / g.cellWidth);
  return layer >= 0 && layer < numLayers && expert >= 0 && expert < numExperts ? { layer, expert } : null;
}

function describeHover(event) {
  const cell = cellAt(event);
  $("heatmap").title = cell && isRouted(state.token, cell.layer)
    ? "layer " + cell.layer + ", expert " + cell.expert + ": p " + probOf(state.token, cell.layer, cell.expert).toFixed(4) : "";
}

function chooseInWaterfall(event) {
  const g = waterfallGeometry($("waterfall").clientWidth, state.token);
  const column = Math.floor((event.offsetX - g.left) / g.cellWidth);
  const layer = Math.floor((event.offsetY - g.top) / g.rowHeight);
  if (column < 0 || column >= g.shown || layer < 0 || layer >= numLayers) return;
  choose({ token: g.first + column, layer });
}

function connect() {
  document.addEventListener("keydown", onKey);
  $("play").addEventListener("click", () => setPlaying(!state.playing));
  $("previous").addEventListener("click", () => choose({ token: state.token - 1 }));
  $("next").addEventListener("click", () => choose({ token: state.token + 1 }));
  $("scrubber").addEventListener("input", () => choose({ token: Number($("scrubber").value) }));
  for (const name of ["layer", "expert"]) $(name).addEventListener("change", () => choose({ [name]: Number($(name).value) }));
  $("tint").addEventListener("change", () => choose({ tint: $("tint").value }));
  $("text").addEventListener("click", (event) => {
    if (event.target.dataset.token !== undefined) choose({ token: Number(event.target.dataset.token) });
  });
  $("text").addEventListener("mouseover", (event) => {
    const token = event.target.dataset.token;
    if (token === undefined) return;
    const value = valueOf(state.tint, Number(token), state.layer, state.expert);
    event.target.title = Number.isNaN(value) ? "token " + token : "token " + token + ": " + value.toFixed(4);
  });
  $("heatmap").addEventListener("mousemove", describeHover);
  $("heatmap").addEventListener("click", (event) => { const cell = cellAt(event); if (cell) choose(cell); });
  $("waterfall").addEventListener("click", chooseInWaterfall);
  $("numbers").addEventListener("toggle", () => { if ($("numbers").open) showNumbers(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new ResizeObserver(drawAll).observe($("left"));
}

// #token=12&layer=3&expert=5&tint=margin&numbers opens the page there.
function chosenByAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  const number = (name, count, otherwise) => {
    const value = Number.parseInt(words.get(name), 10);
    return value >= 0 && value < count ? value : otherwise;
  };
  if (Object.hasOwn(quantities, words.get("tint"))) state.tint = words.get("tint");
  state.layer = number("layer", numLayers, -1);
  state.expert = number("expert", numExperts, 0);
  state.token = number("token", numTokens, recording.generated.indexOf(1) > 0 ? recording.generated.indexOf(1) : 0);
  $("numbers").open = words.has("numbers");
}

function start() {
  showHead();
  showText();
  fillChoices();
  document.querySelectorAll("canvas.ramp").forEach(drawRamp);
  chosenByAddress();
  for (const name of ["layer", "expert", "tint"]) $(name).value = state[name];
  tintText();
  showLoad();
  showToken(-1);
  showReading();
  connect();
  drawAll();
  if (numTokens > 0) keepInView();
}
start();

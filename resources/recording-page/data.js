// What the recording holds. Everything in it comes from people and models: it reaches the page as
// textContent only, never as markup.
const recording = JSON.parse(document.getElementById("recording").textContent);
const { tokens: numTokens, layers: numLayers, experts: numExperts, selected: numSelected } = recording.shape;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Little-endian IEEE 754 binary32, whatever the machine.
function floatsOf(base64) {
  const view = new DataView(bytesOf(base64).buffer);
  const floats = new Float32Array(view.byteLength / 4);
  for (let i = 0; i < floats.length; ++i) floats[i] = view.getFloat32(4 * i, true);
  return floats;
}

// Little-endian words, whatever the machine.
function wordsOf(base64) {
  const bytes = bytesOf(base64);
  const words = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < words.length; ++i) words[i] = bytes[2 * i] | (bytes[2 * i + 1] << 8);
  return words;
}

// IEEE 754 binary16, exactly.
function halfToNumber(word) {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const probs = Float32Array.from(wordsOf(recording.probs), halfToNumber);  // [tokens, layers, experts]
const gates = Float32Array.from(wordsOf(recording.gates), halfToNumber);  // [tokens, layers, selected]
const picks = wordsOf(recording.picks);  // [tokens, layers, selected] larger gate first
const NO_PICK = 0xffff;
// [tokens, layers] ln of the sum of exp over the router's logits; none in older recordings.
const logSumExps = recording.lse === null ? null : floatsOf(recording.lse);

const rowOf = (token, layer) => token * numLayers + layer;
const probOf = (token, layer, expert) => probs[rowOf(token, layer) * numExperts + expert];
const isRouted = (token, layer) => numExperts > 0 && !Number.isNaN(probOf(token, layer, 0));

const logSumExpOf = (token, layer) => (logSumExps === null ? NaN : logSumExps[rowOf(token, layer)]);

// What the model would rather have said, or said: the text is known where the id stands in the
// recording. Null: a prompt, or not recorded.
function predictedOf(token) {
  const id = recording.predicted === null ? -1 : recording.predicted[token];
  return id < 0 ? null : { id, text: textOfId().get(id), same: id === recording.ids[token] };
}

let textsById = null;
function textOfId() {
  if (textsById === null) {
    textsById = new Map();
    recording.ids.forEach((id, t) => { if (recording.texts[t] !== "" && !textsById.has(id)) textsById.set(id, recording.texts[t]); });
  }
  return textsById;
}

// Which choice the expert was: 0 first, 1 second, ...; -1: not selected.
function choiceOf(token, layer, expert) {
  const row = rowOf(token, layer) * numSelected;
  for (let k = 0; k < numSelected; ++k) if (picks[row + k] === expert) return k;
  return -1;
}

function gateOf(token, layer, expert) {
  const choice = choiceOf(token, layer, expert);
  return choice < 0 ? 0 : gates[rowOf(token, layer) * numSelected + choice];
}

// As engine/routing/router_measures.h defines them.
function measure(token, layer) {
  const first = rowOf(token, layer) * numExperts;
  const sorted = Array.from(probs.subarray(first, first + numExperts)).sort((a, b) => b - a);
  let selected = 0, mass = 0, entropy = 0;
  for (let k = 0; k < numSelected; ++k) {
    const expert = picks[rowOf(token, layer) * numSelected + k];
    if (expert === NO_PICK) continue;
    ++selected;
    mass += probOf(token, layer, expert);
  }
  for (const p of sorted) if (p > 0) entropy -= p * Math.log2(p);
  const margin = selected === 0 ? 0 : sorted[selected - 1] - (selected < numExperts ? sorted[selected] : 0);
  return { entropy, margin, mass };
}

const surpriseOf = (token) =>
  recording.logprobs[token] === null ? NaN : -recording.logprobs[token] / Math.LN2;

// Each quantity: what it is of one token and layer, its range, and what a router gives that
// prefers nobody.
const quantities = {
  gate: { of: (t, l, e) => gateOf(t, l, e), high: () => 1, chance: () => "", needsExpert: true },
  prob: { of: (t, l, e) => probOf(t, l, e), high: () => 1, chance: () => (1 / numExperts).toFixed(3), needsExpert: true },
  margin: { of: (t, l) => measure(t, l).margin, high: () => 1, chance: () => "0" },
  entropy: { of: (t, l) => measure(t, l).entropy, high: () => Math.max(1, Math.log2(numExperts)), unit: " bits",
    chance: () => Math.log2(numExperts).toFixed(2) + " bits" },
  mass: { of: (t, l) => measure(t, l).mass, high: () => 1, chance: () => (numSelected / numExperts).toFixed(3) },
  surprise: { of: (t) => surpriseOf(t), high: highestSurprise, unit: " bits", chance: () => "", noLayer: true },
};

function highestSurprise() {
  let high = 1;
  for (let t = 0; t < numTokens; ++t) if (surpriseOf(t) > high) high = Math.ceil(surpriseOf(t));
  return high;
}

// One value a token; layer -1: the mean over the layers.
function valueOf(name, token, layer, expert) {
  const quantity = quantities[name];
  if (quantity.noLayer) return quantity.of(token);
  if (layer >= 0) return isRouted(token, layer) ? quantity.of(token, layer, expert) : NaN;
  let sum = 0, count = 0;
  for (let l = 0; l < numLayers; ++l) {
    if (!isRouted(token, l)) continue;
    sum += quantity.of(token, l, expert);
    ++count;
  }
  return count ? sum / count : NaN;
}

// Controls that would reorder or hide text are shown as pictures, as in the program.
function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u2028\u2029]/g, "\u2424")
    .replace(/[\u0080-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufffc\ufdd0-\ufdef]/g, "\ufffd");
}
const visibleLine = (text) => visible(text).replace(/\n/g, "\u23ce").replace(/\t/g, "\u21e5");

/* Decoding: from the compact arrays of geo/layers/encode.py to typed arrays. */

function bytes(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}
const u8 = (text) => bytes(text);
const i16 = (text) => new Int16Array(bytes(text).buffer);
const i32 = (text) => new Int32Array(bytes(text).buffer);
const u32 = (text) => new Uint32Array(bytes(text).buffer);
const f32 = (text) => new Float32Array(bytes(text).buffer);
const u64 = (text) => new BigUint64Array(bytes(text).buffer);

function running(counts) {
  const begin = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) begin[i + 1] = begin[i] + counts[i];
  return begin;
}

function words(packed) {
  return packed ? { list: packed.words, at: u32(packed.at) } : null;
}
const wordAt = (packed, i) => packed.list[packed.at[i]];

const decoders = {
  cells: decodeCells, hatch: decodeCells, lines: decodeLines, routes: decodeLines,
  outlines: decodeLines, points: decodePoints, labels: decodePoints,
};

function decode(layer) {
  const out = decoders[layer.kind](layer);
  out.kind = layer.kind;
  out.title = layer.title;
  out.side = layer.side;
  out.ids = words(layer.ids);
  out.tooltip = (layer.tooltip || []).map((f) => ({
    label: f.label, suffix: f.suffix, decimals: f.decimals,
    numbers: f.numbers === undefined ? null : f32(f.numbers),
    words: f.words === undefined ? null : words(f),
  }));
  return out;
}

function decodeCells(p) {
  const n = p.n, centres = i32(p.centres), offsets = i16(p.offsets);
  const begin = typeof p.sides === "number"
    ? Int32Array.from({ length: n + 1 }, (_, i) => i * p.sides) : running(u8(p.sides));
  let radius = 1;
  for (let k = 0; k < Math.min(offsets.length, 240); k += 2) {
    radius = Math.max(radius, Math.hypot(offsets[k], offsets[k + 1]) * p.unit);
  }
  const out = {
    n, centres, offsets, begin, unit: p.unit, radius, cells: u64(p.cells),
    classes: p.classes === undefined ? null : u8(p.classes), palette: p.palette || [], edge: p.edge || "",
    rim: p.rim === undefined ? null : u8(p.rim), size: p.size === undefined ? null : u8(p.size),
    opacity: p.opacity === undefined ? null : u8(p.opacity), outlined: p.outlined || false,
    pills: p.pills || [], bucket: radius * 2, buckets: new Map(),
  };
  for (let i = 0; i < n; i++) {
    const key = bucketKey(out, centres[2 * i], centres[2 * i + 1]);
    const list = out.buckets.get(key);
    if (list) list.push(i); else out.buckets.set(key, [i]);
  }
  return out;
}

function bucketKey(layer, x, y, dx, dy) {
  return (Math.floor(x / layer.bucket) + (dx || 0)) * 4194304 + Math.floor(y / layer.bucket) + (dy || 0);
}

function decodeLines(p) {
  const counts = u32(p.counts), begin = running(counts), starts = i32(p.starts), steps = i16(p.steps);
  const xy = new Int32Array(steps.length), boxes = new Float64Array(counts.length * 4);
  for (let part = 0; part < counts.length; part++) {
    let x = starts[2 * part], y = starts[2 * part + 1], w = x, n = y, e = x, s = y;
    for (let k = begin[part]; k < begin[part + 1]; k++) {
      x += steps[2 * k]; y += steps[2 * k + 1];
      xy[2 * k] = x; xy[2 * k + 1] = y;
      if (x < w) w = x; if (x > e) e = x; if (y < n) n = y; if (y > s) s = y;
    }
    boxes.set([w, n, e, s], part * 4);
  }
  return {
    n: counts.length, begin, xy, boxes, owner: u32(p.owner), role: p.role, names: p.names || [],
    classes: p.classes === undefined ? null : u8(p.classes), styles: p.styles || [],
    letters: p.letters || [], colours: p.colours || [], chosen: p.selected || null,
  };
}

function decodePoints(p) {
  return {
    n: p.n, xy: i32(p.at), look: p.look || null, symbols: p.symbols || [],
    classes: p.classes === undefined ? null : u8(p.classes), text: words(p.text),
    importance: p.importance === undefined ? null : f32(p.importance), colour: words(p.colour),
  };
}

/* Decoding: from the compact arrays of geo/layers/encode.py to typed arrays. */

function bytes(text) {
  const raw = atob(text), out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}
const u8 = (text) => bytes(text);
const i8 = (text) => new Int8Array(bytes(text).buffer);
const u16 = (text) => new Uint16Array(bytes(text).buffer);
const i16 = (text) => new Int16Array(bytes(text).buffer);
const i32 = (text) => new Int32Array(bytes(text).buffer);
const u32 = (text) => new Uint32Array(bytes(text).buffer);
const f32 = (text) => new Float32Array(bytes(text).buffer);
const u64 = (text) => new BigUint64Array(bytes(text).buffer);
const SIDES = 6, BITS_64 = (1n << 64n) - 1n;

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
    numbers: f.numbers === undefined ? null : scaled(f),
    words: f.words === undefined ? null : words(f),
  }));
  return out;
}

/* Numbers of a tooltip: bytes hold them times a power of ten, their largest value a missing one. */
function scaled(field) {
  if (field.bytes === 4) return f32(field.numbers);
  const packed = field.bytes === 1 ? u8(field.numbers) : u16(field.numbers), missing = field.bytes === 1 ? 255 : 65535;
  const by = 10 ** field.decimals;
  return Float32Array.from(packed, (value) => (value === missing ? NaN : value / by));
}

/* Centres and corners in steps: see encode_cells of geo/layers/encode.py. */
function decodeGeometry(p) {
  const n = p.n, placed = p.wide ? i32(p.centres) : u16(p.centres), centres = new Int32Array(2 * n);
  for (let k = 0; k < centres.length; k++) centres[k] = Math.round(p.origin[k % 2] + placed[k] * p.grain);
  const even = typeof p.sides === "number", counts = even ? null : u8(p.sides);
  const begin = even ? Int32Array.from({ length: n + 1 }, (_, i) => i * p.sides) : running(counts);
  const offsets = new Float32Array(2 * begin[n]), bends = i8(p.bends), others = i16(p.offsets);
  let bent = 0, other = 0;
  for (let i = 0; i < n; i++) {
    const ringed = p.ring.length && begin[i + 1] - begin[i] === SIDES;
    for (let k = 2 * begin[i]; k < 2 * begin[i + 1]; k++) {
      offsets[k] = ringed ? p.ring[k - 2 * begin[i]] + bends[bent++] * p.bend : others[other++] * p.unit;
    }
  }
  return { n, centres, offsets, begin };
}

/* H3 cells stay packed: they are asked for one at a time. */
function cellText(layer, i) {
  return ((layer.cells.base + (BigInt(layer.cells.at[i]) << layer.cells.shift)) & BITS_64).toString(16);
}

function indexOfCell(layer, text) {
  const { base, at, shift, wide } = layer.cells;
  if (!/^[0-9a-f]{15,16}$/.test(text)) return -1;
  const apart = BigInt("0x" + text) - base;
  if (apart < 0n || apart & ((1n << shift) - 1n)) return -1;
  return at.indexOf(wide ? apart : Number(apart >> shift));
}

function decodeCells(p) {
  const geometry = decodeGeometry(p), { n, centres, offsets } = geometry;
  let radius = 1;
  for (let k = 0; k < Math.min(offsets.length, 240); k += 2) radius = Math.max(radius, Math.hypot(offsets[k], offsets[k + 1]));
  const c = p.cells;
  const out = {
    ...geometry, radius, cells: { at: c.wide ? u64(c.at) : u32(c.at), base: BigInt("0x" + c.base), shift: BigInt(c.shift), wide: c.wide },
    classes: p.classes === undefined ? null : u8(p.classes), palette: p.palette || [], edge: p.edge || "",
    rim: p.rim === undefined ? null : u8(p.rim), size: p.size === undefined ? null : u8(p.size),
    opacity: p.opacity === undefined ? null : u8(p.opacity), look: p.look || "",
    months: p.months === undefined ? null : decodeMonths(p.months, n), pills: p.pills || [], bucket: radius * 2, buckets: new Map(),
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
    letters: p.letters || [], colours: p.colours || [], chosen: p.selected || null, beside: p.beside !== false,
  };
}

function decodePoints(p) {
  return {
    n: p.n, xy: i32(p.at), look: p.look || null, symbols: p.symbols || [],
    classes: p.classes === undefined ? null : u8(p.classes), text: words(p.text),
    importance: p.importance === undefined ? null : f32(p.importance), colour: words(p.colour),
  };
}

/* Piste's map: one persistent canvas sheet over Leaflet.
 *
 * window.piste.start(map)   once per frame; sets up sheet, controls, typeface.
 * window.piste.show(scene)  on every change; decodes compact arrays and repaints. No reload, zoom stays.
 * window.__piste            what tests and benchmarks read: scenes shown, paints, milliseconds, layers.
 *
 * Text from data is only ever drawn on canvas or set as textContent. Colours of the base map are those
 * of geo/layers/palette.py (a test compares them).
 */
(function () {
  "use strict";

  const INK = "#1C2B33", INK_2 = "#4A5A63", WHITE = "#FFFFFF";
  const LAND = "#FBFAF5", NEIGHBOUR = "#EDECE5", WATER = "#CFE0E8";
  const BORDER = "#6F7B80", BORDER_OTHER = "#BFC3BC";
  const TOWN_LABEL = "#26343B", COUNTRY_LABEL = "#5F6B70";
  const BASE = "#0F3D56", CLOSING = "#A33B1F";
  const HATCH = "rgba(122,133,136,.68)", HATCH_OUTLINE = "#3C494F";

  const CELL_STEPS = 2 ** 30, LINE_STEPS = 2 ** 24;
  const NOT_DRAWN = 255;
  const CELL_GAP = 0.955;        // share of its side a cell is drawn at, so land shows between
  const ROUTE_LANE_PX = 4.6;     // routes run this far beside the road
  const HALO_PX = 3.4;
  const FONT = '"Piste Sans", "Source Sans", sans-serif';
  const FONT_URL = "../../app/static/vendor/fonts/SourceSansVF-Upright.woff2";
  const PATH_CELLS = 64;         // a longer Path2D takes Chromium ever longer to build: 20,000 cells 330 ms, in 64s 13 ms
  const PATH_POINTS = 600;
  const PAD = 0.25;              // the sheet reaches this share of the view beyond each edge

  const state = {
    map: null, sheet: null, base: [], baseKey: null, layers: [], scene: null, home: null,
    selected: null, hover: null, extent: null, cut: [], kept: null, split: 0.5, scale: 1, touched: false, quiet: false, homeZoom: 0,
  };
  const record = { scenes: 0, painted: 0, paint_ms: 0, decode_ms: 0, layers: [], font: false };
  window.__piste = record;

  /* ---------- decoding ---------- */

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

  /* ---------- the sheet: a Leaflet renderer, so that zoom and pan animate like any other ---------- */

  function makeSheet() {
    return L.Renderer.extend({
      options: { padding: PAD, pane: "overlayPane" },
      _initContainer: function () {
        this._container = document.createElement("div");
        this._paper = this._container.appendChild(document.createElement("canvas"));
        this._glass = this._container.appendChild(document.createElement("canvas"));
        for (const canvas of [this._paper, this._glass]) {
          canvas.style.cssText = "position:absolute;left:0;top:0;pointer-events:none";
        }
      },
      _destroyContainer: function () { this._container.remove(); },
      _updatePaths: function () {},
      _onZoomEnd: function () {},
      _update: function () {
        if (this._map._animatingZoom && this._bounds) return;
        L.Renderer.prototype._update.call(this);
        paint();
      },
    });
  }

  /* What one paint needs: canvas context and the way from square to canvas px. */
  function frameOf(canvas) {
    const map = state.map, ratio = window.devicePixelRatio || 1, size = map.getSize();
    const bounds = state.sheet._bounds, wide = bounds.getSize().x, high = bounds.getSize().y;
    const corner = bounds.min.add(map.getPixelOrigin());
    if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(high * ratio)) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(high * ratio);
      canvas.style.width = wide + "px";
      canvas.style.height = high + "px";
    }
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, wide, high);
    g.lineJoin = "round";
    g.lineCap = "round";
    const shift = map.containerPointToLayerPoint([0, 0]).subtract(bounds.min);
    return {
      g, wide, high, ratio, ox: corner.x, oy: corner.y, world: 256 * 2 ** map.getZoom(), zoom: map.getZoom(),
      px: state.scale, splitX: shift.x + state.split * size.x, view: { x: shift.x, y: shift.y, w: size.x, h: size.y },
      grow: Math.min(1.6, Math.max(0.8, 1 + 0.12 * (map.getZoom() - state.homeZoom))),
    };
  }

  const bySide = () => state.layers.some((layer) => layer.side !== "both");

  function sided(f, layer, drawing) {
    if (layer.side === "both") { drawing(); return; }
    const g = f.g, before = layer.side === "before";
    g.save();
    g.beginPath();
    g.rect(before ? 0 : f.splitX, 0, before ? f.splitX : f.wide - f.splitX, f.high);
    g.clip();
    drawing();
    g.restore();
  }

  function paint() {
    const map = state.map;
    if (!state.scene || !state.sheet._bounds || map.getSize().x < 2) return;
    const begun = performance.now();
    state.scale = rootScale();
    const f = frameOf(state.sheet._paper), all = state.base.concat(state.layers);
    const of = (kind) => all.filter((layer) => layer.kind === kind);
    const outlines = (role) => of("outlines").filter((layer) => layer.role === role);
    paintGround(f, outlines);
    for (const river of of("lines").filter((l) => l.role === "river")) drawLines(f, river, 1);
    const roads = (layers) => layers.filter((l) => l.kind === "lines" && l.role !== "river");
    for (const road of roads(state.base)) drawLines(f, road, 1);
    for (const hatch of of("hatch")) sided(f, hatch, () => drawHatch(f, hatch, outlines("land")));
    for (const cells of of("cells")) sided(f, cells, () => drawCells(f, cells));
    for (const river of of("lines").filter((l) => l.role === "river")) drawLines(f, river, 0.55);
    paintBorders(f, outlines);
    for (const road of roads(state.layers)) sided(f, road, () => drawLines(f, road, 1));
    drawSelected(f);
    const taken = controlBoxes(f);
    for (const routes of of("routes")) drawRoutes(f, routes, taken);
    writeAll(f, all, taken);
    drawGlass();
    record.painted += 1;
    record.paint_ms = performance.now() - begun;
  }

  function paintGround(f, outlines) {
    const g = f.g, neighbours = outlines("neighbour").filter((layer) => layer.n);
    g.fillStyle = NEIGHBOUR;
    g.fillRect(0, 0, f.wide, f.high);
    if (neighbours.length) {
      const s = f.world / LINE_STEPS, b = state.extent, cut = state.cut;  /* beyond a cut nobody knows what is land */
      const x = cut[0] ? b[0] * s - f.ox + 1.5 : 0, y = cut[1] ? b[1] * s - f.oy + 1.5 : 0;
      const w = (cut[2] ? b[2] * s - f.ox - 1.5 : f.wide) - x, h = (cut[3] ? b[3] * s - f.oy - 1.5 : f.high) - y;
      g.save();
      g.beginPath();
      g.rect(x, y, w, h);
      g.clip();
      g.fillStyle = WATER;
      g.fillRect(x, y, w, h);
      for (const layer of neighbours) {
        const path = pathOf(f, layer);
        g.fillStyle = NEIGHBOUR;
        g.fill(path, "evenodd");
        g.strokeStyle = BORDER_OTHER;
        g.lineWidth = 1 * f.px;
        g.stroke(path);
      }
      g.restore();
    }
    for (const layer of outlines("land")) { g.fillStyle = LAND; g.fill(pathOf(f, layer), "evenodd"); }
    for (const layer of outlines("water")) { g.fillStyle = WATER; g.fill(pathOf(f, layer), "evenodd"); }
  }

  function paintBorders(f, outlines) {
    const g = f.g;
    for (const layer of outlines("admin1")) {
      g.save();
      g.globalAlpha = 0.38;
      g.strokeStyle = BORDER;
      g.lineWidth = 0.9 * f.px;
      g.lineCap = "butt";
      g.setLineDash([3 * f.px, 3 * f.px]);
      g.stroke(pathOf(f, layer));
      g.restore();
    }
    const paths = outlines("land").map((layer) => pathOf(f, layer));
    for (const [colour, width] of [["rgba(255,255,255,.92)", 3.2], [BORDER, 1.3]]) {
      g.strokeStyle = colour;
      g.lineWidth = width * f.px;
      for (const path of paths) g.stroke(path);
    }
  }

  /* ---------- lines ---------- */

  function inSight(f, layer, part, margin) {
    const s = f.world / LINE_STEPS, b = layer.boxes, k = part * 4;
    return b[k + 2] * s - f.ox > -margin && b[k] * s - f.ox < f.wide + margin &&
      b[k + 3] * s - f.oy > -margin && b[k + 1] * s - f.oy < f.high + margin;
  }

  /* Points of one part on canvas; those closer than a fraction of a px to the last are passed over. */
  function pointsOf(f, layer, part) {
    const s = f.world / LINE_STEPS, xy = layer.xy, out = [];
    const last = layer.begin[part + 1] - 1;
    let px = NaN, py = NaN;
    for (let k = layer.begin[part]; k <= last; k++) {
      const x = xy[2 * k] * s - f.ox, y = xy[2 * k + 1] * s - f.oy;
      if (k !== last && Math.abs(x - px) < 0.6 && Math.abs(y - py) < 0.6) continue;
      out.push(x, y);
      px = x; py = y;
    }
    return out;
  }

  function trace(path, points) {
    path.moveTo(points[0], points[1]);
    for (let k = 2; k < points.length; k += 2) path.lineTo(points[k], points[k + 1]);
  }

  function pathOf(f, layer) {
    const path = new Path2D();
    for (let part = 0; part < layer.n; part++) if (inSight(f, layer, part, 20)) trace(path, pointsOf(f, layer, part));
    return path;
  }

  /* Dense networks are drawn thinner, so that ground and classes stay readable. */
  function thinner(f, layer) {
    if (layer.role === "river") return 1;
    let seen = 0;
    for (let part = 0; part < layer.n; part++) if (inSight(f, layer, part, -f.wide * PAD / (1 + 2 * PAD))) seen++;
    return Math.max(0.45, Math.min(1, Math.sqrt(400 / Math.max(seen, 1))));
  }

  /* The same lines as many short paths, for strokes. */
  function strokesOf(f, layer, wanted) {
    const paths = [];
    let points = Infinity;
    for (let part = 0; part < layer.n; part++) {
      if (!wanted(layer.owner[part]) || !inSight(f, layer, part, 20)) continue;
      if (points > PATH_POINTS) { paths.push(new Path2D()); points = 0; }
      const line = pointsOf(f, layer, part);
      trace(paths[paths.length - 1], line);
      points += line.length / 2;
    }
    return paths;
  }

  function drawLines(f, layer, alpha) {
    const g = f.g, grow = f.grow * thinner(f, layer);
    layer.styles.forEach((style, number) => {
      if (f.zoom < style.fromZoom) return;
      const paths = strokesOf(f, layer, (owner) => layer.classes[owner] === number);
      const draw = () => { for (const path of paths) g.stroke(path); };
      g.save();
      g.globalAlpha = alpha;
      if (style.casing) { g.strokeStyle = WHITE; g.lineWidth = style.casing * f.px * grow; draw(); }
      g.strokeStyle = style.colour;
      g.lineWidth = style.width * f.px * grow;
      if (style.dash.length) { g.setLineDash(style.dash.map((d) => d * f.px)); g.lineCap = style.dash[0] < 2 ? "round" : "butt"; }
      draw();
      g.restore();
      if (style.cross) drawCrosses(f, layer, number, style);
    });
  }

  function drawCrosses(f, layer, number, style) {
    const g = f.g, step = style.cross * f.px, arm = 3.6 * f.px;
    const path = new Path2D();
    for (let part = 0; part < layer.n; part++) {
      if (layer.classes[layer.owner[part]] !== number || !inSight(f, layer, part, 20)) continue;
      walk(pointsOf(f, layer, part), step, (x, y) => {
        path.moveTo(x - arm, y - arm); path.lineTo(x + arm, y + arm);
        path.moveTo(x - arm, y + arm); path.lineTo(x + arm, y - arm);
      });
    }
    for (const [colour, width] of [[LAND, 4], [style.colour, 1.8]]) {
      g.strokeStyle = colour;
      g.lineWidth = width * f.px;
      g.stroke(path);
    }
  }

  /* Visit a line every so many px, the first time after half a step; short lines once, in the middle. */
  function walk(points, step, visit) {
    let length = 0;
    for (let k = 2; k < points.length; k += 2) length += Math.hypot(points[k] - points[k - 2], points[k + 1] - points[k - 1]);
    let due = Math.min(step, length) / 2, run = 0;
    for (let k = 2; k < points.length; k += 2) {
      const dx = points[k] - points[k - 2], dy = points[k + 1] - points[k - 1], d = Math.hypot(dx, dy);
      while (d > 0 && due <= run + d) {
        const t = (due - run) / d;
        visit(points[k - 2] + dx * t, points[k - 1] + dy * t, dx / d, dy / d);
        due += step;
      }
      run += d;
    }
  }

  /* ---------- routes: beside the road, white casing, a letter disc where they part ---------- */

  function drawRoutes(f, layer, taken) {
    const g = f.g, lanes = [];
    for (let part = 0; part < layer.n; part++) {
      const number = layer.owner[part], lane = (number % 2 ? 1 : -1) * (1 + Math.floor(number / 2) * 1.05);
      lanes.push({ number, points: beside(thin(pointsOf(f, layer, part), 2), lane * ROUTE_LANE_PX * f.px) });
    }
    lanes.sort((a, b) => (layer.letters[a.number] === layer.chosen) - (layer.letters[b.number] === layer.chosen));
    for (const lane of lanes) {
      const chosen = layer.letters[lane.number] === layer.chosen, path = new Path2D();
      trace(path, lane.points);
      for (const [colour, width] of [[WHITE, (chosen ? 5 : 3) + 2.4], [layer.colours[lane.number], chosen ? 5 : 3]]) {
        g.strokeStyle = colour;
        g.lineWidth = width * f.px;
        g.stroke(path);
      }
    }
    lanes.sort((a, b) => a.number - b.number).forEach((lane) => {
      if (lane.number !== layer.owner[layer.owner.indexOf(lane.number)]) return;
      const spot = apart(f, lane, lanes, taken);
      if (spot) drawDisc(f, spot, layer.colours[lane.number], layer.letters[lane.number], taken);
    });
  }

  function thin(points, least) {
    const out = [points[0], points[1]];
    for (let k = 2; k < points.length; k += 2) {
      const last = k === points.length - 2;
      if (last || Math.hypot(points[k] - out[out.length - 2], points[k + 1] - out[out.length - 1]) >= least) {
        out.push(points[k], points[k + 1]);
      }
    }
    return out;
  }

  /* The line shifted sideways; corners are mitred, but never farther than twice the shift. */
  function beside(p, shift) {
    const out = [], n = p.length / 2;
    for (let i = 0; i < n; i++) {
      const a = Math.max(0, i - 1), b = Math.min(n - 1, i + 1);
      let nx = 0, ny = 0;
      for (const [from, to] of [[a, i], [i, b]]) {
        const dx = p[2 * to] - p[2 * from], dy = p[2 * to + 1] - p[2 * from + 1], d = Math.hypot(dx, dy);
        if (d > 0) { nx -= dy / d; ny += dx / d; }
      }
      const size = Math.hypot(nx, ny) || 1, turn = i === a || i === b ? 1 : Math.max(0.5, size / 2);
      out.push(p[2 * i] + (nx / size) * shift / turn, p[2 * i + 1] + (ny / size) * shift / turn);
    }
    return out;
  }

  /* The spot of a route in view that lies farthest from the other routes and from discs already set. */
  function apart(f, lane, lanes, taken) {
    let best = null, most = -Infinity;
    const length = lane.points.length < 4 ? 0 : 1, v = f.view, margin = 22 * f.px;
    if (!length) return null;
    const others = lanes.filter((other) => other.number !== lane.number).map((other) => {
      const marks = [];
      walk(other.points, 12, (x, y) => marks.push(x, y));
      return marks;
    });
    walk(lane.points, 16, (x, y) => {
      if (x < v.x + margin || y < v.y + margin || x > v.x + v.w - margin || y > v.y + v.h - margin) return;
      let near = 90, disc = 150;
      for (const marks of others) for (let k = 0; k < marks.length; k += 2) near = Math.min(near, Math.hypot(marks[k] - x, marks[k + 1] - y));
      for (const box of taken) disc = Math.min(disc, Math.hypot((box.x0 + box.x1) / 2 - x, (box.y0 + box.y1) / 2 - y));
      const ends = Math.min(Math.hypot(x - lane.points[0], y - lane.points[1]),
        Math.hypot(x - lane.points[lane.points.length - 2], y - lane.points[lane.points.length - 1]));
      const score = near + Math.min(ends, 300) * 0.2 + disc * 0.8 - (disc < 26 * f.px ? 1000 : 0);
      if (score > most) { most = score; best = { x, y }; }
    });
    return best;
  }

  function drawDisc(f, spot, colour, letter, taken) {
    const g = f.g, r = 10 * f.px;
    g.beginPath();
    g.arc(spot.x, spot.y, r, 0, 2 * Math.PI);
    g.fillStyle = colour;
    g.fill();
    g.strokeStyle = WHITE;
    g.lineWidth = 1.8 * f.px;
    g.stroke();
    g.fillStyle = WHITE;
    g.font = `700 ${13 * f.px}px ${FONT}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText(letter, spot.x, spot.y + 0.5 * f.px);
    taken.push({ x0: spot.x - r, y0: spot.y - r, x1: spot.x + r, y1: spot.y + r });
  }

  /* ---------- cells ---------- */

  function cellTo(path, f, layer, i, share) {
    const s = f.world / CELL_STEPS, cx = layer.centres[2 * i], cy = layer.centres[2 * i + 1], k = layer.unit * share;
    for (let v = layer.begin[i]; v < layer.begin[i + 1]; v++) {
      const x = (cx + layer.offsets[2 * v] * k) * s - f.ox, y = (cy + layer.offsets[2 * v + 1] * k) * s - f.oy;
      if (v === layer.begin[i]) path.moveTo(x, y); else path.lineTo(x, y);
    }
    path.closePath();
  }

  function eachCell(f, layer, visit) {
    const s = f.world / CELL_STEPS, reach = layer.radius * s;
    for (let i = 0; i < layer.n; i++) {
      const x = layer.centres[2 * i] * s - f.ox, y = layer.centres[2 * i + 1] * s - f.oy;
      if (x > -reach && y > -reach && x < f.wide + reach && y < f.high + reach) visit(i, x, y);
    }
  }

  /* Cells of one look, as paths of at most PATH_CELLS each. */
  function put(f, layer, looks, look, i, share) {
    let paths = looks.get(look);
    if (!paths) { paths = { list: [], room: 0 }; looks.set(look, paths); }
    if (!paths.room) { paths.list.push(new Path2D()); paths.room = PATH_CELLS; }
    paths.room -= 1;
    cellTo(paths.list[paths.list.length - 1], f, layer, i, share);
  }

  function drawCells(f, layer) {
    const g = f.g, fills = new Map(), rims = new Map();
    eachCell(f, layer, (i) => {
      const size = layer.size ? Math.max(0.3, layer.size[i] / 255) : 1;
      if (layer.rim && layer.rim[i] !== NOT_DRAWN) put(f, layer, rims, layer.rim[i], i, CELL_GAP);
      put(f, layer, fills, layer.classes[i] * 256 + (layer.opacity ? layer.opacity[i] : 255), i, CELL_GAP * size);
    });
    g.save();
    g.globalAlpha = 0.45;
    for (const [kind, paths] of rims) { g.fillStyle = layer.palette[kind]; for (const path of paths.list) g.fill(path); }
    const edged = layer.edge && layer.radius * f.world / CELL_STEPS >= 4;
    for (const [look, paths] of fills) {
      g.globalAlpha = (look % 256) / 255;
      g.fillStyle = layer.palette[Math.floor(look / 256)];
      for (const path of paths.list) g.fill(path);
      if (!edged) continue;
      g.globalAlpha = 1;
      g.strokeStyle = layer.edge;
      g.lineWidth = 0.9 * f.px;
      for (const path of paths.list) g.stroke(path);
    }
    g.restore();
  }

  function drawHatch(f, layer, land) {
    const g = f.g, all = new Map();
    eachCell(f, layer, (i) => put(f, layer, all, 0, i, layer.outlined ? 0.9 : 1));
    const paths = all.size ? all.get(0).list : [];
    g.save();
    if (land.length && !layer.outlined) {
      const clip = new Path2D();
      for (const outline of land) clip.addPath(pathOf(f, outline));
      g.clip(clip, "evenodd");
    }
    g.fillStyle = hatchPattern(f);
    for (const path of paths) g.fill(path);
    if (layer.outlined) {
      g.strokeStyle = HATCH_OUTLINE;
      g.lineWidth = 1.7 * f.px;
      for (const path of paths) g.stroke(path);
    }
    g.restore();
  }

  /* Diagonal lines one step apart, pinned to the ground so that they do not swim when the map moves. */
  function hatchPattern(f) {
    const step = Math.round(7 * f.px * f.ratio), tile = document.createElement("canvas");
    tile.width = tile.height = step;
    const t = tile.getContext("2d");
    t.strokeStyle = HATCH;
    t.lineWidth = f.ratio * f.px;
    t.beginPath();
    for (const shift of [-step, 0, step]) { t.moveTo(shift - 1, step + 1); t.lineTo(shift + step + 1, -1); }
    t.stroke();
    const pattern = f.g.createPattern(tile, "repeat"), css = step / f.ratio;
    pattern.setTransform(new DOMMatrix([1 / f.ratio, 0, 0, 1 / f.ratio, -(f.ox % css), -(f.oy % css)]));
    return pattern;
  }

  function drawSelected(f) {
    if (state.selected === null) return;
    for (const layer of state.layers.filter((l) => l.kind === "cells" || l.kind === "hatch")) {
      const i = layer.cells.findIndex((cell) => cell.toString(16) === state.selected);
      if (i >= 0) { outlineCell(f, layer, i, 2.6); return; }
    }
  }

  function outlineCell(f, layer, i, width) {
    const g = f.g, path = new Path2D();
    cellTo(path, f, layer, i, CELL_GAP);
    for (const [colour, extra] of [[WHITE, 2.6], [INK, 0]]) {
      g.strokeStyle = colour;
      g.lineWidth = (width + extra) * f.px;
      g.stroke(path);
    }
  }

  /* The second canvas: what follows the pointer, so that pointing repaints nothing else. */
  function drawGlass() {
    const f = frameOf(state.sheet._glass), hover = state.hover;
    if (hover && (hover.layer.kind === "cells") && state.layers.includes(hover.layer)) {
      const path = new Path2D();
      cellTo(path, f, hover.layer, hover.i, CELL_GAP);
      f.g.strokeStyle = INK;
      f.g.lineWidth = 1.5 * f.px;
      f.g.stroke(path);
    }
  }

  /* ---------- symbols and names ---------- */

  const NAMES = {
    end: { size: 15, weight: 680, rank: 0, gap: 11 },
    hq: { size: 13.5, weight: 650, rank: 1, gap: 10 },
    base: { size: 12.5, weight: 550, rank: 2, gap: 8.5 },
    closing: { size: 12.5, weight: 550, rank: 2, gap: 9 },
    lost: { size: 12.5, weight: 650, rank: 3, gap: 7, colour: CLOSING },
    alert: { size: 12, weight: 500, rank: 4, gap: 8 },
    site: { size: 11.5, weight: 450, rank: 5, gap: 6 },
    town: { size: 11.5, weight: 450, rank: 6, gap: 5 },
    country: { size: 11.5, weight: 500, rank: 7, gap: 0, colour: COUNTRY_LABEL },
    pill: { size: 12.5, weight: 650, rank: 0, gap: 0 },
  };

  function square(g, x, y, side) { g.beginPath(); g.rect(x - side / 2, y - side / 2, side, side); }
  function disc(g, x, y, r) { g.beginPath(); g.arc(x, y, r, 0, 2 * Math.PI); }

  const SYMBOLS = {
    base: (g, x, y, s) => { square(g, x, y, 11 * s); fillStroke(g, BASE, WHITE, 1.6 * s); },
    hq: (g, x, y, s) => {
      square(g, x, y, 14 * s); fillStroke(g, BASE, WHITE, 1.6 * s);
      square(g, x, y, 4.6 * s); fillStroke(g, WHITE);
    },
    closing: (g, x, y, s) => {
      square(g, x, y, 12.5 * s); fillStroke(g, WHITE);
      square(g, x, y, 9.6 * s); fillStroke(g, WHITE, CLOSING, 1.6 * s);
      const a = 4.4 * s;
      g.beginPath(); g.moveTo(x - a, y - a); g.lineTo(x + a, y + a); g.moveTo(x - a, y + a); g.lineTo(x + a, y - a);
      g.lineWidth = 1.2 * s; g.stroke();
    },
    site: (g, x, y, s) => { disc(g, x, y, 3 * s); fillStroke(g, INK_2, WHITE, 1.3 * s); },
    lost: (g, x, y, s) => { disc(g, x, y, 4.2 * s); fillStroke(g, CLOSING, WHITE, 1.6 * s); },
    town: (g, x, y, s) => { disc(g, x, y, 1.7 * s); fillStroke(g, INK_2); },
    end: (g, x, y, s) => { disc(g, x, y, 6.6 * s); fillStroke(g, WHITE); disc(g, x, y, 4.4 * s); fillStroke(g, WHITE, INK, 2.4 * s); },
    alert: (g, x, y, s) => {
      g.beginPath(); g.moveTo(x, y - 6 * s); g.lineTo(x + 6 * s, y); g.lineTo(x, y + 6 * s); g.lineTo(x - 6 * s, y); g.closePath();
      fillStroke(g, "#12656B", WHITE, 1.6 * s);
    },
  };
  const HALF = { base: 6.3, hq: 8, closing: 6.5, site: 3.5, lost: 5, town: 2.2, end: 7, alert: 6.5 };

  function fillStroke(g, fill, stroke, width) {
    if (stroke) { g.strokeStyle = stroke; g.lineWidth = width * 2; g.lineJoin = "miter"; g.stroke(); }
    g.fillStyle = fill;
    g.fill();
    if (stroke && stroke !== WHITE) { g.lineWidth = width; g.stroke(); }
    g.lineJoin = "round";
  }

  /* Collect every symbol and name in sight, set the symbols, then place names by rank where there is room. */
  function writeAll(f, all, taken) {
    const symbols = [], names = [];
    for (const layer of all) {
      if (layer.kind === "points" || layer.kind === "labels") gather(f, layer, symbols, names);
      if (layer.kind === "outlines") gatherCountries(f, layer, names);
      if (layer.kind === "cells") gatherPills(f, layer, names);
    }
    names.sort((a, b) => a.style.rank - b.style.rank || b.importance - a.importance);
    symbols.sort((a, b) => b.rank - a.rank || a.importance - b.importance);
    const marks = symbols.filter((s) => s.name !== "town");
    for (const s of marks) {
      const h = HALF[s.name] * f.px;
      taken.push({ x0: s.x - h, y0: s.y - h, x1: s.x + h, y1: s.y + h });
    }
    for (const s of marks) SYMBOLS[s.name](f.g, s.x, s.y, f.px);
    const written = [];
    for (const name of names.slice(0, 600)) place(f, name, taken, written);
    for (const name of written) write(f, name);
  }

  function gather(f, layer, symbols, names) {
    const s = f.world / LINE_STEPS;
    for (let i = 0; i < layer.n; i++) {
      const x = layer.xy[2 * i] * s - f.ox, y = layer.xy[2 * i + 1] * s - f.oy;
      if (x < -20 || y < -20 || x > f.wide + 20 || y > f.high + 20) continue;
      if (layer.side === "before" && x > f.splitX || layer.side === "after" && x <= f.splitX) continue;
      const kind = layer.kind === "labels" ? layer.look : layer.symbols[layer.classes[i]];
      const importance = layer.importance ? layer.importance[i] || 0 : 0, style = NAMES[kind];
      if (layer.kind === "points") symbols.push({ name: kind, x, y, rank: style.rank, importance });
      const text = layer.text ? wordAt(layer.text, i) : "";
      if (text) {
        names.push({ x, y, text, style, importance, kind, side: layer.side, dot: layer.kind === "labels" && kind === "town",
          colour: layer.colour ? wordAt(layer.colour, i) : "" });
      }
    }
  }

  function gatherCountries(f, layer, names) {
    for (const name of layer.names) {
      const at = state.map.project([name.lat, name.lon]);
      const x = at.x - f.ox, y = at.y - f.oy, room = (name.room * f.world) / 360;
      names.push({ x, y, text: name.text.toLocaleUpperCase(state.scene.words.language), style: NAMES.country,
        importance: room, kind: "country", room });
    }
  }

  function gatherPills(f, layer, names) {
    const s = f.world / CELL_STEPS;
    for (const pill of layer.pills) {
      names.push({ x: layer.centres[2 * pill.at] * s - f.ox, y: layer.centres[2 * pill.at + 1] * s - f.oy,
        text: pill.text, style: NAMES.pill, importance: pill.cells, kind: "pill", colour: pill.colour });
    }
  }

  const clash = (a, b) => a.x0 < b.x1 && a.x1 > b.x0 && a.y0 < b.y1 && a.y1 > b.y0;

  function fontOf(f, name) { return `${name.style.weight} ${name.style.size * f.px}px ${FONT}`; }

  /* Whether an edge of the view would cut a name in two; names wholly outside are kept for the next move. */
  function astride(view, box) {
    const inside = box.x0 >= view.x && box.x1 <= view.x + view.w && box.y0 >= view.y && box.y1 <= view.y + view.h;
    return !inside && clash(box, { x0: view.x, y0: view.y, x1: view.x + view.w, y1: view.y + view.h });
  }

  /* Names stay clear of the zoom buttons and the scale. */
  function controlBoxes(f) {
    const frame = state.map.getContainer().getBoundingClientRect();
    return [...state.map.getContainer().querySelectorAll(".leaflet-control")].map((element) => {
      const b = element.getBoundingClientRect();
      return { x0: b.left - frame.left + f.view.x - 4, y0: b.top - frame.top + f.view.y - 4,
        x1: b.right - frame.left + f.view.x + 4, y1: b.bottom - frame.top + f.view.y + 4 };
    });
  }

  function place(f, name, taken, written) {
    const g = f.g, h = name.style.size * f.px;
    g.font = fontOf(f, name);
    g.letterSpacing = name.kind === "country" ? `${1.6 * f.px}px` : "0px";
    const w = g.measureText(name.text).width;
    g.letterSpacing = "0px";
    if (name.kind === "country" && w > 3 * name.room) return;
    const again = written.some((o) => o.text === name.text && Math.hypot(o.x - name.x, o.y - name.y) < 45 * f.px);
    if (again && name.kind !== "pill") return;
    const dot = { x0: name.x - 3, y0: name.y - 3, x1: name.x + 3, y1: name.y + 3 };
    if (name.dot && taken.some((box) => clash(box, dot))) return;
    for (const [ax, ay] of anchors(name, f, w, h)) {
      const box = { x0: ax - 1, y0: ay - h * 0.52, x1: ax + w + 1, y1: ay + h * 0.52 };
      if (name.kind === "pill") { box.x0 -= 5 * f.px; box.x1 += 5 * f.px; box.y0 -= 3 * f.px; box.y1 += 3 * f.px; }
      if (astride(f.view, box) || (name.side === "after" && box.x0 < f.splitX) || (name.side === "before" && box.x1 > f.splitX)) continue;
      const air = name.dot ? { x0: box.x0 - 12 * f.px, x1: box.x1 + 12 * f.px, y0: box.y0 - 7 * f.px, y1: box.y1 + 7 * f.px } : box;
      if (taken.some((other) => clash(air, other))) continue;
      taken.push(box);
      if (name.dot) taken.push(dot);
      written.push(Object.assign(name, { ax, ay, w, h, box }));
      return;
    }
  }

  /* Where a name may stand: right of its mark, left, above, below; a country or pill only across its middle. */
  function anchors(name, f, w, h) {
    const gap = name.style.gap * f.px, x = name.x, y = name.y;
    if (!name.style.gap) return name.kind === "pill"
      ? [[x - w / 2, y], [x - w / 2, y - h * 1.2], [x - w / 2, y + h * 1.2]] : [[x - w / 2, y]];
    return [[x + gap, y], [x - gap - w, y], [x - w / 2, y - gap - h * 0.45], [x - w / 2, y + gap + h * 0.45],
      [x + gap * 0.8, y - h * 0.7], [x + gap * 0.8, y + h * 0.7]];
  }

  function write(f, name) {
    const g = f.g;
    if (name.kind === "pill") { pill(f, name); }
    if (name.dot) SYMBOLS.town(g, name.x, name.y, f.px);
    g.font = fontOf(f, name);
    g.textAlign = "left";
    g.textBaseline = "middle";
    g.letterSpacing = name.kind === "country" ? `${1.6 * f.px}px` : "0px";
    const y = name.ay + 0.5 * f.px;
    if (name.kind !== "pill") {
      g.strokeStyle = name.kind === "country" ? "rgba(237,236,229,.9)" : "rgba(251,250,245,.92)";
      g.lineWidth = HALO_PX * f.px;
      g.strokeText(name.text, name.ax, y);
    }
    g.fillStyle = name.kind === "pill" ? INK : name.style.colour || (name.style.rank < 4 ? INK : TOWN_LABEL);
    g.fillText(name.text, name.ax, y);
    g.letterSpacing = "0px";
  }

  function pill(f, name) {
    const g = f.g, b = name.box;
    g.beginPath();
    g.roundRect(b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0, (b.y1 - b.y0) / 2);
    g.fillStyle = "rgba(255,255,255,.95)";
    g.fill();
    g.strokeStyle = name.colour || INK_2;
    g.lineWidth = 1.5 * f.px;
    g.stroke();
  }

  /* ---------- pointing and clicking ---------- */

  function squareAt(latlng, steps) {
    const p = L.Projection.SphericalMercator.project(latlng), half = Math.PI * 6378137;
    return { x: (p.x / half / 2 + 0.5) * steps, y: (0.5 - p.y / half / 2) * steps };
  }

  function hit(event) {
    const x = event.containerPoint.x, side = x <= state.split * state.map.getSize().x ? "before" : "after";
    const mine = state.layers.filter((l) => (l.side === "both" || l.side === side) &&
      (l.tooltip.length || l.ids || l.kind === "cells")).reverse();
    for (const [kind, test] of [["points", hitPoint], ["routes", hitLine], ["lines", hitLine], ["cells", hitCell], ["hatch", hitCell]]) {
      for (const layer of mine.filter((l) => l.kind === kind)) {
        const i = test(layer, event.latlng);
        if (i >= 0) return { layer, i };
      }
    }
    return null;
  }

  function hitCell(layer, latlng) {
    const at = squareAt(latlng, CELL_STEPS);
    let best = -1, least = layer.radius * layer.radius;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const i of layer.buckets.get(bucketKey(layer, at.x, at.y, dx, dy)) || []) {
          const d = (layer.centres[2 * i] - at.x) ** 2 + (layer.centres[2 * i + 1] - at.y) ** 2;
          if (d < least) { least = d; best = i; }
        }
      }
    }
    return best;
  }

  function hitPoint(layer, latlng) {
    const at = squareAt(latlng, LINE_STEPS), perPx = LINE_STEPS / (256 * 2 ** state.map.getZoom());
    let best = -1, least = (9 * state.scale * perPx) ** 2;
    for (let i = 0; i < layer.n; i++) {
      const d = (layer.xy[2 * i] - at.x) ** 2 + (layer.xy[2 * i + 1] - at.y) ** 2;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  function hitLine(layer, latlng) {
    const at = squareAt(latlng, LINE_STEPS), perPx = LINE_STEPS / (256 * 2 ** state.map.getZoom());
    const reach = (layer.kind === "routes" ? 9 : 6) * state.scale * perPx, b = layer.boxes, xy = layer.xy;
    let best = -1, least = reach * reach;
    for (let part = 0; part < layer.n; part++) {
      const k4 = part * 4;
      if (at.x < b[k4] - reach || at.x > b[k4 + 2] + reach || at.y < b[k4 + 1] - reach || at.y > b[k4 + 3] + reach) continue;
      for (let k = layer.begin[part] + 1; k < layer.begin[part + 1]; k++) {
        const d = squaredDistance(at, xy[2 * k - 2], xy[2 * k - 1], xy[2 * k], xy[2 * k + 1]);
        if (d < least) { least = d; best = layer.owner[part]; }
      }
    }
    return best;
  }

  function squaredDistance(at, x0, y0, x1, y1) {
    const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    const t = length ? Math.max(0, Math.min(1, ((at.x - x0) * dx + (at.y - y0) * dy) / length)) : 0;
    return (x0 + t * dx - at.x) ** 2 + (y0 + t * dy - at.y) ** 2;
  }

  function onMove(event) {
    const found = hit(event), was = state.hover;
    const same = found && was && found.layer === was.layer && found.i === was.i;
    state.hover = found;
    if (!same) { fillTip(found); drawGlass(); }
    if (found && found.layer.tooltip.length) moveTip(event.containerPoint);
    state.map.getContainer().style.cursor = found && clickable(found.layer) ? "pointer" : "";
  }

  const clickable = (layer) => layer.kind === "cells" || layer.ids !== null;

  function fillTip(found) {
    const tip = state.tip;
    tip.replaceChildren();
    tip.hidden = !found || !found.layer.tooltip.length;
    if (tip.hidden) return;
    for (const field of found.layer.tooltip) {
      const value = fieldText(field, found.i);
      if (value === "") continue;
      const row = tip.appendChild(document.createElement("div"));
      if (field.label) {
        const label = row.appendChild(document.createElement("span"));
        label.className = "label";
        label.textContent = field.label;
      } else { row.className = "head"; }
      row.appendChild(document.createElement("span")).textContent = value + field.suffix;
    }
    tip.hidden = !tip.childElementCount;
  }

  function fieldText(field, i) {
    if (field.words) return wordAt(field.words, i);
    const value = field.numbers[i];
    return Number.isNaN(value) ? "" : value.toLocaleString(state.scene.words.language, {
      minimumFractionDigits: field.decimals, maximumFractionDigits: field.decimals });
  }

  function moveTip(at) {
    const tip = state.tip, size = state.map.getSize(), w = tip.offsetWidth, h = tip.offsetHeight;
    tip.style.left = (at.x + 16 + w > size.x ? Math.max(2, at.x - w - 12) : at.x + 16) + "px";
    tip.style.top = (at.y + 14 + h > size.y ? Math.max(2, at.y - h - 10) : at.y + 14) + "px";
  }

  function hideTip() { state.hover = null; state.tip.hidden = true; drawGlass(); }

  function onClick(event) {
    const found = hit(event), at = event.latlng.wrap();
    const value = { n: Date.now(), lon: +at.lng.toFixed(5), lat: +at.lat.toFixed(5) };
    if (found && found.layer.ids) { value.id = wordAt(found.layer.ids, found.i); value.layer = found.layer.title; }
    else if (found && found.layer.cells) { value.cell = found.layer.cells[found.i].toString(16); value.layer = found.layer.title; }
    else if (!state.scene.pick && state.selected === null) return;
    state.selected = value.cell || value.id || null;
    paint();
    if (window.Streamlit) window.Streamlit.setComponentValue(value);
  }

  /* ---------- the view ---------- */

  function rootScale() {
    try {
      const size = parseFloat(window.parent.getComputedStyle(window.parent.document.documentElement).fontSize);
      return size > 4 ? size / 15 : 1;
    } catch (error) { return 1; }
  }

  const homeBounds = () => { const [w, s, e, n] = state.home; return L.latLngBounds([s, w], [n, e]); };
  const viewKey = () => "piste-view " + state.home.join(" ");

  function quietly(change) { state.quiet = true; try { change(); } finally { state.quiet = false; } }

  /* Box round all outlines, in line steps: what the base map knows. */
  function extentOf(layers) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const layer of layers.filter((l) => l.kind === "outlines")) {
      for (let k = 0; k < layer.boxes.length; k += 4) {
        box[0] = Math.min(box[0], layer.boxes[k]); box[1] = Math.min(box[1], layer.boxes[k + 1]);
        box[2] = Math.max(box[2], layer.boxes[k + 2]); box[3] = Math.max(box[3], layer.boxes[k + 3]);
      }
    }
    return box[0] < box[2] ? box : null;
  }

  /* Which sides of that box outlines run along: there they were cut, elsewhere they end in a coast. */
  function cutSides(layers, box) {
    const cut = [false, false, false, false];
    for (const layer of layers.filter((l) => l.kind === "outlines")) {
      for (let k = 2; k < layer.xy.length; k += 2) {
        for (let side = 0; side < 4; side++) {
          const axis = side % 2;
          if (Math.abs(layer.xy[k + axis] - box[side]) < 3 && Math.abs(layer.xy[k - 2 + axis] - box[side]) < 3) cut[side] = true;
        }
      }
    }
    return cut;
  }

  /* Zoom at home, how far out one may go, and how far the map may be moved: over what the base map
   * knows, and never less than the view around home, so that home always sits in the middle. */
  function measureHome() {
    const map = state.map, size = map.getSize(), bounds = homeBounds(), e = state.extent;
    state.homeZoom = map.getBoundsZoom(bounds, false, L.point(16, 16));
    const least = state.homeZoom - 0.7, middle = map.project(bounds.getCenter(), least), half = size.divideBy(2);
    const reach = L.latLngBounds(map.unproject(middle.subtract(half), least), map.unproject(middle.add(half), least));
    if (e) {
      const at = (x, y) => map.unproject(L.point(x, y).multiplyBy(256 / LINE_STEPS), 0);
      reach.extend(at(e[0], e[1])).extend(at(e[2], e[3]));
    }
    map.options.minZoom = least;  /* setMinZoom would start a zoom of its own */
    map.fire("zoomlevelschange");
    map.setMaxBounds(reach);
  }

  function goHome() {
    quietly(() => {
      state.map.options.minZoom = 0;
      state.map.setMaxBounds(null);
      state.map.fitBounds(homeBounds(), { animate: false, padding: [8, 8] });
      measureHome();
    });
    state.touched = false;
    state.kept = null;
    markHome();
  }

  function markHome() { if (state.homeButton) state.homeButton.hidden = !state.touched; }

  function takeHome(bounds) {
    if (state.home && bounds.join() === state.home.join()) return;
    state.home = bounds;
    goHome();
    try { state.kept = JSON.parse(sessionStorage.getItem(viewKey())); } catch (error) { /* closed to frames: the view starts at home */ }
    if (state.kept) goBack();
  }

  /* The view this browser tab last had of the same area. */
  function goBack() {
    quietly(() => state.map.setView([state.kept.lat, state.kept.lng], state.kept.zoom, { animate: false }));
    state.touched = true;
    markHome();
  }

  function keepView() {
    if (!state.home || state.quiet || !state.touched || state.kept) return;
    const at = state.map.getCenter();
    try { sessionStorage.setItem(viewKey(), JSON.stringify({ lat: at.lat, lng: at.lng, zoom: state.map.getZoom() })); } catch (error) { /* see takeHome */ }
  }

  /* A frame is first laid out small: until somebody moves the map, home or the kept view is found again. */
  function onResize() {
    if (!state.home) return;
    if (!state.touched) goHome();
    else quietly(measureHome);
    if (state.kept) goBack();
    layHandle();
  }

  /* ---------- before and after ---------- */

  function makeHandle(container) {
    const bar = container.appendChild(document.createElement("div"));
    bar.className = "piste-swipe";
    bar.tabIndex = 0;
    bar.setAttribute("role", "slider");
    bar.appendChild(document.createElement("span")).textContent = "‹ ›";
    bar.hidden = true;
    L.DomEvent.disableClickPropagation(bar);
    const move = (event) => { setSplit((event.clientX - container.getBoundingClientRect().left) / container.clientWidth); };
    bar.addEventListener("pointerdown", (event) => { bar.setPointerCapture(event.pointerId); bar.addEventListener("pointermove", move); event.preventDefault(); bar.focus(); });
    bar.addEventListener("pointerup", () => bar.removeEventListener("pointermove", move));
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.04, ArrowRight: 0.04 }[event.key];
      if (step) { setSplit(state.split + step); event.preventDefault(); event.stopPropagation(); }
    });
    state.bar = bar;
    state.chips = ["before", "after"].map((side) => {
      const chip = container.appendChild(document.createElement("div"));
      chip.className = "piste-chip " + side;
      chip.hidden = true;
      return chip;
    });
  }

  function setSplit(share) {
    state.split = Math.min(0.98, Math.max(0.02, share));
    layHandle();
    soon();
  }

  function layHandle() {
    const on = state.scene && bySide();
    state.bar.hidden = !on;
    state.bar.style.left = state.split * 100 + "%";
    state.bar.setAttribute("aria-valuenow", Math.round(state.split * 100));
    state.chips.forEach((chip, k) => {
      chip.hidden = !on;
      chip.textContent = on ? [state.scene.words.before, state.scene.words.after][k] : "";
    });
    if (on) state.bar.setAttribute("aria-label", state.scene.words.before + " | " + state.scene.words.after);
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; state.sheet._update(); });
  }

  /* While dragging far, or across a divided map, the sheet must be painted before the hand lets go. */
  function onDrag() {
    const map = state.map, view = L.bounds(map.containerPointToLayerPoint([0, 0]), map.containerPointToLayerPoint(map.getSize()));
    if (!map._animatingZoom && (bySide() || !state.sheet._bounds.contains(view))) soon();
  }

  /* ---------- start and show ---------- */

  const CSS = `
    .leaflet-container{background:${NEIGHBOUR};font-family:${FONT};outline-offset:-2px}
    .leaflet-bar{border:0!important;box-shadow:0 1px 4px rgba(28,43,51,.22)!important;border-radius:3px}
    .leaflet-bar a,.leaflet-bar a:hover{width:calc(30px*var(--px));height:calc(30px*var(--px));line-height:calc(29px*var(--px));font:500 calc(19px*var(--px))/calc(29px*var(--px)) ${FONT};color:${INK};border-bottom-color:#DADDD7}
    .leaflet-bar a.leaflet-disabled{color:#A9B1B4;background:#fff}
    .leaflet-bar a.home{font-size:calc(15px*var(--px))}
    .leaflet-bar a[hidden]{display:none}
    .leaflet-control-scale-line{border:2px solid ${INK_2};border-top:0;background:rgba(255,255,255,.82);color:${INK};font:400 calc(11px*var(--px))/1.25 ${FONT};padding:1px 5px;text-shadow:none}
    .piste-tip{position:absolute;z-index:900;max-width:18rem;padding:7px 10px;border-radius:4px;background:#fff;color:${INK};box-shadow:0 1px 6px rgba(28,43,51,.28);pointer-events:none;font:400 calc(13px*var(--px))/1.4 ${FONT};font-variant-numeric:tabular-nums}
    .piste-tip .head{font-weight:650}
    .piste-tip .label{color:${INK_2};margin-right:.6em}
    .piste-swipe{position:absolute;z-index:850;top:0;bottom:0;width:24px;margin-left:-12px;cursor:ew-resize;touch-action:none;outline:0}
    .piste-swipe::before{content:"";position:absolute;left:11px;top:0;bottom:0;width:2px;background:${INK}}
    .piste-swipe span{position:absolute;top:50%;left:-1px;width:26px;height:26px;margin-top:-13px;border-radius:50%;background:#fff;border:2px solid ${INK};box-sizing:border-box;text-align:center;font:600 11px/21px ${FONT};color:${INK}}
    .piste-swipe:focus-visible span{box-shadow:0 0 0 3px rgba(11,93,107,.45)}
    .piste-chip{position:absolute;z-index:840;top:10px;padding:3px 10px;border-radius:3px;font:600 calc(13px*var(--px))/1.5 ${FONT};box-shadow:0 1px 3px rgba(28,43,51,.25)}
    .piste-chip.before{left:10px;background:#fff;color:${INK}}
    .piste-chip.after{right:calc(24px + 30px*var(--px));background:${INK};color:#fff}
    .piste-swipe[hidden],.piste-chip[hidden],.piste-tip[hidden]{display:none}`;

  function start(map) {
    state.map = map;
    document.head.appendChild(document.createElement("style")).textContent = CSS;
    const container = map.getContainer();
    state.tip = container.appendChild(document.createElement("div"));
    state.tip.className = "piste-tip";
    state.tip.hidden = true;
    makeHandle(container);
    makeControls(map);
    state.sheet = new (makeSheet())();
    map.addLayer(state.sheet);
    map.setMaxZoom(15);
    map.on("mousemove", onMove).on("mouseout", hideTip).on("click", onClick).on("resize", onResize);
    map.on("dragstart zoomstart", () => { if (!state.quiet) { state.touched = true; state.kept = null; hideTip(); markHome(); } });
    map.on("moveend", keepView).on("move", onDrag);
    window.addEventListener("resize", scaleControls);
    scaleControls();
    loadFont();
  }

  function makeControls(map) {
    const zoom = L.control.zoom({ position: "topright" }).addTo(map).getContainer();
    state.zoomButtons = zoom.querySelectorAll("a");
    const home = zoom.appendChild(document.createElement("a"));
    home.className = "home";
    home.href = "#";
    home.textContent = "⤢";
    home.setAttribute("role", "button");
    home.hidden = true;
    L.DomEvent.on(home, "click", (event) => {
      L.DomEvent.stop(event);
      try { sessionStorage.removeItem(viewKey()); } catch (error) { /* see takeHome */ }
      goHome();
    });
    state.homeButton = home;
    L.control.scale({ position: "bottomright", imperial: false, maxWidth: 110 }).addTo(map);
  }

  function scaleControls() {
    const scale = rootScale(), changed = Math.abs(scale - state.scale) > 0.001;
    document.documentElement.style.setProperty("--px", scale);
    if (changed && state.scene) soon();
  }

  function loadFont() {
    const face = new FontFace("Piste Sans", `url(${FONT_URL})`, { weight: "200 900" });
    face.load().then((loaded) => {
      document.fonts.add(loaded);
      record.font = true;
      soon();
    }, () => { record.font = "missing"; });
  }

  function speak(scene) {
    const [zoomIn, zoomOut] = state.zoomButtons, w = scene.words;
    [[zoomIn, w.zoom_in], [zoomOut, w.zoom_out], [state.homeButton, w.whole_area]].forEach(([button, text]) => {
      button.title = text;
      button.setAttribute("aria-label", text);
    });
    state.map.getContainer().setAttribute("aria-label", scene.title);
  }

  function show(scene) {
    const begun = performance.now();
    if (scene.base.key !== state.baseKey) {
      state.base = scene.base.layers.map(decode);
      state.baseKey = scene.base.key;
      state.extent = extentOf(state.base);
      state.cut = state.extent ? cutSides(state.base, state.extent) : [];
    }
    state.layers = scene.layers.map(decode);
    state.scene = scene;
    state.selected = scene.selected;
    state.hover = null;
    state.tip.hidden = true;
    record.decode_ms = performance.now() - begun;
    record.layers = scene.layers.map((layer, k) => ({ kind: layer.kind, title: layer.title, n: state.layers[k].n }));
    speak(scene);
    scaleControls();
    layHandle();
    takeHome(scene.bounds);
    state.sheet._update();
    record.scenes += 1;
    record.at = performance.timeOrigin + performance.now();
    record.first_at = record.first_at || record.at;
  }

  record.view = () => ({ zoom: state.map.getZoom(), lat: state.map.getCenter().lat, lng: state.map.getCenter().lng });
  record.map = () => state.map;
  window.piste = { start, show };
})();

/* Symbols and names: symbols first, then names by rank where there is room. */

const NAMES = {
  end: { size: 15, weight: 680, rank: 0, gap: 11 },
  goal: { size: 15, weight: 680, rank: 0, gap: 11 },
  hq: { size: 13.5, weight: 650, rank: 1, gap: 10 },
  base: { size: 12.5, weight: 550, rank: 2, gap: 8.5 },
  closing: { size: 12.5, weight: 550, rank: 2, gap: 9 },
  thinned: { size: 12.5, weight: 550, rank: 2, gap: 9 },
  added: { size: 12.5, weight: 550, rank: 2, gap: 9 },
  lost: { size: 12.5, weight: 650, rank: 3, gap: 7, colour: CLOSING },
  alert: { size: 12, weight: 500, rank: 4, gap: 8 },
  blocked: { size: 12, weight: 500, rank: 4, gap: 8 },
  checkpoint: { size: 12, weight: 500, rank: 4, gap: 9 },
  violence: { size: 12, weight: 500, rank: 4, gap: 8 },
  mines: { size: 12, weight: 500, rank: 4, gap: 8 },
  flooded: { size: 12, weight: 500, rank: 4, gap: 8 },
  rule: { size: 12, weight: 500, rank: 4, gap: 8 },
  picked: { size: 12.5, weight: 650, rank: 2.5, gap: 11 },
  late: { size: 11.5, weight: 550, rank: 3, gap: 8 },
  soon: { size: 11.5, weight: 550, rank: 3.2, gap: 8 },
  undated: { size: 11.5, weight: 550, rank: 3.4, gap: 8 },
  in_time: { size: 11.5, weight: 550, rank: 3.6, gap: 8 },
  unmet: { size: 11.5, weight: 500, rank: 4, gap: 8 },
  unreached: { size: 11.5, weight: 500, rank: 4.2, gap: 8 },
  site: { size: 11.5, weight: 450, rank: 5, gap: 6 },
  town: { size: 11.5, weight: 450, rank: 6, gap: 5 },
  country: { size: 11.5, weight: 500, rank: 7, gap: 0, colour: COUNTRY_LABEL },
  pill: { size: 12.5, weight: 650, rank: 0, gap: 0 },
};

function square(g, x, y, side) { g.beginPath(); g.rect(x - side / 2, y - side / 2, side, side); }
function corners(g, points) {
  g.beginPath();
  points.forEach(([x, y], k) => { if (k) g.lineTo(x, y); else g.moveTo(x, y); });
}
function polygon(g, points) { corners(g, points); g.closePath(); }
function stroke(g, points, colour, width) { corners(g, points); g.strokeStyle = colour; g.lineWidth = width; g.stroke(); }
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
  /* A base that gives less is half full; one that comes is marked with a cross of addition. */
  thinned: (g, x, y, s) => {
    square(g, x, y, 12.5 * s); fillStroke(g, WHITE); square(g, x, y, 9.6 * s); fillStroke(g, WHITE, BASE, 1.6 * s);
    polygon(g, [[x - 4.8 * s, y - 4.8 * s], [x + 4.8 * s, y + 4.8 * s], [x - 4.8 * s, y + 4.8 * s]]); fillStroke(g, BASE);
  },
  added: (g, x, y, s) => {
    square(g, x, y, 12.5 * s); fillStroke(g, "#12656B", WHITE, 1.6 * s);
    stroke(g, [[x - 3.8 * s, y], [x + 3.8 * s, y]], WHITE, 1.8 * s); stroke(g, [[x, y - 3.8 * s], [x, y + 3.8 * s]], WHITE, 1.8 * s);
  },
  site: (g, x, y, s) => { disc(g, x, y, 3 * s); fillStroke(g, INK_2, WHITE, 1.3 * s); },
  lost: (g, x, y, s) => { disc(g, x, y, 4.2 * s); fillStroke(g, CLOSING, WHITE, 1.6 * s); },
  town: (g, x, y, s) => { disc(g, x, y, 1.7 * s); fillStroke(g, INK_2); },
  end: (g, x, y, s) => { disc(g, x, y, 6.6 * s); fillStroke(g, WHITE); disc(g, x, y, 4.4 * s); fillStroke(g, WHITE, INK, 2.4 * s); },
  goal: (g, x, y, s) => { SYMBOLS.end(g, x, y, s); disc(g, x, y, 2.2 * s); fillStroke(g, INK); },
  blocked: (g, x, y, s) => {
    disc(g, x, y, 5.6 * s); fillStroke(g, CLOSING, WHITE, 1.5 * s);
    stroke(g, [[x - 3 * s, y], [x + 3 * s, y]], WHITE, 2.2 * s);
  },
  checkpoint: (g, x, y, s) => {
    polygon(g, [[x - 7 * s, y - 3.2 * s], [x + 7 * s, y - 3.2 * s], [x + 7 * s, y + 3.2 * s], [x - 7 * s, y + 3.2 * s]]);
    fillStroke(g, INK, WHITE, 1.5 * s);
    for (const k of [-2.4, 2.4]) stroke(g, [[x + k * s - s, y + 2.2 * s], [x + k * s + s, y - 2.2 * s]], WHITE, 1.9 * s);
  },
  violence: (g, x, y, s) => {
    polygon(g, [[x, y - 6.4 * s], [x + 6.4 * s, y + 5 * s], [x - 6.4 * s, y + 5 * s]]);
    fillStroke(g, VIOLENCE, WHITE, 1.5 * s);
  },
  mines: (g, x, y, s) => {
    polygon(g, [[x - 6.6 * s, y - 5 * s], [x + 6.6 * s, y - 5 * s], [x, y + 6.6 * s]]);
    fillStroke(g, VIOLENCE, WHITE, 1.5 * s);
    polygon(g, [[x - 4 * s, y - 3.6 * s], [x + 4 * s, y - 3.6 * s], [x, y + 3.5 * s]]);
    fillStroke(g, WHITE);
    disc(g, x, y - 1.5 * s, 1.6 * s); fillStroke(g, VIOLENCE);
  },
  flooded: (g, x, y, s) => {
    disc(g, x, y, 5.6 * s); fillStroke(g, FLOOD, WHITE, 1.5 * s);
    for (const k of [-1.7, 1.7]) {
      stroke(g, [[-3.4, 0.8], [-1.7, -0.8], [0, 0.8], [1.7, -0.8], [3.4, 0.8]].map(([a, b]) => [x + a * s, y + (b + k) * s]), WHITE, 1.2 * s);
    }
  },
  rule: (g, x, y, s) => {
    disc(g, x, y, 5.8 * s); fillStroke(g, WHITE); disc(g, x, y, 4.8 * s); fillStroke(g, WHITE, INK_2, 1.5 * s);
    stroke(g, [[x, y - 3.2 * s], [x, y], [x + 2.4 * s, y]], INK_2, 1.4 * s);
  },
  /* Requests: the fuller the disc, the nearer the end of the quarter. */
  late: (g, x, y, s) => { disc(g, x, y, 5.4 * s); fillStroke(g, LATE, WHITE, 1.5 * s); },
  soon: (g, x, y, s) => {
    disc(g, x, y, 5.8 * s); fillStroke(g, WHITE); disc(g, x, y, 4.6 * s); fillStroke(g, WHITE, SOON, 1.8 * s);
    g.beginPath(); g.arc(x, y, 4.6 * s, Math.PI / 2, 1.5 * Math.PI); g.closePath(); fillStroke(g, SOON);
  },
  in_time: (g, x, y, s) => { disc(g, x, y, 5.6 * s); fillStroke(g, WHITE); disc(g, x, y, 4.4 * s); fillStroke(g, WHITE, INK_2, 1.6 * s); },
  undated: (g, x, y, s) => { SYMBOLS.in_time(g, x, y, s); stroke(g, [[x - 2.2 * s, y], [x + 2.2 * s, y]], INK_2, 1.6 * s); },
  picked: (g, x, y, s) => {
    for (const [colour, width] of [[WHITE, 4.6], [PRIMARY, 2.4]]) {
      disc(g, x, y, 8.8 * s); g.strokeStyle = colour; g.lineWidth = width * s; g.stroke();
    }
  },
  /* Sites no team can visit: ruled out where a base reaches them, hatched where none does. */
  unmet: (g, x, y, s) => {
    disc(g, x, y, 6.4 * s); fillStroke(g, WHITE); disc(g, x, y, 5 * s); fillStroke(g, WHITE, CLOSING, 1.8 * s);
    stroke(g, [[x - 3.4 * s, y + 3.4 * s], [x + 3.4 * s, y - 3.4 * s]], CLOSING, 1.8 * s);
  },
  unreached: (g, x, y, s) => {
    disc(g, x, y, 6.2 * s); fillStroke(g, WHITE); disc(g, x, y, 5 * s); fillStroke(g, WHITE, HATCH_OUTLINE, 1.2 * s);
    for (const k of [-3, 0, 3]) {
      const half = k ? 2.6 : 3.5;
      stroke(g, [[x + (k / 2 - half) * s, y + (k / 2 + half) * s], [x + (k / 2 + half) * s, y + (k / 2 - half) * s]], HATCH_OUTLINE, 1.1 * s);
    }
  },
  alert: (g, x, y, s) => {
    g.beginPath(); g.moveTo(x, y - 6 * s); g.lineTo(x + 6 * s, y); g.lineTo(x, y + 6 * s); g.lineTo(x - 6 * s, y); g.closePath();
    fillStroke(g, "#12656B", WHITE, 1.6 * s);
  },
};
const HALF = { base: 6.3, hq: 8, closing: 6.5, site: 3.5, lost: 5, town: 2.2, end: 7, goal: 7, alert: 6.5,
  blocked: 6.5, checkpoint: 7.5, violence: 6.8, mines: 6.8, flooded: 6.5, rule: 6.3,
  late: 6, soon: 6, in_time: 6, undated: 6, picked: 10, unmet: 6.5, unreached: 6.3,
  thinned: 6.5, added: 7 };

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

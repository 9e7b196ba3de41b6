/* Cells: coloured, hatched, outlined when selected or pointed at. */

function cellTo(path, f, layer, i, share) {
  const s = f.world / CELL_STEPS, cx = layer.centres[2 * i], cy = layer.centres[2 * i + 1];
  for (let v = layer.begin[i]; v < layer.begin[i + 1]; v++) {
    const x = (cx + layer.offsets[2 * v] * share) * s - f.ox, y = (cy + layer.offsets[2 * v + 1] * share) * s - f.oy;
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
  const g = f.g, fills = new Map(), rims = new Map(), { classes, palette } = drawnClasses(layer);
  eachCell(f, layer, (i) => {
    if (classes[i] === NOT_DRAWN) return;
    const size = layer.size ? Math.max(0.3, layer.size[i] / 255) : 1;
    if (layer.rim && layer.rim[i] !== NOT_DRAWN) put(f, layer, rims, layer.rim[i], i, CELL_GAP);
    put(f, layer, fills, classes[i] * 256 + (layer.opacity ? layer.opacity[i] : 255), i, CELL_GAP * size);
  });
  g.save();
  g.globalAlpha = 0.45;
  for (const [kind, paths] of rims) { g.fillStyle = palette[kind]; for (const path of paths.list) g.fill(path); }
  const edged = layer.edge && layer.radius * f.world / CELL_STEPS >= 4;
  for (const [look, paths] of fills) {
    g.globalAlpha = (look % 256) / 255;
    g.fillStyle = palette[Math.floor(look / 256)];
    for (const path of paths.list) g.fill(path);
    if (!edged) continue;
    g.globalAlpha = 1;
    g.strokeStyle = layer.edge;
    g.lineWidth = 0.9 * f.px;
    for (const path of paths.list) g.stroke(path);
  }
  g.restore();
}

/* Grey where nobody could look, outlined where counts fell there, light over a colour that is in doubt. */
function drawHatch(f, layer, land) {
  const g = f.g, all = new Map(), blind = layer.look === "blind";
  eachCell(f, layer, (i) => put(f, layer, all, 0, i, blind ? 1 : layer.look === "fell" ? 0.9 : CELL_GAP));
  const paths = all.size ? all.get(0).list : [];
  g.save();
  if (land.length && blind) {
    const clip = new Path2D();
    for (const outline of land) clip.addPath(pathOf(f, outline));
    g.clip(clip, "evenodd");
  }
  g.fillStyle = layer.look === "doubt" ? hatchPattern(f, DOUBT, 5, -1) : hatchPattern(f, HATCH, 7, 1);
  for (const path of paths) g.fill(path);
  if (layer.look === "fell") {
    g.strokeStyle = HATCH_OUTLINE;
    g.lineWidth = 1.7 * f.px;
    for (const path of paths) g.stroke(path);
  }
  g.restore();
}

/* Diagonal lines some px apart, rising to the right (1) or to the left (-1), pinned to the ground so that they do not
   swim when the map moves. */
function hatchPattern(f, colour, apart, rise) {
  const step = Math.round(apart * f.px * f.ratio), tile = document.createElement("canvas");
  tile.width = tile.height = step;
  const t = tile.getContext("2d");
  t.strokeStyle = colour;
  t.lineWidth = f.ratio * f.px;
  t.beginPath();
  const [from, to] = rise > 0 ? [step + 1, -1] : [-1, step + 1];
  for (const shift of [-step, 0, step]) { t.moveTo(shift - 1, from); t.lineTo(shift + step + 1, to); }
  t.stroke();
  const pattern = f.g.createPattern(tile, "repeat"), css = step / f.ratio;
  pattern.setTransform(new DOMMatrix([1 / f.ratio, 0, 0, 1 / f.ratio, -(f.ox % css), -(f.oy % css)]));
  return pattern;
}

/* What was chosen: the outline of a cell, the halo of a road. A click knows its layer, a scene only the id. */
function drawSelected(f) {
  if (state.selected === null) return;
  for (const layer of state.layers.filter((l) => l.kind === "lines" && l.ids && (state.selectedIn || l.title) === l.title)) {
    sided(f, layer, () => drawHalo(f, layer, (i) => wordAt(layer.ids, i) === state.selected, 1));
  }
  for (const layer of state.layers.filter((l) => l.kind === "cells" || l.kind === "hatch")) {
    const i = indexOfCell(layer, state.selected);
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
  if (hover && hover.layer.kind === "lines" && hover.layer.ids && state.layers.includes(hover.layer)) {
    sided(f, hover.layer, () => drawHalo(f, hover.layer, (i) => i === hover.i, 0.6));
  }
}

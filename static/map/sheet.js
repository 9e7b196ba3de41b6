/* The sheet: a Leaflet renderer, so that zoom and pan animate like any other, and the order of painting. */

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
      L.DomUtil.setPosition(this._container, this._bounds.min);  /* after a pan or a new size it lies elsewhere */
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
  const inDoubt = (layer) => layer.look === "doubt", hatches = of("hatch");
  for (const hatch of hatches.filter((layer) => !inDoubt(layer))) sided(f, hatch, () => drawHatch(f, hatch, outlines("land")));
  for (const cells of of("cells")) sided(f, cells, () => drawCells(f, cells));
  for (const hatch of hatches.filter(inDoubt)) sided(f, hatch, () => drawHatch(f, hatch, []));
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

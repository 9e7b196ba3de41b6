/* Lines: roads and rivers, each class in its style, only what is in sight. */

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

const styleOf = (layer, row) => layer.styles[layer.classes[row]];

/* Lines again, in a white bed with dark rims as wide as told: what was chosen or lies under the pointer. */
function drawHalo(f, layer, wanted, rim) {
  const g = f.g, grow = f.grow * thinner(f, layer);
  layer.styles.forEach((style, number) => {
    const paths = strokesOf(f, layer, (owner) => layer.classes[owner] === number && wanted(owner));
    if (!paths.length) return;
    const width = Math.max(style.width * grow, 2);
    g.save();
    for (const [colour, extra] of [[INK, 5 + 3 * rim], [WHITE, 5]]) {
      g.strokeStyle = colour;
      g.lineWidth = (width + extra) * f.px;
      for (const path of paths) g.stroke(path);
    }
    g.strokeStyle = style.colour;
    g.lineWidth = width * f.px;
    if (style.dash.length) { g.setLineDash(style.dash.map((d) => d * f.px)); g.lineCap = style.dash[0] < 2 ? "round" : "butt"; }
    for (const path of paths) g.stroke(path);
    g.restore();
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

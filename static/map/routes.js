/* Routes: beside the road, white casing, a letter disc where they part. */

function drawRoutes(f, layer, taken) {
  const g = f.g, lanes = [];
  for (let part = 0; part < layer.n; part++) {
    const number = layer.owner[part], lane = layer.beside ? (number % 2 ? 1 : -1) * (1 + Math.floor(number / 2) * 1.05) : 0;
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
  [...longestOfEach(lanes).values()].sort((a, b) => a.number - b.number).forEach((lane) => {
    const spot = apart(f, lane, lanes, taken);
    if (spot) drawDisc(f, spot, layer.colours[lane.number], layer.letters[lane.number], taken);
  });
}

/* A route of several parts carries one disc, on its longest. */
function longestOfEach(lanes) {
  const longest = new Map();
  for (const lane of lanes) {
    lane.length = 0;
    for (let k = 2; k < lane.points.length; k += 2) lane.length += Math.hypot(lane.points[k] - lane.points[k - 2], lane.points[k + 1] - lane.points[k - 1]);
    if (!longest.has(lane.number) || lane.length > longest.get(lane.number).length) longest.set(lane.number, lane);
  }
  return longest;
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

/* The line shifted sideways. An outer corner is mitred up to 60 degrees and cut off beyond, so that no turn back
   leaves a spike; inside a corner, pieces too short for the shift would run backwards and are left out. */
function beside(p, shift) {
  const n = p.length / 2, ways = [];
  for (let i = 1; i < n; i++) {
    const dx = p[2 * i] - p[2 * i - 2], dy = p[2 * i + 1] - p[2 * i - 1], d = Math.hypot(dx, dy);
    ways.push(d > 0 ? [dx / d, dy / d] : ways[i - 2] || [1, 0]);
  }
  const spots = [], runs = [];  // runs[k] is the way from spots[k] to the next one; null along a cut corner
  for (let i = 0; i < n; i++) {
    const a = ways[Math.max(0, i - 1)], b = ways[Math.min(ways.length - 1, i)], x = p[2 * i], y = p[2 * i + 1];
    const cos = a[0] * b[0] + a[1] * b[1], outer = (a[0] * b[1] - a[1] * b[0]) * shift <= 0;
    if (outer && cos < 0.5) {
      spots.push([x - a[1] * shift, y + a[0] * shift], [x - b[1] * shift, y + b[0] * shift]);
      runs.push(null, b);
    } else {
      const by = shift / Math.max(0.5, 1 + cos);
      spots.push([x - (a[1] + b[1]) * by, y + (a[0] + b[0]) * by]);
      runs.push(b);
    }
  }
  return onward(spots, runs);
}

/* The spots of a line without pieces that run against their way: each is drawn together into its middle. */
function onward(spots, runs) {
  const out = [], ways = [];
  for (let k = 0; k < spots.length; k++) {
    let spot = spots[k];
    while (out.length) {
      const last = out[out.length - 1], way = ways[ways.length - 1];
      if (!way || (spot[0] - last[0]) * way[0] + (spot[1] - last[1]) * way[1] >= 0) break;
      if (out.length > 1) spot = [(spot[0] + last[0]) / 2, (spot[1] + last[1]) / 2];
      else spot = last;
      out.pop();
      ways.pop();
    }
    out.push(spot);
    ways.push(runs[k]);
  }
  return out.flat();
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

/* Pointing and clicking: what lies under the pointer, its text, and the answer to the page. */

function squareAt(latlng, steps) {
  const p = L.Projection.SphericalMercator.project(latlng), half = Math.PI * 6378137;
  return { x: (p.x / half / 2 + 0.5) * steps, y: (0.5 - p.y / half / 2) * steps };
}

/* A road lies beneath the routes that use it: what is known of the road is told first. */
const HIT_ORDER = [["points", hitPoint], ["lines", hitLine], ["routes", hitLine], ["cells", hitCell], ["hatch", hitCell]];
const clickable = (layer) => layer.kind === "cells" || layer.ids !== null;
const telling = (layer) => layer.tooltip.length > 0 || clickable(layer);

/* Row under the pointer among the wanted layers; of the first kind that has one, the topmost layer's. */
function hit(event, wanted) {
  const x = event.containerPoint.x, side = x <= state.split * state.map.getSize().x ? "before" : "after";
  const mine = state.layers.filter((l) => (l.side === "both" || l.side === side) && wanted(l)).reverse();
  for (const [kind, test] of HIT_ORDER) {
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
  const reach = LINE_REACH_PX * state.scale * perPx, b = layer.boxes, xy = layer.xy, zoom = state.map.getZoom();
  let best = -1, least = reach * reach;
  for (let part = 0; part < layer.n; part++) {
    const k4 = part * 4;
    if (at.x < b[k4] - reach || at.x > b[k4 + 2] + reach || at.y < b[k4 + 1] - reach || at.y > b[k4 + 3] + reach) continue;
    if (layer.kind === "lines" && zoom < styleOf(layer, layer.owner[part]).fromZoom) continue;  /* not drawn yet */
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
  const found = hit(event, telling), was = state.hover;
  const same = found && was && found.layer === was.layer && found.i === was.i;
  state.hover = found;
  if (!same) { fillTip(found); drawGlass(); }
  if (found && found.layer.tooltip.length) moveTip(event.containerPoint);
  const answers = found && (clickable(found.layer) || hit(event, clickable));
  state.map.getContainer().style.cursor = state.scene.aim ? "crosshair" : answers ? "pointer" : "";
}

function fillTip(found) {
  const tip = state.tip;
  tip.replaceChildren();
  tip.hidden = !found || !found.layer.tooltip.length;
  if (tip.hidden) return;
  for (const [label, value] of monthLines(found)) tipLine(label, value);
  for (const field of found.layer.tooltip) {
    const value = fieldText(field, found.i);
    if (value !== "") tipLine(field.label, value + field.suffix);
  }
  tip.hidden = !tip.childElementCount;
}

function tipLine(name, value) {
  const row = state.tip.appendChild(document.createElement("div"));
  if (name) {
    const label = row.appendChild(document.createElement("span"));
    label.className = "label";
    label.textContent = name;
  } else { row.className = "head"; }
  row.appendChild(document.createElement("span")).textContent = value;
}

function fieldText(field, i) {
  if (field.words) return wordAt(field.words, i);
  return Number.isNaN(field.numbers[i]) ? "" : numberText(field.numbers[i], field.decimals);
}

function numberText(value, decimals) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const parts = new Intl.NumberFormat(state.scene.words.language, digits).formatToParts(value);
  return parts.map((part) => (part.type === "group" ? "\u2009" : part.value)).join("");  // thin spaces, as on the page
}

function moveTip(at) {
  const tip = state.tip, size = state.map.getSize(), w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = (at.x + 16 + w > size.x ? Math.max(2, at.x - w - 12) : at.x + 16) + "px";
  tip.style.top = (at.y + 14 + h > size.y ? Math.max(2, at.y - h - 10) : at.y + 14) + "px";
}

function hideTip() { state.hover = null; state.tip.hidden = true; drawGlass(); }

/* What was clicked and where. While the page asks for a position (aim) nothing else is chosen by the click. */
function onClick(event) {
  const found = hit(event, clickable), at = event.latlng.wrap(), aim = state.scene.aim;
  const value = { n: Date.now(), lon: +at.lng.toFixed(5), lat: +at.lat.toFixed(5) };
  if (found && found.layer.ids) { value.id = wordAt(found.layer.ids, found.i); value.layer = found.layer.title; }
  else if (found) { value.cell = cellText(found.layer, found.i); value.layer = found.layer.title; }
  else if (!state.scene.pick && !aim && state.selected === null) return;
  const route = found && found.layer.kind === "lines" ? hit(event, (layer) => layer.kind === "routes" && layer.ids !== null) : null;
  if (route) value.route = wordAt(route.layer.ids, route.i);
  if (aim) value.aim = aim;
  else { state.selected = value.cell || value.id || null; state.selectedIn = value.layer || null; paint(); }
  if (window.Streamlit) window.Streamlit.setComponentValue(value);
}

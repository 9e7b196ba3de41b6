/* The view: home, how far one may go, and where this browser tab last was. */

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

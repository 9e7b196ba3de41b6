/* Start and show: style, controls, typeface, and the two doors of the map. */

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
  .piste-chip.aim{left:50%;transform:translateX(-50%);white-space:nowrap;background:${BASE};color:#fff;pointer-events:none}
  .piste-chip.after{right:calc(24px + 30px*var(--px));background:${INK};color:#fff}
  .piste-swipe[hidden],.piste-chip[hidden],.piste-tip[hidden]{display:none}` + MONTHS_CSS;

function start(map) {
  state.map = map;
  document.head.appendChild(document.createElement("style")).textContent = CSS;
  const container = map.getContainer();
  state.tip = container.appendChild(document.createElement("div"));
  state.tip.className = "piste-tip";
  state.tip.hidden = true;
  state.aim = container.appendChild(document.createElement("div"));
  state.aim.className = "piste-chip aim";
  state.aim.hidden = true;
  makeHandle(container);
  makeMonths();
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
  if (!changed || !state.scene) return;
  if (state.months.axis) state.map.invalidateSize({ animate: false });  /* the strip has grown */
  soon();
}

function loadFont() {
  const face = new FontFace("Piste Sans", `url(${FONT_URL})`, { weight: "200 900" });
  face.load().then((loaded) => {
    document.fonts.add(loaded);
    record.font = true;
    drawBars();
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
  state.selectedIn = null;
  state.hover = null;
  state.tip.hidden = true;
  record.decode_ms = performance.now() - begun;
  record.layers = scene.layers.map((layer, k) => ({ kind: layer.kind, title: layer.title, n: state.layers[k].n }));
  speak(scene);
  state.aim.textContent = scene.aim;
  state.aim.hidden = !scene.aim;
  scaleControls();
  layHandle();
  layMonths();
  takeHome(scene.bounds);
  state.sheet._update();
  record.scenes += 1;
  record.at = performance.timeOrigin + performance.now();
  record.first_at = record.first_at || record.at;
}

record.view = () => ({ zoom: state.map.getZoom(), lat: state.map.getCenter().lat, lng: state.map.getCenter().lng });
record.map = () => state.map;
window.piste = { start, show };

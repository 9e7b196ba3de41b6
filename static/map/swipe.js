/* Before and after: a bar divides the map; while it moves the sheet is painted once per frame. */

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

/* Phases on one line of time. A handle is dragged, or moved by arrow keys: a day; a month with Shift, Page up or down.
   Days are numbers from 1970; what moved is told to the page once the hand lets go or the keys rest. */

const REST_MS = 450;
const DAY_MS = 86400000;
const dated = (day) => new Date(day * DAY_MS);
const shown = (day) => dated(day).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export default function timeline({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".line");
  const state = (root.state = root.state || { handles: new Map(), held: null });
  state.data = data;
  state.tell = (number, day) => setTriggerValue("moved", { number, day });
  drawTicks(root, data);
  const kept = new Set();
  for (const phase of data.phases) {
    kept.add(phase.id);
    const handle = state.handles.get(phase.id) || made(root, state, phase.id);
    handle.phase = phase;
    if (state.held !== phase.id) place(state, handle, phase.day);
    handle.className = "handle" + (phase.forced ? " forced" : "") + (phase.chosen ? " chosen" : "");
    handle.tabIndex = phase.forced ? -1 : 0;
    handle.querySelector("b").textContent = phase.forced ? "×" : String(phase.number);
  }
  for (const [id, handle] of state.handles) if (!kept.has(id)) { handle.remove(); state.handles.delete(id); }
}

function share(data, day) { return (day - data.first) / (data.last - data.first); }

function drawTicks(root, data) {
  const ticks = root.querySelector(".ticks");
  ticks.replaceChildren();
  const step = data.last - data.first > 1100 ? 6 : data.last - data.first > 500 ? 3 : 1;
  const at = dated(data.first);
  for (let month = at.getUTCMonth() + 1; ; month++) {
    const day = Date.UTC(at.getUTCFullYear(), month, 1) / DAY_MS;
    if (day >= data.last) break;
    const name = dated(day), of = name.getUTCMonth();
    if (of % step) continue;
    const tick = ticks.appendChild(document.createElement("i"));
    tick.style.left = 100 * share(data, day) + "%";
    const long = of === 0 || ticks.childElementCount === 1;
    tick.textContent = name.toLocaleDateString("en-GB", { month: "short", ...(long && { year: "numeric" }), timeZone: "UTC" });
  }
}

function made(root, state, id) {
  const handle = root.querySelector(".handles").appendChild(document.createElement("div"));
  handle.id = "phase-" + id;
  handle.setAttribute("role", "slider");
  handle.appendChild(document.createElement("b"));
  handle.appendChild(document.createElement("span"));
  state.handles.set(id, handle);
  handle.addEventListener("pointerdown", (event) => grab(root, state, handle, event));
  handle.addEventListener("keydown", (event) => step(state, handle, event));
  return handle;
}

/* Between its neighbours: phases keep their order. */
function bounded(handle, day) { return Math.max(handle.phase.low, Math.min(handle.phase.high, Math.round(day))); }

function place(state, handle, day) {
  handle.day = day;
  const at = Math.max(0, Math.min(1, share(state.data, day)));
  handle.style.left = 100 * at + "%";
  handle.querySelector("span").textContent = shown(day);
  const text = handle.phase.name + ", " + (handle.phase.forced ? "forced on " : "begins ") + shown(day);
  handle.title = text;
  handle.setAttribute("aria-label", handle.phase.name);
  handle.setAttribute("aria-valuetext", text);
  handle.setAttribute("aria-valuenow", day);
  handle.setAttribute("aria-valuemin", handle.phase.low);
  handle.setAttribute("aria-valuemax", handle.phase.high);
  if (handle.phase.forced) handle.setAttribute("aria-disabled", "true");
}

function grab(root, state, handle, event) {
  if (handle.phase.forced || event.button) return;
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  handle.classList.add("held");
  state.held = handle.phase.id;
  const box = root.getBoundingClientRect(), from = event.clientX, began = handle.day;
  const move = (now) => {
    const days = ((now.clientX - from) / box.width) * (state.data.last - state.data.first);
    place(state, handle, bounded(handle, began + days));
  };
  const done = () => {
    handle.removeEventListener("pointermove", move);
    handle.removeEventListener("pointerup", done);
    handle.removeEventListener("pointercancel", done);
    handle.classList.remove("held");
    state.held = null;
    if (handle.day !== began) state.tell(handle.phase.number, handle.day);
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", done);
  handle.addEventListener("pointercancel", done);
}

function step(state, handle, event) {
  const days = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -30, PageUp: 30 }[event.key];
  if (!days || handle.phase.forced) return;
  event.preventDefault();
  event.stopPropagation();
  state.held = handle.phase.id;
  place(state, handle, bounded(handle, handle.day + (event.shiftKey && Math.abs(days) === 1 ? 30 * days : days)));
  clearTimeout(handle.waits);
  handle.waits = setTimeout(() => {
    state.held = null;
    if (handle.day !== handle.phase.day) state.tell(handle.phase.number, handle.day);
  }, REST_MS);
}

/* The strip beneath the map: play button, months as bars under a slider, how many together, and their classes. */

const STRIP_PX = 60, THUMB_PX = 18, BAR = "#882E4C", BAR_REST = "#C4C8C1";
const MONTHS_CSS = `
  .piste-months{position:fixed;left:0;right:0;bottom:0;height:var(--strip);box-sizing:border-box;z-index:900;display:flex;align-items:center;gap:calc(12px*var(--px));padding:0 calc(14px*var(--px));background:#fff;border-top:1px solid #DADDD7;color:${INK};font:400 calc(13px*var(--px))/1.3 ${FONT};font-variant-numeric:tabular-nums}
  .piste-months[hidden]{display:none}
  .piste-months button{flex:none;width:calc(36px*var(--px));height:calc(36px*var(--px));padding:0;border:0;border-radius:50%;background:#0B5D6B;cursor:pointer}
  .piste-months button i{display:block;margin:auto;width:calc(13px*var(--px));height:calc(14px*var(--px));background:#fff;clip-path:polygon(12% 0,100% 50%,12% 100%)}
  .piste-months button.playing i{clip-path:polygon(0 0,36% 0,36% 100%,64% 100%,64% 0,100% 0,100% 100%,0 100%)}
  .piste-months .say{flex:none;width:calc(134px*var(--px));white-space:nowrap}
  .piste-months .say b{display:block;font-weight:650;font-size:calc(14px*var(--px))}
  .piste-months .say.long b{font-size:calc(12.5px*var(--px));letter-spacing:-.01em}
  .piste-months .say span{color:${INK_2};font-size:calc(12px*var(--px))}
  .piste-months .track{position:relative;flex:1 1 0;min-width:90px;height:calc(52px*var(--px))}
  .piste-months canvas{position:absolute;left:0;top:0;width:100%;height:100%}
  .piste-months input{-webkit-appearance:none;appearance:none;position:absolute;left:0;bottom:0;width:100%;height:calc(36px*var(--px));margin:0;background:none;cursor:pointer;outline:0}
  .piste-months input::-webkit-slider-thumb{-webkit-appearance:none;width:calc(${THUMB_PX}px*var(--px));height:calc(${THUMB_PX}px*var(--px));border-radius:50%;background:#fff;border:calc(3px*var(--px)) solid #0B5D6B;box-sizing:border-box}
  .piste-months input::-moz-range-thumb{width:calc(${THUMB_PX}px*var(--px));height:calc(${THUMB_PX}px*var(--px));border-radius:50%;background:#fff;border:calc(3px*var(--px)) solid #0B5D6B;box-sizing:border-box}
  .piste-months select{flex:none;height:calc(32px*var(--px));padding:0 calc(4px*var(--px));border:1px solid #B9BFB9;border-radius:4px;background:#fff;color:${INK};font:inherit}
  .piste-months button:focus-visible,.piste-months select:focus-visible{outline:2px solid #0B5D6B;outline-offset:2px;border-radius:4px}
  .piste-months input:focus-visible::-webkit-slider-thumb{box-shadow:0 0 0 4px rgba(11,93,107,.4)}
  .piste-months input:focus-visible::-moz-range-thumb{box-shadow:0 0 0 4px rgba(11,93,107,.4)}
  .piste-months button:focus-visible{border-radius:50%}
  .piste-months .classes{flex:none}
  .piste-months .classes[hidden]{display:none}
  .piste-months .classes.off{visibility:hidden}
  .piste-months .classes small{display:block;font-size:calc(11px*var(--px));color:${INK_2}}
  .piste-months .classes span{display:inline-block;min-width:calc(30px*var(--px));text-align:center;font-size:calc(11px*var(--px));color:${INK_2}}
  .piste-months .classes i{display:block;height:calc(9px*var(--px))}`;

function makeMonths() {
  const strip = document.createElement("div"), make = (parent, tag, name) => {
    const made = parent.appendChild(document.createElement(tag));
    if (name) made.className = name;
    return made;
  };
  strip.className = "piste-months";
  strip.setAttribute("role", "group");
  strip.hidden = true;
  document.body.appendChild(strip);
  const button = make(strip, "button"), say = make(strip, "div", "say"), track = make(strip, "div", "track");
  make(button, "i");
  button.type = "button";
  const parts = { strip, button, say, label: make(say, "b"), placed: make(say, "span"), bars: make(track, "canvas"), slider: make(track, "input") };
  parts.span = make(strip, "select");
  parts.classes = make(strip, "div", "classes");
  Object.assign(parts.slider, { type: "range", min: 0, step: 1, value: 0 });
  state.months = { axis: null, layer: null, at: 0, span: 1, timer: 0, parts };
  const toggle = () => (state.months.timer ? stopPlaying() : play());
  button.addEventListener("click", toggle);
  parts.slider.addEventListener("input", () => {
    const at = Number(parts.slider.value);  /* to stop puts the slider back where it was */
    stopPlaying();
    setMonth(at);
  });
  parts.slider.addEventListener("keydown", (event) => { if (event.key === " ") { toggle(); event.preventDefault(); } });
  parts.span.addEventListener("change", () => setSpan(Number(parts.span.value)));
  document.addEventListener("visibilitychange", () => { if (document.hidden && state.months.timer) stopPlaying(); });
  new ResizeObserver(() => drawBars()).observe(track);
}

/* Take over the months of a new scene: the strip is there only with a layer that carries months. */
function layMonths() {
  takeMonths();
  const { axis, parts } = state.months, w = state.scene.words, was = parts.strip.hidden;
  parts.strip.hidden = !axis;
  if (was !== parts.strip.hidden) {
    document.documentElement.style.setProperty("--strip", axis ? `calc(${STRIP_PX}px*var(--px))` : "0px");
    state.map.invalidateSize({ animate: false });
  }
  if (!axis) return;
  parts.strip.setAttribute("aria-label", w.month);
  parts.strip.title = w.month_note;
  parts.slider.setAttribute("aria-label", w.month);
  parts.slider.max = axis.totals.length;
  parts.span.setAttribute("aria-label", w.span);
  parts.span.title = w.span;
  parts.span.replaceChildren(...SPANS.filter((span) => span === 1 || span < axis.totals.length).map((span) => new Option(
    span === 1 ? w.month_one : span + " " + w.month_many, span)));
  if (![...parts.span.options].some((option) => Number(option.value) === state.months.span)) state.months.span = 1;
  parts.span.value = state.months.span;
  layClasses(axis);
  sayMonths();
}

function layClasses(axis) {
  const box = state.months.parts.classes;
  box.hidden = !axis.labels.length;  /* the legend below says the same */
  box.replaceChildren(document.createElement("small"));
  box.firstChild.textContent = state.scene.words.per_cell;
  axis.labels.forEach((label, k) => {
    const step = box.appendChild(document.createElement("span"));
    step.appendChild(document.createElement("i")).style.background = axis.palette[k];
    step.append(label);
  });
}

function sayMonths() {
  const { axis, at, span, timer, parts } = state.months, w = state.scene.words;
  if (!axis) return;
  parts.button.classList.toggle("playing", timer !== 0);
  parts.button.title = timer ? w.pause : w.play;
  parts.button.setAttribute("aria-label", timer ? w.pause : w.play);
  parts.label.textContent = chosenText();
  parts.placed.textContent = placedText();
  parts.say.classList.toggle("long", span > 1 && at > 1);
  parts.slider.value = at;
  parts.slider.setAttribute("aria-valuetext", parts.label.textContent + ", " + parts.placed.textContent);
  parts.classes.classList.toggle("off", !at);
  drawBars();
}

function drawBars() {
  const { axis, parts } = state.months, canvas = parts.bars, wide = canvas.clientWidth, high = canvas.clientHeight;
  if (!axis || !state.scene || !wide) return;
  const ratio = window.devicePixelRatio || 1, px = rootScale(), count = axis.totals.length, g = canvas.getContext("2d");
  canvas.width = Math.round(wide * ratio);
  canvas.height = Math.round(high * ratio);
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  const step = (wide - THUMB_PX * px) / count, foot = high - 18 * px, most = Math.max(...axis.totals, 1);
  const at = (k) => (THUMB_PX * px) / 2 + k * step, chosen = chosenMonths();
  axis.totals.forEach((total, k) => {
    const month = axis.first + k, tall = total ? Math.max(1.5 * px, (foot - 3 * px) * total / most) : 0;
    g.fillStyle = !chosen || (month >= chosen.from && month <= chosen.last) ? BAR : BAR_REST;
    g.fillRect(at(k + 1) - Math.max(1, step * 0.38), foot - tall, Math.max(1, step * 0.76), tall);
  });
  g.fillStyle = BAR_REST;
  g.fillRect(0, foot, wide, 1);
  writeTicks(g, { at, px, wide, base: high - 4 * px });
}

/* "all" at its end, then Januaries as years, then other quarters as months, wherever there is room. */
function writeTicks(g, { at, px, wide, base }) {
  const { axis } = state.months, w = state.scene.words, taken = [];
  const short = new Intl.DateTimeFormat(w.language, { month: "short", timeZone: "UTC" });
  g.font = `400 ${11 * px}px ${FONT}`;
  g.fillStyle = INK_2;
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
  const tick = (k, text) => {
    const size = g.measureText(text).width, beside = THUMB_PX * px + 2 * px;  // the thumb rests on "all"
    const x = k ? Math.max(0, Math.min(wide - size, at(k) - size / 2)) : beside;
    if (taken.some(([a, b]) => x < b + 5 * px && x + size > a - 5 * px)) return;
    taken.push([x, x + size]);
    g.fillText(text, x, base);
  };
  tick(0, w.whole_window);
  for (const every of [12, 3]) {
    axis.totals.forEach((_, k) => {
      const month = axis.first + k;
      if (month % every) return;
      tick(k + 1, month % 12 ? short.format(new Date(Date.UTC(2000, month % 12, 1))) : String(month / 12));
    });
  }
}

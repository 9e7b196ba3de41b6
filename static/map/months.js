/* Months: what each cell holds in the months chosen, and playing them. Nothing asks the page: all values are here.
 *
 * state.months.at counts from 1 along the axis of the layer; 0 is the whole window, drawn as the layer itself says.
 * Several months shown together end with the month chosen. No timer runs unless months are playing.
 */

const PLAY_MS = 700, PLAY_LEAST_MS = 120, PLAY_ALL_MS = 24000;  // a step; long windows play faster, never a blur
const SPANS = [1, 3, 12];

function decodeMonths(p, n) {
  const kind = (name) => (p.wide.includes(name) ? u16 : u8)(p[name]);
  return {
    first: p.first[0] * 12 + p.first[1], totals: p.totals, step: p.step, begin: running(kind("counts")), at: kind("at"),
    values: kind("values"), edges: p.edges, palette: p.palette, labels: p.labels, classes: new Uint8Array(n), drawn: "",
  };
}

/* First and last month chosen, counted from the year 0; nothing for the whole window. */
function chosenMonths() {
  const { axis, at, span } = state.months;
  if (!axis || !at) return null;
  const last = axis.first + at - 1;
  return { from: Math.max(axis.first, last - span + 1), last };
}

/* Tenths of a cell in the months chosen. */
function tenthsOf(months, i, chosen) {
  let sum = 0;
  for (let k = months.begin[i]; k < months.begin[i + 1]; k++) {
    const month = months.first + months.at[k];
    if (month >= chosen.from && month <= chosen.last) sum += months.values[k];
  }
  return sum;
}

/* Classes and colours a layer is drawn in now: its own, or those of the months chosen. */
function drawnClasses(layer) {
  const months = layer.months, chosen = months && chosenMonths();
  if (!chosen) return layer;
  const wanted = chosen.from + " " + chosen.last;
  if (months.drawn !== wanted) {
    for (let i = 0; i < layer.n; i++) {
      const sum = tenthsOf(months, i, chosen);
      let found = NOT_DRAWN;
      for (let k = 0; k < months.edges.length && sum >= months.edges[k]; k++) found = k;
      months.classes[i] = found;
    }
    months.drawn = wanted;
  }
  return months;
}

function monthText(month) {
  const day = new Date(Date.UTC(Math.floor(month / 12), month % 12, 1));
  return new Intl.DateTimeFormat(state.scene.words.language, { month: "short", year: "numeric", timeZone: "UTC" }).format(day);
}

function chosenText() {
  const chosen = chosenMonths();
  if (!chosen) return state.scene.words.all_months;
  return chosen.from === chosen.last ? monthText(chosen.last) : monthText(chosen.from) + " – " + monthText(chosen.last);
}

function placedText() {
  const { axis } = state.months, chosen = chosenMonths();
  const totals = chosen ? axis.totals.slice(chosen.from - axis.first, chosen.last - axis.first + 1) : axis.totals;
  return numberText(Math.round(totals.reduce((a, b) => a + b, 0)), 0) + " " + state.scene.words.placed;
}

/* What a tooltip says first while months are chosen; its other lines speak of all months. */
function monthLines(found) {
  const months = found.layer.months, chosen = months && chosenMonths();
  if (!chosen) return [];
  const held = numberText(tenthsOf(months, found.i, chosen) * months.step, 1);
  return [["", chosenText()], [state.scene.words.per_cell, held], ["", state.scene.words.all_months]];
}

/* ---------- choosing and playing ---------- */

function setMonth(at) {
  const months = state.months, count = months.axis ? months.axis.totals.length : 0;
  months.at = Math.max(0, Math.min(count, at));
  sayMonths();
  if (state.hover) fillTip(state.hover);
  soon();
}

function setSpan(span) {
  state.months.span = span;
  setMonth(state.months.at);
}

function play() {
  const months = state.months, count = months.axis.totals.length;
  const pause = Math.max(PLAY_LEAST_MS, Math.min(PLAY_MS, PLAY_ALL_MS / count));
  const step = () => {
    months.timer = months.at < count ? setTimeout(step, pause) : setTimeout(() => { stopPlaying(); setMonth(0); }, 2 * pause);
    if (months.at < count) setMonth(months.at + 1);
  };
  stopPlaying();
  if (months.at >= count) months.at = 0;
  step();
  sayMonths();
}

function stopPlaying() {
  clearTimeout(state.months.timer);
  state.months.timer = 0;
  sayMonths();
}

/* A new scene keeps the month chosen if it still has that month; with another axis nothing plays on. */
function takeMonths() {
  const months = state.months, chosen = chosenMonths(), before = months.axis;
  const layer = state.layers.find((candidate) => candidate.months);
  months.layer = layer || null;
  months.axis = layer ? layer.months : null;
  const same = before && months.axis && before.first === months.axis.first && before.totals.length === months.axis.totals.length;
  const at = chosen && months.axis ? chosen.last - months.axis.first + 1 : 0;
  months.at = months.axis && at <= months.axis.totals.length ? Math.max(0, at) : 0;
  if (months.timer && (!same || !months.at)) stopPlaying();
}

record.months = () => (state.months.axis ? {
  at: state.months.at, span: state.months.span, count: state.months.axis.totals.length, playing: state.months.timer !== 0,
  text: chosenText(), cells: drawnClasses(state.months.layer).classes.reduce((sum, kind) => sum + (kind !== NOT_DRAWN), 0),
} : null);

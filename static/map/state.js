/* Piste's map: one persistent canvas sheet over Leaflet.
 *
 * window.piste.start(map)   once per frame; sets up sheet, controls, typeface.
 * window.piste.show(scene)  on every change; decodes compact arrays and repaints. No reload, zoom stays.
 * window.__piste            what tests and benchmarks read: scenes shown, paints, milliseconds, layers.
 *
 * Text from data is only ever drawn on canvas or set as textContent. Colours of the base map are those
 * of geo/layers/palette.py (a test compares them). The parts of this folder share one scope: they are
 * joined in the order of geo/layers/offline.py, which reads as a paint goes, and this part comes first.
 */

const INK = "#1C2B33", INK_2 = "#4A5A63", WHITE = "#FFFFFF";
const LAND = "#FBFAF5", NEIGHBOUR = "#EDECE5", WATER = "#CFE0E8";
const BORDER = "#6F7B80", BORDER_OTHER = "#BFC3BC";
const TOWN_LABEL = "#26343B", COUNTRY_LABEL = "#5F6B70";
const BASE = "#0F3D56", CLOSING = "#A33B1F", VIOLENCE = "#882E4C", FLOOD = "#2C6E91", PRIMARY = "#0B5D6B", LATE = "#882E4C", SOON = "#BC5647";
const HATCH = "rgba(122,133,136,.68)", HATCH_OUTLINE = "#3C494F", DOUBT = "rgba(251,250,245,.95)";

const CELL_STEPS = 2 ** 30, LINE_STEPS = 2 ** 24;
const NOT_DRAWN = 255;
const CELL_GAP = 0.955;        // share of its side a cell is drawn at, so land shows between
const ROUTE_LANE_PX = 4.6;     // routes run this far beside the road
const HALO_PX = 3.4;
const FONT = '"Piste Sans", "Source Sans", sans-serif';
const FONT_URL = "../../app/static/vendor/fonts/SourceSansVF-Upright.woff2";
const PATH_CELLS = 64;         // a longer Path2D takes Chromium ever longer to build: 20,000 cells 330 ms, in 64s 13 ms
const PATH_POINTS = 600;
const LINE_REACH_PX = 8;       // a line answers to a pointer so near
const PAD = 0.25;              // the sheet reaches this share of the view beyond each edge

const state = {
  map: null, sheet: null, base: [], baseKey: null, layers: [], scene: null, home: null,
  selected: null, selectedIn: null, hover: null, months: null, extent: null, cut: [], kept: null, split: 0.5, scale: 1, touched: false, quiet: false, homeZoom: 0,
};
const record = { scenes: 0, painted: 0, paint_ms: 0, decode_ms: 0, layers: [], font: false };
window.__piste = record;

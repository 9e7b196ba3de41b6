"""Colours and line styles: warm is harm, cool is reach, grey hatch is "no eyes", all else is ink on paper.

Each set was chosen so that neighbours stay apart for normal, deutan, protan and tritan sight
(CIEDE2000 after Machado et al. 2009); the figures stand beside it. The map script keeps the same
values for the base map; a test compares the two.
"""

from geo.layers.style import LineStyle

INK = "#1C2B33"  # 13.4:1 on the page, 14.6:1 on a card
INK_2 = "#4A5A63"
INK_3 = "#59676E"
PRIMARY = "#0B5D6B"
PAPER = "#F6F6F2"
RISE, FALL = "#A24A16", "#0F5F66"  # always with ▲ ▼ or a sign

# Base map
LAND = "#FBFAF5"
NEIGHBOUR = "#EDECE5"
WATER = "#CFE0E8"
RIVER = "#A9C8DA"
BORDER = "#6F7B80"  # 4.2:1 on its white casing
BORDER_OTHER = "#BFC3BC"
TOWN_LABEL = "#26343B"
COUNTRY_LABEL = "#5F6B70"
BASE = "#0F3D56"  # 11:1 over land
CLOSING = "#A33B1F"
VIOLENCE = "#882E4C"  # ambush, hostilities, mines: 8.1:1 over land
FLOOD = "#2C6E91"  # 5.3:1 over land
LATE, SOON = "#882E4C", "#BC5647"  # requests by how full their disc is; the colour only doubles it

# Counts: neighbours differ by dE >= 9.8 (deutan); light steps cannot reach 3:1, so each cell has an edge.
COUNTS = ("#EDBE7C", "#DD8C55", "#BC5647", "#882E4C", "#441640")
COUNTS_EDGE = "rgba(96,58,34,.5)"
# Hot spots by what they have been: strongest first; cold ones cool. Told apart by tooltip too, never by colour alone.
HOT_SPOTS = {
    "intensifying_hot_spot": "#441640",
    "persistent_hot_spot": "#882E4C",
    "consecutive_hot_spot": "#BC5647",
    "new_hot_spot": "#E08A2E",
    "sporadic_hot_spot": "#EDBE7C",
    "oscillating_hot_spot": "#D9A6A0",
    "diminishing_hot_spot": "#B48A9B",
    "historical_hot_spot": "#CFC3BC",
    "hot_spot": "#882E4C",
    "cold_spot": "#6FB0AD",
    "intensifying_cold_spot": "#0F5F66",
    "persistent_cold_spot": "#3E8C8D",
    "consecutive_cold_spot": "#6FB0AD",
    "new_cold_spot": "#8FC3C0",
    "sporadic_cold_spot": "#A9CFCC",
    "oscillating_cold_spot": "#B9D2D0",
    "diminishing_cold_spot": "#C6D6D4",
    "historical_cold_spot": "#D3DAD8",
}
# Who could have reported: reports warm, quiet under watch a neutral grey-blue, never the green of good news.
WATCHED = {"active": "#DD8C55", "quiet_but_watched": "#C9D3D8"}
# Change: any pair dE >= 21 normal, 18 deutan, 12.7 protan.
CHANGE = ("#0F5F66", "#6FB0AD", "#D5D2C6", "#E3A765", "#A24A16")
# Reach in hours: dE >= 16 normal and deutan, 14 protan; lost is 3.1:1 over land.
REACH = ("#12656B", "#5FA5A4", "#B4D6D2")
LOST = "#D07A35"
OTHERS = "#8A8F8C"
# Routes: any pair dE >= 18; a white letter on each is >= 4:1.
ROUTES = ("#14285C", "#9A3FB0", "#178A78")
HATCH = "#7A8588"
HATCH_OUTLINE = "#3C494F"

# Roads by exposure: width doubles the code.
ROAD_EXPOSURE = (
    LineStyle(colour="#B3B8B0", width_px=1.8),
    LineStyle(colour="#DD8C55", width_px=2.4),
    LineStyle(colour="#BC5647", width_px=3.0),
    LineStyle(colour="#882E4C", width_px=3.6),
)
ROAD_NO_DATA = LineStyle(colour="#7C878B", width_px=1.5, dash_px=(1.5, 3.5))
# Roads by passability: greys, so that routes keep the hues; the pattern alone suffices.
ESCORT_RADIUS = LineStyle(colour="#3F5560", width_px=1.8)
PASSABILITY = {
    "open": LineStyle(colour="#3F5560", width_px=3.0),
    "slow": LineStyle(colour="#93A0A5", width_px=2.6),
    "difficult": LineStyle(colour="#A8741A", width_px=2.6, dash_px=(6, 4)),
    "closed": LineStyle(colour="#7D2A12", width_px=2.4, cross_every_px=24),
    "unknown": LineStyle(colour="#7C878B", width_px=1.8, dash_px=(1.5, 3.5)),
}
# Roads of the base map, by class; minor ones only from a closer zoom.
BASE_ROADS = {
    "trunk": LineStyle(colour="#C9C3B4", width_px=2.2),
    "primary": LineStyle(colour="#CFCABC", width_px=1.9),
    "secondary": LineStyle(colour="#D6D2C6", width_px=1.5),
    "tertiary": LineStyle(colour="#DAD6CB", width_px=1.2, from_zoom=7.0),
    "unclassified": LineStyle(colour="#DEDBD1", width_px=1.0, from_zoom=8.5),
    "track": LineStyle(colour="#DEDBD1", width_px=1.0, dash_px=(4, 3), from_zoom=9.5),
}

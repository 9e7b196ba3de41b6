"""Countries under the names and numbers that published files use, brought to ISO 3166-1 alpha-3.

Sources: ISO 3166-1; state numbers after Gleditsch and Ward (1999), as UCDP and Geo-PKO use them; names as
spelled in UCDP GED, Geo-PKO and the Flee inputs, English and French. Kosovo carries the user-assigned XKX; the
last four are Piste's fictional sample territory and its neighbours.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.contracts import faults, faults_at
from geo.errors import ImportRefusedError

_Bools = npt.NDArray[np.bool_]
# alpha-2, alpha-3, Gleditsch-Ward number ("-" = none), names separated by "|".
_TABLE = """
CF CAF 482 Central African Republic|CAR|RCA|Central African Rep.|République centrafricaine|Centrafrique
CD COD 490 DR Congo|DRC|RDC|Democratic Republic of Congo|Democratic Republic of the Congo|Dem. Rep. Congo|Congo, Democratic Republic of|Congo, DRC|Congo-Kinshasa|Zaire|République démocratique du Congo
SS SSD 626 South Sudan|S. Sudan|Soudan du Sud
SD SDN 625 Sudan|Soudan
TD TCD 483 Chad|Tchad
CM CMR 471 Cameroon|Cameroun
CG COG 484 Congo|Republic of the Congo|Republic of Congo|Congo-Brazzaville|ROC|RC|Congo, Republic of
UG UGA 500 Uganda|Ouganda
RW RWA 517 Rwanda
BI BDI 516 Burundi
TZ TZA 510 Tanzania|Tanzanie|United Republic of Tanzania
ZM ZMB 551 Zambia|Zambie
AO AGO 540 Angola
KE KEN 501 Kenya
ET ETH 530 Ethiopia|Éthiopie
ER ERI 531 Eritrea|Érythrée
DJ DJI 522 Djibouti
SO SOM 520 Somalia|Somalie
GA GAB 481 Gabon
GQ GNQ 411 Equatorial Guinea|Guinée équatoriale
ST STP 403 Sao Tome and Principe
NG NGA 475 Nigeria
NE NER 436 Niger
ML MLI 432 Mali
BF BFA 439 Burkina Faso|Upper Volta
MR MRT 435 Mauritania|Mauritanie
SN SEN 433 Senegal
GM GMB 420 Gambia|The Gambia
GN GIN 438 Guinea|Guinée
GW GNB 404 Guinea-Bissau
SL SLE 451 Sierra Leone
LR LBR 450 Liberia
CI CIV 437 Ivory Coast|Côte d'Ivoire
GH GHA 452 Ghana
TG TGO 461 Togo
BJ BEN 434 Benin
CV CPV 402 Cape Verde|Cabo Verde
EH ESH - Western Sahara|Sahara occidental
MA MAR 600 Morocco|Maroc
DZ DZA 615 Algeria|Algérie
TN TUN 616 Tunisia|Tunisie
LY LBY 620 Libya|Libye
EG EGY 651 Egypt|Égypte
MZ MOZ 541 Mozambique
ZW ZWE 552 Zimbabwe|Rhodesia
MW MWI 553 Malawi
ZA ZAF 560 South Africa
NA NAM 565 Namibia|Namibie
LS LSO 570 Lesotho
BW BWA 571 Botswana
SZ SWZ 572 Eswatini|Swaziland|Kingdom of eSwatini
MG MDG 580 Madagascar
KM COM 581 Comoros
MU MUS 590 Mauritius
SC SYC 591 Seychelles
RE REU - Réunion
YT MYT - Mayotte
SH SHN - Saint Helena
US USA 2 United States of America|United States|USA
CA CAN 20 Canada
BS BHS 31 Bahamas
CU CUB 40 Cuba
HT HTI 41 Haiti
DO DOM 42 Dominican Republic
JM JAM 51 Jamaica
TT TTO 52 Trinidad and Tobago
BB BRB 53 Barbados
DM DMA 54 Dominica
GD GRD 55 Grenada
LC LCA 56 Saint Lucia
VC VCT 57 Saint Vincent and the Grenadines
AG ATG 58 Antigua and Barbuda
KN KNA 60 Saint Kitts and Nevis
MX MEX 70 Mexico
BZ BLZ 80 Belize
GT GTM 90 Guatemala
HN HND 91 Honduras
SV SLV 92 El Salvador
NI NIC 93 Nicaragua
CR CRI 94 Costa Rica
PA PAN 95 Panama
CO COL 100 Colombia
VE VEN 101 Venezuela
GY GUY 110 Guyana
SR SUR 115 Suriname|Surinam
EC ECU 130 Ecuador
PE PER 135 Peru
BR BRA 140 Brazil
BO BOL 145 Bolivia
PY PRY 150 Paraguay
CL CHL 155 Chile
AR ARG 160 Argentina
UY URY 165 Uruguay
GB GBR 200 United Kingdom|UK
IE IRL 205 Ireland
NL NLD 210 Netherlands
BE BEL 211 Belgium
LU LUX 212 Luxembourg
FR FRA 220 France
MC MCO 221 Monaco
LI LIE 223 Liechtenstein
CH CHE 225 Switzerland
ES ESP 230 Spain
AD AND 232 Andorra
PT PRT 235 Portugal
DE DEU 260 Germany|German Federal Republic
PL POL 290 Poland
AT AUT 305 Austria
HU HUN 310 Hungary
CZ CZE 316 Czechia|Czech Republic
SK SVK 317 Slovakia
IT ITA 325 Italy
SM SMR 331 San Marino
MT MLT 338 Malta
AL ALB 339 Albania
RS SRB 340,345 Serbia|Yugoslavia
ME MNE 341 Montenegro
MK MKD 343 North Macedonia|Macedonia|Macedonia, FYR
HR HRV 344 Croatia
BA BIH 346 Bosnia and Herzegovina|Bosnia-Herzegovina
XK XKX 347 Kosovo
SI SVN 349 Slovenia
GR GRC 350 Greece
CY CYP 352 Cyprus
BG BGR 355 Bulgaria
MD MDA 359 Moldova
RO ROU 360 Romania|Rumania
RU RUS 365 Russia|Soviet Union|Russian Federation
EE EST 366 Estonia
LV LVA 367 Latvia
LT LTU 368 Lithuania
UA UKR 369 Ukraine
BY BLR 370 Belarus
AM ARM 371 Armenia
GE GEO 372 Georgia
AZ AZE 373 Azerbaijan
FI FIN 375 Finland
SE SWE 380 Sweden
NO NOR 385 Norway
DK DNK 390 Denmark
IS ISL 395 Iceland
IR IRN 630 Iran
TR TUR 640 Turkey|Türkiye
IQ IRQ 645 Iraq
SY SYR 652 Syria|Syrian Arab Republic
LB LBN 660 Lebanon
JO JOR 663 Jordan
IL ISR 666 Israel
PS PSE - Palestine|State of Palestine
SA SAU 670 Saudi Arabia
YE YEM 678 Yemen|North Yemen
KW KWT 690 Kuwait
BH BHR 692 Bahrain
QA QAT 694 Qatar
AE ARE 696 United Arab Emirates
OM OMN 698 Oman
AF AFG 700 Afghanistan
TM TKM 701 Turkmenistan
TJ TJK 702 Tajikistan
KG KGZ 703 Kyrgyzstan
UZ UZB 704 Uzbekistan
KZ KAZ 705 Kazakhstan
CN CHN 710 China
MN MNG 712 Mongolia
TW TWN 713 Taiwan
KP PRK 731 North Korea
KR KOR 732 South Korea
JP JPN 740 Japan
IN IND 750 India
BT BTN 760 Bhutan
PK PAK 770 Pakistan
BD BGD 771 Bangladesh
MM MMR 775 Myanmar|Burma
LK LKA 780 Sri Lanka
MV MDV 781 Maldives
NP NPL 790 Nepal
TH THA 800 Thailand
KH KHM 811 Cambodia|Kampuchea
LA LAO 812 Laos
VN VNM 816 Vietnam|North Vietnam
MY MYS 820 Malaysia
SG SGP 830 Singapore
BN BRN 835 Brunei
PH PHL 840 Philippines
ID IDN 850 Indonesia
TL TLS 860 Timor-Leste|East Timor
AU AUS 900 Australia
PG PNG 910 Papua New Guinea
NZ NZL 920 New Zealand
VU VUT 935 Vanuatu
SB SLB 940 Solomon Islands
FJ FJI 950 Fiji
XA XPI - Ossandre
XB XPJ - Tesmara
XC XPK - Kalundre
XD XPL - Marovane
"""
# West, south, east, north in degrees: extents of CAR, the two Congos, both Sudans and their neighbours, from
# Natural Earth, with a margin for towns on the border. They catch exchanged coordinates and
# give the point of a report known to its country only.
_EXTENT_DEG = {
    "CAF": (14.39, 2.24, 27.44, 11.00),
    "COD": (12.21, -13.46, 31.28, 5.37),
    "SSD": (24.12, 3.49, 35.92, 12.22),
    "SDN": (21.81, 3.49, 38.60, 22.23),  # with the south, coded as Sudan until July 2011
    "TCD": (13.45, 7.46, 23.98, 23.44),
    "CMR": (8.51, 1.65, 16.21, 13.08),
    "COG": (11.11, -5.02, 18.64, 3.71),
    "UGA": (29.55, -1.48, 35.01, 4.22),
    "RWA": (28.86, -2.83, 30.89, -1.06),
    "BDI": (28.99, -4.46, 30.83, -2.30),
    "TZA": (29.32, -11.73, 40.45, -0.99),
    "ZMB": (21.98, -18.07, 33.67, -8.19),
    "AGO": (11.67, -18.03, 24.06, -4.39),
    "KEN": (33.89, -4.68, 41.89, 5.03),
    "ETH": (32.99, 3.41, 47.98, 14.88),
}
_MARGIN_DEG = 0.5
_BRACKETED = re.compile(r"\([^)]*\)")
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def plain_name(text: str) -> str:
    """Return a name in lower case without accents, with single blanks for everything that is no letter or digit."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", bare.replace("’", "'")).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Codes:
    alpha2: dict[str, str]
    state_number: dict[str, str]
    name: dict[str, str]


def _read_table() -> _Codes:
    codes = _Codes(alpha2={}, state_number={}, name={})
    for row in _TABLE.strip().splitlines():
        alpha2, alpha3, numbers, names = row.split(" ", 3)
        codes.alpha2[alpha2] = alpha3
        codes.state_number.update({number: alpha3 for number in numbers.split(",") if number != "-"})
        codes.name.update({plain_name(name): alpha3 for name in names.split("|")})
    return codes


_CODES = _read_table()
ALPHA3 = frozenset(_CODES.alpha2.values())


def alpha3_of_alpha2(codes: pd.Series) -> pd.Series:
    """ISO alpha-3 for alpha-2 codes; NA where the code is not in the table."""
    return _mapped(codes, lambda text: _CODES.alpha2.get(text.strip().upper()))


def alpha3_of_state_numbers(numbers: pd.Series) -> pd.Series:
    """ISO alpha-3 for Gleditsch-Ward state numbers; NA where the number is not in the table."""
    return _mapped(numbers, lambda text: _CODES.state_number.get(text.strip().removesuffix(".0")))


def alpha3_of_names(names: pd.Series) -> pd.Series:
    """ISO alpha-3 for names or alpha-3 codes in any case; NA where nothing in the table is spelled like it.

    A remark in brackets is dropped when the full spelling is unknown: "DR Congo (Zaire)" is "DR Congo".
    """
    return _mapped(names, _alpha3_of_name)


def _alpha3_of_name(text: str) -> str | None:
    if text.strip().upper() in ALPHA3:
        return text.strip().upper()
    return _CODES.name.get(plain_name(text)) or _CODES.name.get(plain_name(_BRACKETED.sub(" ", text)))


def _mapped(values: pd.Series, find: Callable[[str], str | None]) -> pd.Series:
    """Look up each distinct value once."""
    text = values.astype("string")
    found = {value: find(value) for value in text.dropna().unique()}
    return text.map(found).astype("string")


def check_country(country: str | None) -> str | None:
    """Return the code a caller asked for, in capitals.

    Raises
    ------
    ImportRefusedError
        When it is no three-letter code, naming the code that was probably meant.
    """
    if country is None:
        return None
    code = country.strip().upper()
    if code in ALPHA3:
        return code
    meant = _CODES.alpha2.get(code) or _CODES.name.get(plain_name(country))
    if meant is not None:
        raise ImportRefusedError(f"country {country!r} is not an ISO 3166-1 alpha-3 code; did you mean {meant}?")
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise ImportRefusedError(f"country {country!r} is not an ISO 3166-1 alpha-3 code, e.g. CAF")
    return code


def of_other_countries(countries: pd.Series, country: str | None) -> pd.DataFrame:
    """Faults for rows that are not of the country asked for; none when no country was asked for."""
    if country is None:
        return faults()
    codes, names = pd.factorize(countries)
    parts = [
        faults_at(countries.index[codes == number], "country", name, f"country is {name}, not {country}")
        for number, name in enumerate(names)
        if name != country
    ]
    unknown = countries.index[codes < 0]
    parts.append(faults_at(unknown, "country", "", f"country is not known, so not taken for {country}"))
    return pd.concat(parts, ignore_index=True).sort_values("line", kind="stable", ignore_index=True)


def middle_of(code: str) -> tuple[float, float] | None:
    """Longitude and latitude, degrees, of the middle of a country's extent; None where no extent is written above."""
    if code not in _EXTENT_DEG:
        return None
    west, south, east, north = _EXTENT_DEG[code]
    return (west + east) / 2.0, (south + north) / 2.0


def misplaced(points: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows whose position contradicts their country, as ``(rejects, flags)``.

    Parameters
    ----------
    points
        Columns ``longitude``, ``latitude`` (degrees) and ``country``. Not changed. Only countries whose extent
        is written above can be judged; a point up to half a degree outside still counts as inside. A row without
        a point contradicts nothing.

    Returns
    -------
    tuple
        Rejects: outside the country, but inside once longitude and latitude change places.
        Flags: outside the country either way.
    """
    codes, names = pd.factorize(points["country"])
    nowhere = (np.nan,) * 4
    boxes = np.array([*(_EXTENT_DEG.get(str(name), nowhere) for name in names), nowhere], dtype=np.float64)
    box = boxes[codes]
    lon, lat = (points[name].to_numpy(dtype=np.float64) for name in ("longitude", "latitude"))
    known = ~np.isnan(box[:, 0]) & ~np.isnan(lon) & ~np.isnan(lat)
    outside = known & ~_inside(box, lon, lat)
    exchanged = outside & _inside(box, lat, lon)
    return (
        _position_faults(
            points[exchanged], "lies outside {} but inside once exchanged; latitude and longitude swapped?"
        ),
        _position_faults(points[outside & ~exchanged], "lies outside {}"),
    )


def _inside(box: npt.NDArray[np.float64], lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> _Bools:
    west, south, east, north = box.T
    return np.asarray(
        (lon >= west - _MARGIN_DEG)
        & (lon <= east + _MARGIN_DEG)
        & (lat >= south - _MARGIN_DEG)
        & (lat <= north + _MARGIN_DEG)
    )


def _position_faults(points: pd.DataFrame, reason: str) -> pd.DataFrame:
    return faults(
        (line, "latitude", f"{lat:g} N {lon:g} E", f"position {reason.format(code)}")
        for line, lat, lon, code in zip(
            points.index, points["latitude"], points["longitude"], points["country"], strict=True
        )
    )

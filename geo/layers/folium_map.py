"""A map specification as a folium map. No other file imports folium.

The map itself is the same for every page, filter and run, byte for byte: streamlit-folium then never
reloads its frame, and zoom survives. Everything that changes travels in the feature group, whose one
element hands the scene to a persistent layer of the map script.
"""

from collections.abc import Iterator

import folium
from branca.element import Element, MacroElement
from folium.elements import JSCSSMixin
from folium.template import Template

from geo.errors import StoreError
from geo.layers.offline import STATIC_URL, script_url
from geo.layers.scene import scene_text
from geo.layers.spec import MapSpec


class PisteMap(folium.Map):
    """A folium map that loads Leaflet and our script from this server, and nothing else."""

    def __init__(self) -> None:
        super().__init__(
            location=[0, 0],
            zoom_start=2,
            tiles=None,
            zoom_control=False,
            zoom_snap=0,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=90,
            attribution_control=False,
            box_zoom=True,
            world_copy_jump=False,
        )
        # One script: streamlit-folium fetches them one after the other, and the first map waits for all.
        self.default_js = [("piste", script_url())]
        self.default_css = [("leaflet_css", f"{STATIC_URL}vendor/leaflet/leaflet.css")]


class Stage(MacroElement):
    """Starts the map script once, and lets the map fill its frame."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}
        <style>
        html, body, #root, #parent, .float-child { height: 100%; margin: 0; overflow: hidden; }
        body > span { display: none; }
        #map_div { width: 100% !important; height: calc(100vh - var(--strip, 0px)) !important; }
        </style>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        window.piste.start({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Stage"


class Scene(MacroElement):
    """Hands a scene to the map script."""

    _template = Template("{% macro script(this, kwargs) %}window.piste.show({{ this.literal }});{% endmacro %}")

    def __init__(self, text: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Scene"
        # A JSON text is a JavaScript literal; parsing it as a string is several times quicker than as a program.
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        self.literal = f'JSON.parse("{escaped}")'

    def render(self, **kwargs: object) -> str:  # noqa: ARG002
        """Leave the figure alone: folium would compile the whole scene as a Jinja template.

        That is slow, and text from data has no business in a template. streamlit-folium takes the
        script straight from the macro above.
        """
        return ""


def render(spec: MapSpec) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the constant map and the feature group that carries everything shown on it.

    Pass both to ``st_folium`` with a fixed ``key`` and ``returned_objects=[]``.

    Raises
    ------
    StoreError
        When any element would load something from another host.
    """
    frame = PisteMap()
    frame.add_child(Stage())
    group = folium.FeatureGroup(name="scene", control=False)
    group.add_child(Scene(scene_text(spec)))
    check_offline(frame)
    check_offline(group)
    return frame, group


def check_offline(element: Element) -> None:
    """Raise :class:`StoreError` if an element or anything in it links to another host."""
    outside = [url for url in _links(element) if not url.startswith(STATIC_URL)]
    if outside:
        raise StoreError(
            f"the map would load {outside[0]} ({len(outside)} such links); maps use only what this server has"
        )


def _links(element: Element) -> Iterator[str]:
    """Yield every script and style address an element and its children ask for."""
    if isinstance(element, JSCSSMixin):
        yield from (url for _, url in (*element.default_js, *element.default_css))
    for child in element._children.values():  # noqa: SLF001 - branca offers no public way
        yield from _links(child)

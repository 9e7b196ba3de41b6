"""The server's process: loads the rooms while Streamlit opens its port, so that the first map comes sooner.

``python -m pages._shared.process run app.py …`` takes Streamlit's own words.
"""

import gc
import sys
from importlib import import_module
from threading import Thread

from streamlit.web.cli import main

# What the first page needs beside Streamlit. Nothing here may touch Streamlit: a component declared from this
# thread is not served every time.
ROOMS = ("geo.answers.hexbin", "geo.answers.changes", "geo.answers.land", "geo.layers.folium_map", "geo.answers.route")


def load_rooms() -> None:
    """Import the rooms one after the other; none of them runs anything."""
    for room in ROOMS:
        import_module(room)


if __name__ == "__main__":
    # Loading makes many objects that stay; looking through them again and again only delays the first map.
    gc.set_threshold(50_000, 20, 20)
    Thread(target=load_rooms, name="load rooms", daemon=True).start()
    sys.exit(main())

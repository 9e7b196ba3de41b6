"""The server's process: loads the rooms while Streamlit opens its port, so that the first map comes sooner.

``python -m pages._shared.process run app.py …`` takes Streamlit's own words.
"""

import sys
from importlib import import_module
from threading import Thread

from streamlit.web.cli import main

# Everything the first page needs beside Streamlit; imported here, none of it runs.
ROOMS = ("geo.answers.world", "geo.layers.folium_map", "geo.answers.hexbin", "geo.answers.changes", "geo.answers.land")


def load_rooms() -> None:
    """Import the rooms one after the other."""
    for room in ROOMS:
        import_module(room)


if __name__ == "__main__":
    Thread(target=load_rooms, name="load rooms", daemon=True).start()
    sys.exit(main())

"""The server's process: ``python -m pages._shared.process run app.py …`` takes Streamlit's own words."""

import gc
import sys

from streamlit.web.cli import main

if __name__ == "__main__":
    # Loading makes many objects that stay; looking through them again and again only delays the first map.
    gc.set_threshold(50_000, 20, 20)
    sys.exit(main())

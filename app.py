"""Entry script: page configuration and navigation, then the frame every page stands in."""

from pathlib import Path

import streamlit as st

SIDEBAR_PX = 228
# A local picture: the icon of a page would be fetched from the internet for the browser's tab.
ICON = Path(__file__).parent / "static" / "icon.svg"

st.set_page_config(page_title="Piste", page_icon=str(ICON), layout="wide", initial_sidebar_state=SIDEBAR_PX)
page = st.navigation(
    {
        "Picture": [
            st.Page("pages/situation.py", title="Situation", icon=":material/map:", url_path="now", default=True),
            st.Page("pages/incidents.py", title="Incidents", icon=":material/hexagon:", url_path="what-happened"),
            st.Page("pages/actors.py", title="Armed actors", icon=":material/groups:", url_path="who-is-where"),
            st.Page("pages/review.py", title="Review", icon=":material/join_inner:", url_path="same-event"),
        ],
        "Access": [
            st.Page(
                "pages/access.py", title="Roads and routes", icon=":material/fork_right:", url_path="getting-there"
            ),
            st.Page(
                "pages/missions.py", title="Plan a mission", icon=":material/assignment:", url_path="plan-a-mission"
            ),
        ],
        "Transition": [
            st.Page("pages/drawdown.py", title="Drawdown", icon=":material/trending_down:", url_path="if-a-base-closes")
        ],
        "Workspace": [st.Page("pages/imports.py", title="Data", icon=":material/database:", url_path="files")],
    }
)

# The rooms load after the pages are known, so that the first visit settles the addresses at once.
from pages._shared import frame  # noqa: E402

frame.dress()
frame.sidebar()
with frame.opened():
    page.run()

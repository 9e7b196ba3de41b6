"""Entry script: page configuration, navigation and the frame every page stands in."""

import streamlit as st

from pages._shared import frame

frame.configure()
page = st.navigation(
    {
        "Picture": [
            st.Page("pages/situation.py", title="Situation", icon=":material/map:", url_path="now", default=True),
            st.Page("pages/incidents.py", title="Incidents", icon=":material/hexagon:", url_path="what-happened"),
            st.Page("pages/actors.py", title="Armed actors", icon=":material/groups:", url_path="who-is-where"),
        ],
        "Access": [
            st.Page("pages/access.py", title="Roads and routes", icon=":material/fork_right:", url_path="getting-there")
        ],
        "Transition": [
            st.Page("pages/drawdown.py", title="Drawdown", icon=":material/trending_down:", url_path="if-a-base-closes")
        ],
        "Workspace": [st.Page("pages/imports.py", title="Data", icon=":material/database:", url_path="files")],
    }
)
frame.sidebar()
with frame.opened():
    page.run()

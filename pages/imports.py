"""Data: what is imported, what was rejected and why, and the door for a new file."""

import tempfile
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from geo.errors import GeoError
from geo.readers import FORMATS
from pages._shared import data, frame, outlook, show

frame.require()
audience = frame.audience()


def take_in(uploads: list[UploadedFile], format_name: str, *, country: str | None, source: str | None) -> None:
    """Import the uploaded files one by one, saying what became of each."""
    progress = st.progress(0.0, text="Reading …")
    with tempfile.TemporaryDirectory() as folder:
        for upload in uploads:
            path = Path(folder) / Path(upload.name).name
            path.write_bytes(upload.getvalue())
        for number, upload in enumerate(uploads):
            progress.progress((number + 0.5) / len(uploads), text=f"Reading {upload.name} …")
            try:
                record = data.take_in(
                    format_name, Path(folder) / Path(upload.name).name, country=country, source=source
                )
            except GeoError as error:
                show.caveat(f"{upload.name}: {error}", "refused")
                continue
            st.success(outlook.import_sentence(record))
    progress.progress(1.0, text="Done")


def take_out(import_id: str, reason: str) -> None:
    """Withdraw an import and show the page anew."""
    try:
        data.withdraw(import_id, reason)
    except GeoError as error:
        show.caveat(str(error), "refused")
        return
    st.rerun()


state = data.state(audience)
show.headline(*outlook.state_headline(state))
left, right = st.columns([2.1, 1], gap="small")
with left:
    for warning in state.warnings:
        show.caveat(warning)
    with st.container(border=True, key="panelimports", gap=None):
        show.label("Imports, newest first")
        outlook.imports_table(state)
    with st.container(border=True, key="panelrejects", gap=None):
        show.label("Rejected rows")
        outlook.rejects_view(state, audience)
    with st.container(border=True, key="panelwithdraw", gap=None):
        show.label("Withdraw an import: its rows leave every answer, its files stay")
        with st.form("withdraw", border=False, clear_on_submit=True):
            named = outlook.live_imports(state)
            import_id = st.selectbox("Import", list(named), format_func=named.get, label_visibility="collapsed")
            reason = st.text_input("Reason", placeholder="why, for those who come after")
            if st.form_submit_button("Withdraw") and import_id:
                take_out(import_id, reason)
with right:
    with st.container(border=True, key="panelupload", gap=None):
        show.label("Import a file")
        with st.form("upload", border=False):
            format_name = st.selectbox("Format", FORMATS)
            country = st.text_input("Country", placeholder="ISO code, e.g. CAF", max_chars=3)
            source = st.text_input("Source", placeholder="as maps shall cite it, e.g. Natural Earth")
            uploads = st.file_uploader("File", accept_multiple_files=True)
            sent = st.form_submit_button("Import", type="primary")
        if sent and uploads:
            take_in(uploads, format_name, country=country.strip().upper() or None, source=source or None)
    with st.container(border=True, key="paneltables", gap=None):
        show.label("Tables")
        outlook.tables_table(state)

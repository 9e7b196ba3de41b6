"""Piste's library: files in at one door, thought about in rooms, out through one gate.

Nothing in here imports Streamlit. README.md, "To change X, open Y", says which room does what.
"""

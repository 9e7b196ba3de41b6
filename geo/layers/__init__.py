"""Cleared tables become map layers; one file draws them with folium."""

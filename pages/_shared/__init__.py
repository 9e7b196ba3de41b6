"""What all pages share: the frame, the only caches, the controls and the map card."""

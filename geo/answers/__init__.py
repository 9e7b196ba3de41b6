"""One file per question: loads from the store, thinks in the rooms, passes the gate."""

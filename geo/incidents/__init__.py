"""What happened where: placement by precision, roll-up into cells."""

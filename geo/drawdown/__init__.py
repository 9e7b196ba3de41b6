"""What do we lose when bases close."""

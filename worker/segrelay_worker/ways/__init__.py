"""How one and the same network is computed faster, and which of these ways is right."""

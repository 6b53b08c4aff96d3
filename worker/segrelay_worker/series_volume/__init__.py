"""Datasets of one series → a volume with geometry, or a reason why not. Pure: no network."""

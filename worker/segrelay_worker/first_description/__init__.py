"""A weights file or model folder → a first model.toml; nothing in it is run, nor torch imported."""

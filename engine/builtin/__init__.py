"""The built-in base: a generator of small drawings, and a tiny model trained on them."""

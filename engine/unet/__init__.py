"""SDXL's U-Net as the engine runs it: few, large products, and a style of its own per row."""

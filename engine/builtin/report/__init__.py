"""The report on the built-in base: every figure that is claimed of it, measured afresh."""

"""Training a style: recipes, data, the step, checkpoints."""

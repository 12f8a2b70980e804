"""The pictures of a training: its curve, its samples side by side, and the reveal at its end."""

"""Styles as LoRA files and as adapters over a base."""

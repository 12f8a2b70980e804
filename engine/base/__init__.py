"""Base models: families as data, known words, loading, text encoding."""

"""The use cases. They know neither Discord nor SQL."""

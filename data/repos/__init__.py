"""Questions to the store: one repository per noun, one verb-named method per question."""

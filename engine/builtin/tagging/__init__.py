"""The built-in tagger: a small network that reads the generator's tags, in WD v3's contract."""

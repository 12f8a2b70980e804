"""What the text encoders are told about drawings."""

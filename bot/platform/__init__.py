"""The few calls that differ between POSIX and Windows; nothing else in Ownhand asks which it is."""

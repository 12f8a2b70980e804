"""What Ownhand costs in time and memory; each file is one command, none is a test."""

"""Decoding of files from outside, made to run in a limited child process."""

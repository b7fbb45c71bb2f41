"""Commands: each parses its options, calls one verb and prints the answer."""

"""Probes of causes that lie in the data."""

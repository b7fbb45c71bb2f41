"""Engines: each fills `observations.ports.Engine` where the log lies."""

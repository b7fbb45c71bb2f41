"""
Find which change broke a model, and tell the owner of the cause.

The packages are the stages of one sentence: *capture changes, profile
observations, detect findings, diagnose causes, open an incident, route it to
the owner of the cause*. ARCHITECTURE.md draws the house.
"""

__version__ = "0.1.0"

"""
Connectors: one module for each outside system, filling the ports of the stages.

A connector is found by its entry point in the group ``modelowners.connectors``,
so that a stranger's package serves as well as ours. What a module can do it
says by its functions: one that knows of changes has ``change_sources(catalog)``.
"""

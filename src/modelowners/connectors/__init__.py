"""
Connectors: one module for each outside system, filling the ports of the stages.

A connector is found by its entry point in the group ``modelowners.connectors``,
so that a stranger's package serves as well as ours. What a module can do it
says by its functions:

- ``change_sources(catalog, outside)``: it knows of changes;
- ``notifier(catalog, outside)``: it carries messages to people;
- ``receiver(catalog, outside, spool)``: it takes posts in;
- ``boards(catalog, outside)``: it shows incidents;
- ``model_registry(catalog, outside)``: it moves a model's aliases.

What stands under ``connectors.NAME`` of the ownership file is its own to read;
`lint` lets it look by ``check_section(node)``.
"""

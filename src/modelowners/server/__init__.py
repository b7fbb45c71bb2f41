"""
Server: pages, JSON and receivers over the same verbs as the command line.

It listens on this machine only. The loop runs inside; `main` puts the parts
together, `guard` stands in front of every route.
"""

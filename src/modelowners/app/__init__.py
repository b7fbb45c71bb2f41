"""The program: settings, wiring, the loop, cards, charts and the demo."""

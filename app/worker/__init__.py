"""The machine's door: events, tasks, the chain."""

"""Where a worker keeps journey states: in memory, or in a folder of its own."""

"""How the process runs: drain before a stop, CPU affinity, the worker and its supervisor."""

"""Hornbeam beside its peers: start-up, time per training step, memory. Run with `python -m benchmarks`."""

"""The weights that the platform ships, made again: `python -m benchmarks.default_fusion FOLDER…`."""

"""The two catalogs of the demo: `shop` (written for this project) and `films` (MovieLens-100K, fetched when needed)."""

"""What a whole answer costs beside the bare vector query inside it, and how well retrieval finds the nearest."""

"""THE LEARNING, in order: dataset, trainer, metrics, model store, promotion."""

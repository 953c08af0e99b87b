"""Errors of the demo's data."""


class DemoDataError(Exception):
    """The demo's data cannot be prepared."""


class FilmsUnavailableError(DemoDataError):
    """MovieLens-100K could not be fetched from the package index, so the catalog `films` cannot be prepared."""

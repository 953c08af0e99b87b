"""Errors of the demo."""


class DemoError(Exception):
    """The demo cannot go on."""


class DemoDataError(DemoError):
    """The demo's data cannot be prepared."""


class FilmsUnavailableError(DemoDataError):
    """MovieLens-100K could not be fetched from the package index, so the catalog `films` cannot be prepared."""


class PortInUseError(DemoError):
    """Another program listens on the demo's port."""


class ProcessEndedError(DemoError):
    """A process of the demo ended by itself."""


class ProofFailedError(DemoError):
    """The running demo does not do what it promises."""

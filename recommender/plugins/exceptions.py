"""What can go wrong with a plugin. The class docstring is the default message."""

from __future__ import annotations


class PluginError(Exception):
    """A plugin could not do its work."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class PluginUnavailableError(PluginError):
    """The plugin cannot answer now. Raise it in a retriever or ranker: the answer is made without that source."""


class PluginContractError(PluginError):
    """The plugin answered, but not as its contract says. The answer is made without it."""


class PluginNotFoundError(PluginError):
    """No plugin of that name is installed."""


class PluginLoadError(PluginError):
    """The plugin could not be imported, or breaks its contract."""


class PluginSettingsError(PluginError):
    """The plugin's settings are not valid."""

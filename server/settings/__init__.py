"""What an operator can set, read once at the start."""

from server.settings.listed import SETTINGS, Setting
from server.settings.reading import read_settings
from server.settings.safety import PREFIX
from server.settings.values import JwtSettings, ServerSettings, TlsSettings

__all__ = ["PREFIX", "SETTINGS", "JwtSettings", "ServerSettings", "Setting", "TlsSettings", "read_settings"]

"""One tree of errors. Each leaf is also the builtin a caller would expect.

A message is one clear sentence: what was wrong, the value, and the way out. Pages and the
command line catch :class:`GeoError` and nothing wider; anything else is a defect and must be seen.
"""


class GeoError(Exception):
    """Base of every refusal Piste makes on purpose; one line, whatever a file or a library put into the words."""

    def __init__(self, message: str) -> None:
        super().__init__("".join(sign if sign.isprintable() else " " for sign in message))


class SettingsError(GeoError, ValueError):
    """``config.toml`` misses a key, has one nobody knows, or a value out of range."""


class ImportRefusedError(GeoError, ValueError):
    """A file as a whole cannot be taken in; nothing was changed."""


class SchemaError(GeoError, ValueError):
    """A table does not keep its contract."""


class CrsError(GeoError, ValueError):
    """Coordinates or a reference system that cannot be used."""


class RequestError(GeoError, ValueError):
    """A question that cannot be answered as put."""


class UnknownRecordError(GeoError, LookupError):
    """An id names no record, import or cell."""


class StaleVersionError(GeoError, RuntimeError):
    """Somebody else has revised the record meanwhile."""


class StoreError(GeoError, OSError):
    """The workspace on disk is missing, altered or cannot be written."""


class WithheldError(GeoError, PermissionError):
    """The audience may not see what was asked for."""


class SolverError(GeoError, RuntimeError):
    """A search for the best choice ended without proof."""

"""XML from strangers, read as a stream: no document type, no entity, nothing outside the file is ever opened."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol
from xml.parsers import expat

from geo.errors import ImportRefusedError


class Listener(Protocol):
    """What is told of each element; a ``LookupError`` or ``ValueError`` refuses the file with its line."""

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """An element begins."""

    def end(self, name: str, /) -> None:
        """An element ends."""


def parse_xml(path: Path, listener: Listener, *, spoken: str, text: Callable[[str], None] | None = None) -> str:
    """Read an XML file to its end and return the encoding it declares.

    Parameters
    ----------
    spoken
        What refusals call the format.
    text
        Told the text inside elements, maybe in pieces; a format that has none is read faster without.

    Raises
    ------
    ImportRefusedError
        When the XML is broken, declares a document type or entities, or the listener finds a fault.
    """
    encoding = "utf-8"

    def refuse(*_: object) -> NoReturn:
        raise ImportRefusedError(
            f"{path.name} declares a document type, which {spoken} files never do; not read further"
        )

    def declared(_version: str, name: str | None, _standalone: int) -> None:
        nonlocal encoding
        encoding = (name or encoding).lower()

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.XmlDeclHandler = declared
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = text
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise ImportRefusedError(f"{path.name} is broken {spoken} XML: {error}") from error
    except (LookupError, ValueError, OverflowError) as error:
        line = parser.CurrentLineNumber
        raise ImportRefusedError(
            f"{path.name}, line {line}: id, reference or tag missing or unusable ({error})"
        ) from error
    return encoding


def local_name(name: str) -> str:
    """Name of an element without its prefix; devices bind prefixes loosely or not at all."""
    return name.rpartition(":")[2]

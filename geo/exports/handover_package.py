"""A handover package: cleared tables in one archive with a manifest, sealed with age; made and opened in memory only.

age (age-encryption.org/v1) authenticates what it encrypts, so an altered file does not open; the checksums of the
manifest tell that every file is there, and none beside them.
"""

import datetime as dt
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyrage

from geo.errors import RequestError
from geo.exports.tables import export_table, rows_of
from geo.redaction import Cleared

MANIFEST = "manifest.json"
_FORM = 1  # of the manifest
_LARGEST_BYTES = 200_000_000
_NAME = re.compile(r"[a-z_]+\.csv")
_NAMED_MOST, _NAME_SIGNS = 5, 60  # names of files in a refusal, and signs of each
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # other ways unpack without a bound
_STAMP = (2000, 1, 1, 0, 0, 0)  # of every file inside: a package tells its day in the manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """With what a package is sealed: exactly one of a public age key and a passphrase.

    Raises
    ------
    RequestError
        When both or neither are given, or the passphrase is short.
    """

    recipient: str = ""
    passphrase: str = field(default="", repr=False)
    passphrase_least: int = 12  # signs

    def __post_init__(self) -> None:
        if bool(self.recipient) == bool(self.passphrase):
            raise RequestError("give either the receiver's age key or a passphrase")
        if self.passphrase and len(self.passphrase) < self.passphrase_least:
            raise RequestError(f"a passphrase needs {self.passphrase_least} signs or more; nothing was sealed")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """An opened package whose files are all as its manifest says."""

    manifest: Mapping[str, Any]
    manifest_text: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)


def seal_package(tables: Mapping[str, Cleared], lock: Lock, *, facts: Mapping[str, Any]) -> bytes:
    """Return a sealed package; what is inside is written nowhere.

    Parameters
    ----------
    tables
        By name of the file, e.g. ``duties``.
    facts
        What the manifest says beside its files: scope, audience, as-of date, snapshot, reason.

    Raises
    ------
    RequestError
        When the key is no age key.
    """
    plain = _archive(tables, facts)
    if lock.passphrase:
        return bytes(pyrage.passphrase.encrypt(plain, lock.passphrase))
    try:
        recipient = pyrage.x25519.Recipient.from_str(lock.recipient.strip())
    except pyrage.RecipientError as error:
        raise RequestError("the receiver's key is no public age key; one begins with age1") from error
    return bytes(pyrage.encrypt(plain, [recipient]))


def _archive(tables: Mapping[str, Cleared], facts: Mapping[str, Any]) -> bytes:
    """Files and manifest as a zip archive; the same tables and facts give the same bytes."""
    files = {f"{name}.csv": export_table(table, format_name="csv", provenance={}) for name, table in tables.items()}
    manifest = {
        "made_by": "Piste",
        "form": _FORM,
        **facts,
        "files": [
            {
                "name": f"{name}.csv",
                "rows": len(rows_of(table)),
                "bytes": len(files[f"{name}.csv"]),
                "sha256": hashlib.sha256(files[f"{name}.csv"]).hexdigest(),
                "columns": table.columns,
            }
            for name, table in tables.items()
        ],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {MANIFEST: _json(manifest), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1, default=_day_text).encode()


def _day_text(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def open_package(content: bytes, *, identities: str = "", passphrase: str = "") -> Opened:
    """Open a sealed package and hold every file against the manifest.

    Parameters
    ----------
    identities
        Text of an age identity file: secret keys, one a line; lines that begin with ``#`` are left out.

    Raises
    ------
    RequestError
        When no key opens it, it was altered, or its files are not those of its manifest; one sentence each.
    """
    if bool(identities) == bool(passphrase):
        raise RequestError("give either an identity file or a passphrase file")
    if passphrase:
        return _verified(_decrypted(lambda: pyrage.passphrase.decrypt(content, passphrase)))
    keys = _identities(identities)
    return _verified(_decrypted(lambda: pyrage.decrypt(content, keys)))


def _identities(text: str) -> list[pyrage.x25519.Identity]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError as error:
        raise RequestError("the identity file holds no age secret key; a line begins with AGE-SECRET-KEY-1") from error
    if not keys:
        raise RequestError("the identity file is empty; it needs a line that begins with AGE-SECRET-KEY-1")
    return keys


def _decrypted(decrypt: Callable[[], bytes]) -> bytes:
    """What was sealed; the two ways in which it does not open are told apart as far as age does."""
    try:
        return bytes(decrypt())
    except pyrage.DecryptError as error:
        said = str(error)
        if said in ("No matching keys found", "Decryption failed"):
            raise RequestError("the key or passphrase given does not open this package; ask who sealed it") from error
        raise RequestError(
            "this is no whole age package: it was altered or cut short on its way; ask for it again"
        ) from error


def _verified(plain: bytes) -> Opened:
    """Files of an archive that are, each of them, what the manifest says.

    Whoever knows the receiver's public key can seal anything for it: what is inside is no more trusted than a stranger's.
    """
    try:
        files = _unpacked(plain)
        written = files.pop(MANIFEST)
        manifest = json.loads(written)
        told = {str(one["name"]): str(one["sha256"]) for one in manifest["files"]}
        _json(manifest)  # what cannot be told again, as NaN or half a sign, was not written here
    except RequestError:
        raise
    # A damaged archive fails with RuntimeError (locked), EOFError, OSError or zlib.error, by where it is damaged.
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise RequestError("the package opens but holds no manifest of ours; it is not a handover package") from error
    if strange := sorted(set(told) ^ set(files)):
        raise RequestError(f"the package and its manifest do not name the same files: {_listed(strange)}")
    wrong = [
        name for name in told if not _NAME.fullmatch(name) or hashlib.sha256(files[name]).hexdigest() != told[name]
    ]
    if wrong:
        raise RequestError(f"the manifest does not fit {_listed(sorted(wrong))}; do not use this package")
    return Opened(manifest=manifest, manifest_text=written, files=files)


def _unpacked(plain: bytes) -> dict[str, bytes]:
    """Files of an archive by name, once what they say of their size and packing is bearable."""
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        inside = archive.infolist()
        if any(one.compress_type not in _PACKED for one in inside):
            raise zipfile.BadZipFile
        if sum(one.file_size for one in inside) > _LARGEST_BYTES:
            raise RequestError(
                f"the package unpacks to more than {_LARGEST_BYTES // 1_000_000} MB; it is no package of ours"
            )
        return {one.filename: archive.read(one) for one in inside}


def _listed(names: list[str]) -> str:
    """Names in one line, the first few, each as far as it can be shown."""
    shown = [ascii(name)[1:-1][:_NAME_SIGNS] if not _NAME.fullmatch(name) else name for name in names[:_NAMED_MOST]]
    return ", ".join(shown) + (f" and {len(names) - _NAMED_MOST} more" if len(names) > _NAMED_MOST else "")

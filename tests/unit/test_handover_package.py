"""Silent risks here: a package that holds more than its receiver may have; something unencrypted left on the disk; a
package that left unrecorded; an altered one that opens; a reason or a key that was not asked for."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pyrage
import pytest

from geo.__main__ import main
from geo.answers.handover_package import PackageRequest, answer_package, receivers_of, record_sealed
from geo.answers.world import World
from geo.errors import RequestError, StaleVersionError, WithheldError
from geo.exports.handover_package import Lock, open_package, seal_package
from geo.model import Audience
from geo.settings import Settings
from geo.workspace import Workspace, open_workspace
from tests.toy_country import toy_workspace
from tests.toy_missions import FLEET, REQUESTS
from tests.toy_readings import base
from tests.unit.test_handover import DAY

HEIR, OTHER, SECRET = "Heirorg", "Otherorg", "a passphrase of some length"
KEY = pyrage.x25519.Identity.generate()
# Never in a package for HEIR of base north: of another base, receiver or kind, personal, or free text of the ledger.
OUTSIDE = ("Otherorg", "southern archive", "Southbase", "case-2", "vehicle-2", "Evidence Ulm", "site-west", "2.71828",
           "rejected-duty", "band-other", "Aliasname")  # fmt: skip
INSIDE = ("northern archive", "case-1", "vehicle-1", "0.31416", "band-ours")
DUTIES = [
    {"duty_id": "d-1", "base_id": "north", "kind": "database", "what": "northern archive", "receiver": HEIR,
     "status": "agreed", "evidence": "Evidence Ulm"},
    {"duty_id": "d-2", "base_id": "north", "kind": "open_request", "record_ids": "case-1;case-none", "receiver": HEIR,
     "status": "handed_over", "accepted_on": "2026-05-01"},
    {"duty_id": "d-3", "base_id": "north", "kind": "vehicle", "record_ids": "vehicle-1", "receiver": HEIR, "status": "planned"},
    {"duty_id": "d-4", "base_id": "north", "kind": "alert_network", "receiver": HEIR, "status": "agreed"},
    {"duty_id": "d-5", "base_id": "north", "kind": "negotiation_mandate", "record_ids": "band-ours", "receiver": HEIR,
     "status": "agreed"},
    {"duty_id": "rejected-duty", "base_id": "north", "kind": "it", "receiver": HEIR, "status": "declined"},
    {"duty_id": "d-7", "base_id": "north", "kind": "vehicle", "record_ids": "vehicle-2", "receiver": OTHER, "status": "agreed"},
    {"duty_id": "d-8", "base_id": "south", "kind": "database", "what": "southern archive", "receiver": HEIR,
     "record_ids": "case-2", "status": "agreed"},
]  # fmt: skip
ACTORS = [
    {"actor_id": "band-ours", "name": "Ours", "aliases": "Aliasname", "actor_type": "militia"},
    {"actor_id": "band-other", "name": "Other", "actor_type": "militia"},
]
BASES = [
    base("north", name="Northbase", longitude=0.31416, latitude=0.5),
    base("south", name="Southbase", longitude=2.71828, latitude=0.5),
]


@pytest.fixture
def store(tmp_path: Path) -> Workspace:
    tables = {"bases": BASES, "duties": DUTIES, "requests": REQUESTS, "fleet": FLEET, "actors": ACTORS}
    return toy_workspace(tmp_path / "ws", tables)


def asked(**values: Any) -> PackageRequest:
    return PackageRequest(
        **{"base_id": "north", "receiver": HEIR, "as_of": DAY, "reason": "agreed at the workshop"} | values
    )


def sealed_by(store: Workspace, settings: Settings, audience: Audience = Audience.CASE_TEAM) -> tuple[bytes, Any]:
    package = answer_package(World(store, settings), asked(), audience=audience)
    return seal_package(package.tables, Lock(recipient=str(KEY.to_public())), facts=package.facts()), package


def test_a_package_holds_what_its_receiver_may_have_and_nothing_else(store: Workspace, settings: Settings) -> None:
    content, package = sealed_by(store, settings)
    opened = open_package(content, identities=f"# mine\n{KEY}\n")
    assert sorted(opened.files) == ["actors.csv", "duties.csv", "networks.csv", "requests.csv", "vehicles.csv"]
    everything = b"".join([opened.manifest_text, *opened.files.values()])
    assert [word for word in INSIDE if word.encode() not in everything] == []
    assert [word for word in OUTSIDE if word.encode() in everything] == []
    assert [word for word in (*INSIDE, *OUTSIDE, HEIR) if word.encode() in content] == []
    told = {name: opened.manifest[name] for name in ("base_id", "receiver", "audience", "as_of", "snapshot", "reason")}
    assert told == {"base_id": "north", "receiver": HEIR, "audience": "case_team", "as_of": DAY.isoformat(),
                    "snapshot": package.snapshot, "reason": "agreed at the workshop"}  # fmt: skip
    assert opened.manifest["duty_ids"] == ["d-1", "d-2", "d-3", "d-4", "d-5"]
    sums = {one["name"]: one["sha256"] for one in opened.manifest["files"]}
    assert sums == {name: hashlib.sha256(text).hexdigest() for name, text in opened.files.items()}


def test_a_receiver_trusted_less_gets_less(store: Workspace, settings: Settings) -> None:
    content, package = sealed_by(store, settings, Audience.TASK_FORCE)
    opened = open_package(content, identities=str(KEY))
    everything = b"".join([opened.manifest_text, *opened.files.values()])
    # Free text, the mandate and the actor it names, and the place to the metre stay behind.
    assert [word for word in ("northern archive", "d-5", "band-ours", "0.31416") if word.encode() in everything] == []
    assert "d-5" not in package.versions
    for audience in (Audience.PUBLIC, Audience.CLUSTER):
        with pytest.raises(WithheldError, match=f"^the audience {audience} may have nothing of a package"):
            answer_package(World(store, settings), asked(), audience=audience)
        assert receivers_of(World(store, settings), "north", audience=audience) == ()
    assert receivers_of(World(store, settings), "north", audience=Audience.TASK_FORCE) == (HEIR, OTHER)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": "  "}, "give a reason; without one nothing is sealed"),
        ({"receiver": "Nobody"}, "north hands nothing to 'Nobody' that case_team may see; nothing was sealed"),
        ({"base_id": "east"}, "no base 'east' is on record; check its id"),
    ],
)
def test_what_cannot_be_sealed_is_refused_in_one_sentence(
    values: dict[str, str], said: str, store: Workspace, settings: Settings
) -> None:
    with pytest.raises((RequestError, LookupError), match=f"^{re.escape(said)}$"):
        answer_package(World(store, settings), asked(**values), audience=Audience.CASE_TEAM)


def test_that_it_left_is_written_on_each_of_its_duties_first(store: Workspace, settings: Settings) -> None:
    content, package = sealed_by(store, settings)
    sha256 = hashlib.sha256(content).hexdigest()
    written = record_sealed(store, package, sha256=sha256)
    assert [duty_id for duty_id, _ in written] == ["d-1", "d-2", "d-3", "d-4", "d-5"]
    rows = World(store, settings).records("duties").set_index("duty_id")
    assert rows.loc[["d-1", "d-3"], "status"].tolist() == ["sealed", "sealed"]
    assert rows.loc["d-2", "status"] == "handed_over"  # it stays so
    assert set(rows.loc[["d-1", "d-2"], "sealed_sha256"]) == {sha256}
    assert rows.loc[["rejected-duty", "d-7", "d-8"], "sealed_on"].isna().all()
    newest = store.history("duties", "d-1").iloc[-1]
    assert newest["reason"] == "sealed package for Heirorg, as case_team: agreed at the workshop"
    with pytest.raises(StaleVersionError):  # somebody revised them since it was gathered
        record_sealed(store, package, sha256=sha256)
    assert store.verify() == []


@pytest.mark.parametrize(
    ("change", "how", "said"),
    [
        (lambda c: c, {"identities": str(pyrage.x25519.Identity.generate())}, "does not open this package"),
        (lambda c: c, {"passphrase": SECRET}, "does not open this package"),
        (lambda c: c, {"identities": "nonsense"}, "holds no age secret key"),
        (lambda c: c, {"identities": "# only a remark"}, "the identity file is empty"),
        (lambda c: c, {}, "give either an identity file or a passphrase file"),
        (lambda c: c[:-3] + bytes([c[-3] ^ 1]) + c[-2:], {"identities": str(KEY)}, "altered or cut short"),
        (lambda c: c[:-40], {"identities": str(KEY)}, "altered or cut short"),
        (lambda _: b"no package", {"identities": str(KEY)}, "altered or cut short"),
    ],
)
def test_what_does_not_open_says_why_in_one_sentence(
    change: Any, how: dict[str, str], said: str, store: Workspace, settings: Settings
) -> None:
    content, _ = sealed_by(store, settings)
    with pytest.raises(RequestError, match=said) as refusal:
        open_package(change(content), **how)
    assert "\n" not in str(refusal.value)


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return bytes(pyrage.encrypt(out.getvalue(), [KEY.to_public()]))


def manifest_of(*names: str, sha256: str = "") -> bytes:
    return json.dumps({"files": [{"name": name, "sha256": sha256 or "0" * 64} for name in names]}).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (archive({"manifest.json": manifest_of("duties.csv"), "duties.csv": b"a"}), "does not fit duties.csv"),
        (archive({"manifest.json": manifest_of("duties.csv")}), "do not name the same files: duties.csv"),
        (archive({"manifest.json": manifest_of(), "extra.csv": b"a"}), "do not name the same files: extra.csv"),
        (archive({"duties.csv": b"a"}), "holds no manifest of ours"),
        (archive({"manifest.json": b"[1]"}), "holds no manifest of ours"),
        (bytes(pyrage.encrypt(b"not a zip", [KEY.to_public()])), "holds no manifest of ours"),
        (
            archive(
                {"manifest.json": manifest_of("../up.csv", sha256=hashlib.sha256(b"a").hexdigest()), "../up.csv": b"a"}
            ),
            r"does not fit \.\./up\.csv",
        ),
    ],
)
def test_contents_that_are_not_those_of_the_manifest_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        open_package(content, identities=str(KEY))


def damaged(at: bytes, offset: int, value: int) -> bytes:
    """An archive as it was written but for one byte after each place where something stands."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", manifest_of("duties.csv"))
    plain = bytearray(out.getvalue())
    plain[plain.index(at) + offset] = value
    return bytes(pyrage.encrypt(bytes(plain), [KEY.to_public()]))


def packed(method: int, **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, text in {"manifest.json": manifest_of("duties.csv"), **files}.items():
            made.writestr(name, text)
    return bytes(pyrage.encrypt(out.getvalue(), [KEY.to_public()]))


def manifest_with(value: bytes) -> bytes:
    return archive({"manifest.json": b'{"files": [], "reason": ' + value + b"}"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (damaged(b"PK\x01\x02", 8, 1), "holds no manifest of ours"),  # locked with a password
        (damaged(b"PK\x01\x02", 10, 99), "holds no manifest of ours"),  # packed in an unknown way
        (damaged(b"PK\x01\x02", 6, 99), "holds no manifest of ours"),  # of a later form
        (damaged(b"manifest.json", 13, 255), "holds no manifest of ours"),  # its stream does not unpack
        (packed(zipfile.ZIP_LZMA), "holds no manifest of ours"),
        (packed(zipfile.ZIP_BZIP2), "holds no manifest of ours"),
        (packed(zipfile.ZIP_DEFLATED, **{"duties.csv": b"0" * 200_000_001}), "unpacks to more than 200 MB"),
        (archive({"manifest.json": b"[" * 100_000}), "holds no manifest of ours"),
        (manifest_with(b"NaN"), "holds no manifest of ours"),
        (manifest_with(b"1e999"), "holds no manifest of ours"),
        (manifest_with(b'"\\ud800"'), "holds no manifest of ours"),
        (archive({"manifest.json": manifest_of(), "\x1b[2J\n.csv": b"a"}), r"same files: \\x1b\[2J\\n\.csv$"),
        (archive({"manifest.json": manifest_of(), **{f"x{n}": b"" for n in range(9)}}), "x0, x1, x2, x3, x4 and 4 more$"),
    ],
)  # fmt: skip
def test_what_a_stranger_sealed_is_refused_in_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    """A public key is known to many: age vouches for nothing inside."""
    with pytest.raises(RequestError, match=said) as refusal:
        open_package(content, identities=str(KEY))
    assert str(refusal.value).isprintable()
    (tmp_path / "key").write_text(str(KEY))
    (tmp_path / "strange.age").write_bytes(content)
    words = ("open", str(tmp_path / "strange.age"), "--identity", str(tmp_path / "key"), "--out", str(tmp_path / "new"))
    assert run(tmp_path / "ws", *words) == 2
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("written", [b"", b"\n", b"   \n" + SECRET.encode(), b"\xff\xfe\x00", None])
def test_a_passphrase_file_that_holds_none_seals_and_opens_nothing(
    written: bytes | None, store: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()
    path = tmp_path / "pass"
    if written is not None:
        path.write_bytes(written)
    key = ("--recipient", str(KEY.to_public()))  # even beside a key: it was asked for
    words = ("--base", "north", "--receiver", HEIR, "--audience", "case_team", "--reason", "agreed")
    lock = ("--passphrase-file", str(path), "--out", str(tmp_path / "out.age"))
    (tmp_path / "whole.age").write_bytes(pyrage.passphrase.encrypt(b"x", SECRET))
    opening = ("--passphrase-file", str(path), "--out", str(tmp_path / "new"))
    for command in (("seal", *words, *key, *lock), ("open", str(tmp_path / "whole.age"), *opening)):
        assert run(tmp_path / "ws", *command) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert ("has no passphrase on its first line" in said) != ("name a text file" in said)
    assert not (tmp_path / "out.age").exists()
    assert not (tmp_path / "new").exists()


def test_a_passphrase_is_the_same_however_its_file_was_saved(store: Workspace, tmp_path: Path) -> None:
    store.close()
    (tmp_path / "notepad").write_bytes(b"\xef\xbb\xbf" + SECRET.encode() + b"\r\n")
    (tmp_path / "plain").write_text(SECRET)
    words = ("--base", "north", "--receiver", HEIR, "--audience", "case_team", "--reason", "agreed")
    sealed = ("--passphrase-file", str(tmp_path / "notepad"), "--out", str(tmp_path / "out.age"))
    assert run(tmp_path / "ws", "seal", *words, *sealed) == 0
    opened = ("--passphrase-file", str(tmp_path / "plain"), "--out", str(tmp_path / "new"))
    assert run(tmp_path / "ws", "open", str(tmp_path / "out.age"), *opened) == 0


@pytest.mark.parametrize("place", ["", "no such folder/x.age", "n" * 300])
def test_where_nothing_can_be_written_nothing_is_sealed_or_opened(
    place: str, store: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()
    (tmp_path / "pass").write_text(SECRET)
    lock = ("--passphrase-file", str(tmp_path / "pass"), "--out", str(tmp_path / place))
    words = ("--base", "north", "--receiver", HEIR, "--audience", "case_team", "--reason", "agreed")
    assert run(tmp_path / "ws", "seal", *words, *lock) == 2
    assert re.fullmatch(r"cannot write .*; choose another place with --out\n", capsys.readouterr().err)
    assert open_workspace(tmp_path / "ws", author="test").table("duties")["status"].ne("sealed").all()


def test_a_lock_is_one_key_or_one_long_passphrase(store: Workspace, settings: Settings) -> None:
    for given in ({}, {"recipient": "age1x", "passphrase": SECRET}):
        with pytest.raises(RequestError, match="give either the receiver's age key or a passphrase"):
            Lock(**given)
    with pytest.raises(RequestError, match="a passphrase needs 12 signs or more"):
        Lock(passphrase="too short")
    assert SECRET not in repr(Lock(passphrase=SECRET))
    package = answer_package(World(store, settings), asked(), audience=Audience.CASE_TEAM)
    with pytest.raises(RequestError, match="no public age key"):
        seal_package(package.tables, Lock(recipient="age1nonsense"), facts={})


def run(store: Path, *words: str) -> int:
    return main(["--workspace", str(store), "handover", *words])


def test_sealed_and_opened_on_the_command_line_nothing_else_is_written(
    store: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out, opened = tmp_path / "ws", tmp_path / "north.age", tmp_path / "opened"
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setenv("TMPDIR", str(spare))
    (tmp_path / "pass").write_text(SECRET + "\n")
    store.close()
    words = ("--base", "north", "--receiver", HEIR, "--audience", "case_team", "--as-of", DAY.isoformat())
    lock = ("--passphrase-file", str(tmp_path / "pass"), "--out", str(out))
    assert run(folder, "seal", *words, *lock) == 2
    assert "give a reason" in capsys.readouterr().err
    assert not out.exists()
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert run(folder, "seal", *words, *lock, "--reason", "agreed") == 0
    printed = "".join(capsys.readouterr())
    assert hashlib.sha256(out.read_bytes()).hexdigest() in printed
    assert [word for word in (*INSIDE, SECRET) if word in printed] == []
    grown = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert {path for path in grown if "ws" not in path.parts} == {out}
    # What only a package holds, its rows as a table, lies nowhere in the workspace.
    header = b"duty_id,base_id,kind"
    assert [path for path in folder.rglob("*") if path.is_file() and header in path.read_bytes()] == []
    assert [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
    assert list(spare.iterdir()) == []
    assert run(folder, "seal", *words, *lock, "--reason", "again") == 2  # never over another file
    assert "north.age is there already" in capsys.readouterr().err
    way = ("--passphrase-file", str(tmp_path / "pass"), "--out", str(opened))
    assert run(folder, "open", str(out), *way) == 0
    told = json.loads(capsys.readouterr().out)
    assert sorted(path.name for path in opened.iterdir()) == told["files"]
    assert b"northern archive" in (opened / "duties.csv").read_bytes()
    assert run(folder, "open", str(out), *way) == 2
    assert "opened is there already and not empty" in capsys.readouterr().err
    assert open_workspace(folder, author="test").verify() == []


@pytest.mark.usefixtures("store")
def test_the_ledger_and_the_checklist_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, day = tmp_path / "ws", ("--as-of", DAY.isoformat())
    assert run(folder, *day, "--audience", "task_force", "--base", "north") == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["base_id"] for row in told["duties"]} == {"north"}
    assert told["totals"]["duties"] == len(told["duties"]) == 6
    assert told["withheld_columns"] == ["what", "evidence"]
    plan = tmp_path / "plan.toml"
    plan.write_text('name = "p"\n[[forced]]\nbase_id = "north"\ncloses_on = 2026-08-01\n')
    assert run(folder, *day, "--audience", "task_force", "--scenario", str(plan)) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["next_closing"] == "2026-08-01"
    assert run(folder, "adopt", "--base", "south", *day, "--audience", "task_force", "--reason", "r") == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["adopted"]] == ["south-vehicles", "south-it"]
    assert run(folder) == 0
    assert json.loads(capsys.readouterr().out)["duties"] == []

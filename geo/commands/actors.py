"""The commands about actors: actor, names."""

import datetime as dt
from argparse import Namespace
from dataclasses import fields
from typing import Any

from geo.answers.actor import answer_actor
from geo.answers.names import answer_names
from geo.answers.world import World
from geo.commands.asking import day_of, word_of
from geo.commands.speaking import answer, say
from geo.commands.storing import open_for
from geo.exports.provenance import provenance_of
from geo.exports.tables import rows_of, statement_of
from geo.model import ActorRequest, Audience, as_json
from geo.redaction import Cleared, describe
from geo.settings import Settings


def add_commands(commands: Any) -> None:
    """Declare the commands of this file."""
    made = commands.add_parser("actor", help="what is on record of one actor")
    made.add_argument("actor_id", metavar="ID")
    made.add_argument("--as-of", type=day_of)
    made.add_argument("--known-at", type=day_of)
    made.add_argument("--audience", type=word_of(Audience), choices=list(Audience), default=Audience.PUBLIC)
    made.set_defaults(run=run_actor)
    names = commands.add_parser("names", help="reported names that a person should settle, and those settled")
    names.add_argument("--audience", type=word_of(Audience), choices=list(Audience), default=Audience.PUBLIC)
    names.set_defaults(run=run_names)


def run_actor(arguments: Namespace, settings: Settings) -> None:
    """Print record, kin, commitments, violations and evidence of one actor."""
    known_at = arguments.known_at
    instant = None if known_at is None else dt.datetime.combine(known_at, dt.time.max, tzinfo=dt.UTC)
    world = World(open_for(arguments, settings), settings, known_at=instant)
    request = ActorRequest(
        actor_id=arguments.actor_id, as_of=arguments.as_of or world.latest_date, known_at=arguments.known_at
    )
    found = answer_actor(world, request, audience=arguments.audience)
    parts = {one.name: getattr(found, one.name) for one in fields(found)}
    tables = {name: part for name, part in parts.items() if isinstance(part, Cleared)}
    for sentence in dict.fromkeys(said for part in tables.values() for said in describe(part.statement)):
        say(sentence)
    answer(
        {
            "request": as_json(request),
            **statement_of(found.evidence.statement),
            **{name: rows_of(part) for name, part in tables.items()},
            "provenance": provenance_of(world.sources, as_of=request.as_of),
        }
    )


def run_names(arguments: Namespace, settings: Settings) -> None:
    """Print names that fit several actors or none for sure, who may be meant, and what was settled."""
    world = World(open_for(arguments, settings), settings)
    found = answer_names(world, audience=arguments.audience)
    tables = {one.name: getattr(found, one.name) for one in fields(found)}
    for sentence in dict.fromkeys(said for part in tables.values() for said in describe(part.statement)):
        say(sentence)
    answer(
        {
            **statement_of(found.names.statement),
            **{name: rows_of(part) for name, part in tables.items()},
            "provenance": provenance_of(world.sources, as_of=world.latest_date),
        }
    )

"""Stories of who is where and puts what where, step by step, and what one of them believes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from synthctx.streams import Stream

_AGENTS = """
Maud Otto Ingrid Bertram Celeste Dmitri Farida Gunnar Hester Ibrahim Jolanta Kwame Leopold
Mireille Nadia Oswald Philippa Quentin Rosalind Stefan Theodora Ulrich Valentina Wilhelmina
Xavier Yolanda Zebedee
"""
_OBJECTS = """
marble; thimble; silver spoon; paper crane; brass whistle; pocket watch; glass bead; walnut;
red button; compass; harmonica; sealed letter; iron key; spinning top; chess piece; ribbon;
ball of wool; postcard; candle; small mirror; seashell; old coin
"""
_ROOMS = """
pantry; attic; cellar; conservatory; library; workshop; nursery; studio; veranda; scullery;
boiler room; guest room; hallway; garage; greenhouse
"""
_CONTAINERS = """
basket; drawer; cupboard; wooden chest; hatbox; bucket; crate; suitcase; blue jar; cabinet; trunk;
wicker hamper; toolbox; cardboard carton
"""

GO, SHIFT, CARRY, LEAVE, ENTER = KINDS = ("go", "shift", "carry", "leave", "enter")
_WEIGHTS = {GO: 34, SHIFT: 19, CARRY: 18, LEAVE: 16}  # as published; ENTER is for who is out
_SAID = {
    GO: "{agent} walks over to the {room}.",
    SHIFT: "{agent} moves the {thing} to the {place}.",
    CARRY: "{agent} carries the {thing} to the {room} and puts it in the {place}.",
    LEAVE: "{agent} leaves the {left}.",
    ENTER: "{agent} comes into the {room}.",
}


@dataclass(frozen=True)
class State:
    """What holds after a step for the agent and the object that are asked about."""

    agent_at: str | None
    object_at: str
    sees: bool
    belief: str | None

    def listed(self) -> list[str | bool | None]:
        """Return it as the rule wants it."""
        return [self.agent_at, self.object_at, self.sees, self.belief]


@dataclass(frozen=True)
class Cast:
    """Who and what occurs in a story; the first agent and the first object are asked about."""

    agents: list[str]
    objects: list[str]
    rooms: list[str]
    containers: list[str]


@dataclass
class Scene:
    """Where everybody and everything is, and what the first agent believes."""

    cast: Cast
    agents: list[str | None]
    objects: list[tuple[str, str]]  # room and container
    belief: str | None = None

    def state(self) -> State:
        """Let the first agent look; return what holds then."""
        room, container = self.objects[0]
        place, at = f"{room} {container}", self.agents[0]
        if at == room:
            self.belief = place
        return State(at, place, at == room, self.belief)

    def copy(self) -> Scene:
        """Return a scene that goes on by itself."""
        return Scene(self.cast, [*self.agents], [*self.objects], self.belief)

    def said(self) -> str:
        """Return the sentences of the beginning."""
        who = zip(self.cast.agents, self.agents, strict=True)
        what = zip(self.cast.objects, self.objects, strict=True)
        people = [f"{agent} is in the {room}." for agent, room in who]
        things = [f"The {thing} is in the {room} {container}." for thing, (room, container) in what]
        return " ".join(people + things)


@dataclass(frozen=True)
class Step:
    """What happens in a step, and what holds after it."""

    kind: str
    text: str
    state: State


def cast_of(stream: Stream, agents: int, objects: int, rooms: int, containers: int) -> Cast:
    """Draw who and what occurs."""

    def some(names: str, n: int) -> list[str]:
        return stream.sample([" ".join(name.split()) for name in names.split(";")], n)

    return Cast(
        stream.sample(_AGENTS.split(), agents),
        some(_OBJECTS, objects),
        some(_ROOMS, rooms),
        some(_CONTAINERS, containers),
    )


def opening(cast: Cast, stream: Stream) -> Scene:
    """Put everybody and everything somewhere."""
    rooms, containers = cast.rooms, cast.containers
    return Scene(
        cast,
        [stream.pick(rooms) for _ in cast.agents],
        [(stream.pick(rooms), stream.pick(containers)) for _ in cast.objects],
    )


def _draws(stream: Stream) -> Iterator[int]:
    while True:
        yield from stream.integers(0, 1 << 30, 256).tolist()


def steps(scene: Scene, stream: Stream) -> Iterator[Step]:
    """Let things happen without end; the scene changes with them."""
    draws = _draws(stream)

    def one(items: list[Any]) -> Any:
        return items[next(draws) % len(items)]

    while True:
        cast = scene.cast
        who = next(draws) % len(cast.agents)
        at = scene.agents[who]
        near = [i for i, (room, _) in enumerate(scene.objects) if room == at]
        if at is None:
            kind, away = ENTER, cast.rooms
        else:
            away = [room for room in cast.rooms if room != at]
            able = [kind for kind in _WEIGHTS if near or kind in (GO, LEAVE)]
            kind = one([kind for kind in able for _ in range(_WEIGHTS[kind])])
        room, thing, place = one(away), "", ""
        if kind in (SHIFT, CARRY):
            which = one(near)
            old = scene.objects[which]
            into = at if kind == SHIFT and at is not None else room
            fresh = [c for c in cast.containers if (into, c) != old]
            scene.objects[which] = (into, one(fresh))
            thing, place = cast.objects[which], " ".join(scene.objects[which])
        if kind != SHIFT:
            scene.agents[who] = None if kind == LEAVE else room
        text = _SAID[kind].format(
            agent=cast.agents[who], room=room, thing=thing, place=place, left=at
        )
        yield Step(kind, text, scene.state())

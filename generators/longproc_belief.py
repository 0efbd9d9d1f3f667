"""Somebody's belief on where a thing is, followed through every step of a story.

Source: LongProc (arXiv:2501.05414), tom_tracking. Kept: two agents, two objects, two rooms with
the same two kinds of containers, five kinds of events in about the published shares, one agent
and one object asked about, the four values after each step in the published form.

Changed: the number of steps follows from the tokens that the answer is asked to have
(`output_tokens`), and the story stands in a text that fills the window and has no step numbers.
In the published samples the final belief was false in one of ten, so that the last place of the
object was nearly always right; here it is false in half of them (`false_beliefs`). The rules of
seeing and believing, which the published prompt leaves to its examples, are stated in full.
There can be more agents, objects, rooms and containers.

One right answer: what is asked after each step is a function of the steps so far, by the stated
rules: an event says where an agent or an object is from then on, nothing else changes. Names are
different and none stands inside another.

A right answer is within a tenth of `output_tokens`; its exact count is kept with the sample, as
`reference_tokens` among the parameters of the rule, which passes it over.

Depth: the first step stands at the depth. `placement` spread (the default) has the others at
even distances from there to the end of the text, clustered has the whole story at the depth.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

from synthctx.compose import Room
from synthctx.generators._longproc_size import OUTPUT_TOKENS, allowance, near, no_trace, recorded
from synthctx.generators._longproc_story import KINDS, Cast, Scene, State, Step, cast_of, opening
from synthctx.generators._longproc_story import steps as events
from synthctx.tasks import Draft, Hay, Piece, Task, register

_PREFIX = """\
In the text below a story is told in steps: "Step 0: ...", "Step 1: ..." and so on, in order. \
Step 0 says where everybody and everything is, and each later step says what happens. All \
sentences without a step number have nothing to do with the story. After the text you will be \
asked about one person and one object. Follow both through all steps, by these rules:

- A person is in one room, or in none after leaving; the location is then None. A person who \
walks over to a room, comes into it or carries something to it is in that room.
- An object is always in a container of a room. Its location is the room and the container, such \
as "shed barrel". It changes only when somebody moves or carries that object.
- A person sees an object after a step if both are in the same room then, whatever the container. \
Who is in no room sees nothing.
- Whoever sees an object after a step believes from then on that it is where it is. Who does not \
see it goes on believing what was believed before; that is None before the object has been seen. \
Nobody tells anybody anything.

Write one line for each step, in order and without leaving one out, with the four values that \
hold after that step. In brackets say for both locations whether they have changed since the \
step before, and write "initial state" for step 0. Then give the belief after the last step as the \
final answer. An example:

Step 0: Ann is in the shed. Bob is in the shed. The kite is in the shed barrel. Step 1: Ann \
leaves the shed. Step 2: Bob carries the kite to the porch and puts it in the porch sack. Step 3: \
Bob walks over to the shed. Step 4: Ann comes into the shed.

For Ann and the kite the answer is:

Trace of Ann and the kite:
- Step 0: (initial state) {Ann location: shed; kite location: shed barrel; Ann sees kite: True; \
Ann's belief on kite: shed barrel}
- Step 1: (Ann location changed; kite location unchanged) {Ann location: None; kite location: \
shed barrel; Ann sees kite: False; Ann's belief on kite: shed barrel}
- Step 2: (Ann location unchanged; kite location changed) {Ann location: None; kite location: \
porch sack; Ann sees kite: False; Ann's belief on kite: shed barrel}
- Step 3: (Ann location unchanged; kite location unchanged) {Ann location: None; kite location: \
porch sack; Ann sees kite: False; Ann's belief on kite: shed barrel}
- Step 4: (Ann location changed; kite location unchanged) {Ann location: shed; kite location: \
porch sack; Ann sees kite: False; Ann's belief on kite: shed barrel}
Final Answer: shed barrel

Here is the text.
"""
_SUFFIX = """

That was the text.

Follow {agent} and the {thing} from step 0 to step {last}. Write the trace and the final answer \
as in the example.
"""
_CASTS = 60
_ENDINGS = 400
_TAIL = 10  # steps at the end that are drawn again until the belief is as wanted
_FEW = 8  # from so many steps on every kind of event occurs


def _trace(cast: Cast, states: list[State]) -> list[str]:
    """Return the lines of a right answer but for the last one."""
    agent, thing = cast.agents[0], cast.objects[0]
    lines, before = [f"Trace of {agent} and the {thing}:\n"], None
    for i, now in enumerate(states):
        label = "initial state"
        if before is not None:
            moved = "unchanged" if before.agent_at == now.agent_at else "changed"
            put = "unchanged" if before.object_at == now.object_at else "changed"
            label = f"{agent} location {moved}; {thing} location {put}"
        lines.append(
            f"- Step {i}: ({label}) {{{agent} location: {now.agent_at}; {thing} location: "
            f"{now.object_at}; {agent} sees {thing}: {now.sees}; {agent}'s belief on {thing}: "
            f"{now.belief}}}\n"
        )
        before = now
    return lines


def _told(cast: Cast, states: list[State]) -> str:
    return "".join(_trace(cast, states)) + f"Final Answer: {states[-1].belief}"


def _ending(
    scene: Scene, head: list[Step], n: int, room: Room, attempt: int, right: Callable[[State], bool]
) -> list[Step] | None:
    """Return `n` more steps such that the last belief is right and all kinds occur."""
    wanted = set(KINDS) if len(head) + n >= _FEW else set()
    wanted -= {step.kind for step in head}
    stream = room.streams("ending", attempt)
    for _ in range(_ENDINGS):
        tail = list(islice(events(scene.copy(), stream), n))
        if right(tail[-1].state) and wanted <= {step.kind for step in tail}:
            return tail
    return None


def _story(room: Room) -> tuple[Cast, str, list[Step], list[State], int]:
    """Return cast, beginning, steps, states and the tokens of the right answer."""
    p, asked = room.params, int(room.params["output_tokens"])
    false = room.structure("belief").chance(p["false_beliefs"])

    def right(state: State) -> bool:
        return state.belief is not None and (state.belief != state.object_at) is false

    for attempt in range(_CASTS):
        stream = room.streams("evidence", attempt)
        cast = cast_of(stream, p["agents"], p["objects"], p["rooms"], p["containers"])
        start = opening(cast, stream)
        said, first = start.said(), start.state()
        n = _number(room, cast, first, start, attempt)
        scene, tail = start.copy(), min(n, _TAIL)
        head = list(islice(events(scene, room.streams("steps", attempt)), n - tail))
        # an event is drawn when it is asked for, so that the scene is the one after the head
        rest = _ending(scene, head, tail, room, attempt, right)
        if rest is None:
            continue
        all_steps = head + rest
        states = [first, *(step.state for step in all_steps)]
        tokens = room.tokenizer.count(_told(cast, states))
        if near(tokens, asked):
            return cast, said, all_steps, states, tokens
    raise no_trace(room, "one step more or less makes too much of a difference; ask for more")


def _number(room: Room, cast: Cast, first: State, start: Scene, attempt: int) -> int:
    """Return how many steps make an answer of about the asked size."""
    asked = int(room.params["output_tokens"])
    one = room.line_tokens(_trace(cast, [first] * 2))
    likely = asked * 6 // (5 * one[-1]) + 3
    run = islice(events(start.copy(), room.streams("steps", attempt)), likely)
    lines = _trace(cast, [first, *(step.state for step in run)])
    final = room.line_tokens([f"Final Answer: {first.object_at}\n"])[0]
    total = np.cumsum(room.line_tokens(lines))[2:] + final
    return int(np.argmin(np.abs(total - asked))) + 1


def build(room: Room) -> Draft:
    """Let a story happen, tell it in a text, and ask what one of its persons believes."""
    cast, said, happened, states, tokens = _story(room)
    texts = [said, *(step.text for step in happened)]
    depth, n = room.row.depth or 0.0, len(texts)
    step = (1 - depth) / n if room.params["placement"] == "spread" else 0.0
    pieces = [Piece(f"Step {i}: {text}", depth + i * step) for i, text in enumerate(texts)]
    agent, thing = cast.agents[0], cast.objects[0]
    return Draft(
        prefix=_PREFIX,
        body=Hay(pieces, forbidden=("Step ",)),
        suffix=_SUFFIX.format(agent=agent, thing=thing, last=len(happened)),
        reference={"agent": agent, "object": thing, "states": [s.listed() for s in states]},
        max_output_tokens=allowance(tokens),
        rule_params=recorded(tokens),
    )


# ---------------------------------------------------------------- a reader of its own

_ASKED = re.compile(r"^Follow (\w+) and the ([\w ]+) from step 0 to step (\d+)\.", re.MULTILINE)
_HEAD = re.compile(r"\bStep (\d+): ")
_GOES = re.compile(r"(\w+) (?:walks over to|comes into) the ([\w ]+)\.")
_LEAVES = re.compile(r"(\w+) leaves the [\w ]+\.")
_CARRIES = re.compile(r"(\w+) carries the ([\w ]+) to the ([\w ]+) and puts it in the ([\w ]+)\.")
_MOVES = re.compile(r"\w+ moves the ([\w ]+) to the ([\w ]+)\.")
_BEGINS = re.compile(r"(\w+) is in the ([\w ]+)\.")
_LIES = re.compile(r"The ([\w ]+) is in the ([\w ]+)\.")
_LONGEST = 2000  # of a step


class _Follower:
    """Keeps what is known of the two that are asked about."""

    def __init__(self, agent: str, thing: str) -> None:
        self.agent, self.thing = agent, thing
        self.at, self.lies, self.belief = "None", "", "None"
        self.lines: list[str] = []

    def begin(self, text: str) -> bool:
        for person, room in _BEGINS.findall(text):
            if person == self.agent:
                self.at = room
        self.lies = dict(_LIES.findall(text)).get(self.thing, "")
        return bool(self.lies)

    def happen(self, text: str) -> None:
        if found := _GOES.match(text):
            self.move(found[1], found[2])
        elif found := _LEAVES.match(text):
            self.move(found[1], "None")
        elif found := _CARRIES.match(text):
            self.move(found[1], found[3])
            self.put(found[2], found[4])
        elif found := _MOVES.match(text):
            self.put(found[1], found[2])

    def move(self, person: str, room: str) -> None:
        self.at = room if person == self.agent else self.at

    def put(self, thing: str, place: str) -> None:
        self.lies = place if thing == self.thing else self.lies

    def note(self, number: int, before: tuple[str, str] | None) -> None:
        sees = self.lies.startswith(self.at + " ")
        self.belief = self.lies if sees else self.belief
        agent, thing, label = self.agent, self.thing, "initial state"
        if before is not None:
            same = [a == b for a, b in zip(before, (self.at, self.lies), strict=True)]
            words = ["unchanged" if s else "changed" for s in same]
            label = f"{agent} location {words[0]}; {thing} location {words[1]}"
        self.lines.append(
            f"- Step {number}: ({label}) {{{agent} location: {self.at}; {thing} location: "
            f"{self.lies}; {agent} sees {thing}: {sees}; {agent}'s belief on {thing}: "
            f"{self.belief}}}"
        )


def read(prompt: str) -> str:
    """Follow the two that are asked about through the numbered steps."""
    text = prompt.rpartition("Here is the text.\n")[2]
    asked = _ASKED.search(text, text.rfind("\nFollow ") + 1)
    if asked is None:
        return ""
    heads = list(_HEAD.finditer(text, 0, asked.start()))
    if [int(head[1]) for head in heads] != list(range(int(asked[3]) + 1)):
        return ""
    follower, before = _Follower(asked[1], asked[2]), None
    for number, head in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else asked.start()
        told = text[head.end() : min(end, head.end() + _LONGEST)]
        if number == 0 and not follower.begin(told):
            return ""
        if number:
            follower.happen(told)
        follower.note(number, before)
        before = (follower.at, follower.lies)
    title = f"Trace of {asked[1]} and the {asked[2]}:"
    return "\n".join([title, *follower.lines, f"Final Answer: {follower.belief}"])


def guesses(prompt: str) -> list[str]:
    """Return the trace of the example, and a last place of the object as the whole answer."""
    example = prompt.partition("Here is the text.\n")[0].rpartition("answer is:\n")[2]
    places = re.findall(r"the ([\w ]+)\.", prompt)
    return [example, *(f"Final Answer: {place}" for place in places[-3:])]


def _whole(low: int, high: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


register(
    Task(
        id="longproc/tom_tracking",
        version=1,
        rule="trace/state",
        summary="A belief followed through every step of a story; the trace's length is set",
        source="Ye et al. 2025 (LongProc), tom_tracking",
        scope="all steps of a story",
        diffusion="numbered, in a text without numbers; each changes what holds after it",
        build=build,
        read=read,
        params={
            "output_tokens": OUTPUT_TOKENS,
            "placement": {"enum": ["spread", "clustered"], "default": "spread"},
            "agents": _whole(2, 6, 2),
            "objects": _whole(1, 6, 2),
            "rooms": _whole(2, 6, 2),
            "containers": _whole(2, 6, 2),
            "false_beliefs": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
        },
        haystacks=("prose", "noise", "essay"),
        depth_default=0.0,
        guesses=guesses,
    )
)

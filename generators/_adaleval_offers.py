"""What the candidates of a choice are about: things to be had, and what is said of them.

A thing (a boat, a cottage) has four attributes that are one of some values and four
that are numbers. Every attribute can be told plainly, or in contrast to what was the case
before; a number also as a sum of two. What is written by these wordings can be read by them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

TIERS = ("stated", "contrasted", "computed")
CHOICES = 4  # attributes of a thing that are one of some values; the other four are numbers
NAME = r"([A-Z][a-z]+ [A-Z][a-z]+(?: \d{1,6})?)"  # what the names of things look like


@dataclass(frozen=True)
class Choice:
    """An attribute that has one of some values.

    Attributes:
        values: none of which stands inside another.
        stated: sentences with {v}.
        contrasted: sentences with {v} and {w}, another value, that does not hold.
        equal: how it is wished for, with {v}.
        unlike: how two values are ruled out, with {v} and {w}.
    """

    values: tuple[str, ...]
    stated: tuple[str, ...]
    contrasted: tuple[str, ...]
    equal: str
    unlike: str


@dataclass(frozen=True)
class Measure:
    """An attribute that is a number: low, low + step, ... high.

    Attributes:
        stated: sentences with {v}.
        contrasted: sentences with {v} and {w}, another number, that does not hold.
        computed: sentences with {a} and then {b}, which make the number by `signs`.
        signs: of each computed sentence: 1 for a + b, -1 for a - b.
        both: how a range is wished for, with {v} and {w}, both included; least, most: with {v}.
        under, over: how it is wished for beside another thing, with {name}.
    """

    low: int
    high: int
    step: int
    stated: tuple[str, ...]
    contrasted: tuple[str, ...]
    computed: tuple[str, ...]
    signs: tuple[int, ...]
    both: str
    least: str
    most: str
    under: str
    over: str


@dataclass(frozen=True)
class Thing:
    """A kind of thing to choose one of.

    Attributes:
        noun: what it is called in the question.
        asked: the question, with {wishes}.
        openings: first sentences of a candidate, with {name}.
        idle: sentences that say nothing of the attributes.
    """

    noun: str
    asked: str
    openings: tuple[str, ...]
    idle: tuple[str, ...]
    choices: tuple[Choice, ...]
    measures: tuple[Measure, ...]

    @cached_property
    def openers(self) -> re.Pattern[str]:
        """Return what an opening looks like; the group that is not None is the name."""
        return re.compile("|".join(escaped(o, name=NAME) for o in self.openings))

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], tuple[int, ...]], ...]:
        """Return what the sentences of each attribute look like, and the sign of each form."""
        out = []
        for choice in self.choices:
            any_of = "|".join(map(re.escape, choice.values))
            forms = [*choice.stated, *choice.contrasted]
            texts = [_sentence(f, v=f"({any_of})", w=f"(?:{any_of})") for f in forms]
            out.append((re.compile("|".join(texts)), (0,) * len(forms)))
        for measure in self.measures:
            forms = [*measure.stated, *measure.contrasted]
            texts = [_sentence(f, v=r"(\d{1,6})", w=r"\d{1,6}") for f in forms]
            added = [_sentence(f, a=r"(\d{1,6})", b=r"(\d{1,6})") for f in measure.computed]
            signs = (0,) * len(forms) + measure.signs
            out.append((re.compile("|".join([*texts, *added])), signs))
        return tuple(out)


def escaped(form: str, **slots: str) -> str:
    """Return the pattern of a wording whose slots are patterns."""
    out = re.escape(form)
    for slot, pattern in slots.items():
        out = out.replace(re.escape("{" + slot + "}"), pattern)
    return out


def _sentence(form: str, **slots: str) -> str:
    """Return the pattern of a sentence that may be joined to another, before it or behind it."""
    first = form[0]
    return f"[{first}{first.lower()}]{escaped(form[1:-1], **slots)}(?:[.;]|, and )"


def read_value(thing: Thing, text: str, at: int) -> int | None:
    """Return what a candidate's text says of an attribute: the number, or that of the value."""
    pattern, signs = thing.patterns[at]
    found = pattern.search(text)
    if found is None:
        return None
    held = [group for group in found.groups() if group is not None]
    if at < CHOICES:
        return thing.choices[at].values.index(held[0])
    if len(held) == 1:
        return int(held[0])
    plain = signs.count(0)  # the groups of the plain forms come first, then two of each sum
    sign = signs[plain + (int(found.lastindex or 0) - plain) // 2 - 1]
    return int(held[0]) + sign * int(held[1])


_BOATS = Thing(
    "boat",
    "I want to charter a boat {wishes}. Which answer names the one to take?",
    (
        "You could ask for the {name}.",
        "My advice is the {name}, which we have had twice.",
        "Take a look at the {name}.",
        "There is also the {name}, if she is free that week.",
        "Somebody on our pier swears by the {name}.",
        "Have you thought of the {name}?",
    ),
    (
        "I have not been aboard since the summer.",
        "The photographs do not do her justice.",
        "My brother-in-law steered her through a whole gale.",
        "Bring your own pillows.",
        "The kettle takes a while.",
        "She handles well enough in a following sea.",
        "Write early, they answer slowly.",
    ),
    (
        Choice(
            ("oak", "larch", "teak", "elm", "cedar", "steel", "aluminium", "mahogany"),
            ("The hull is {v}.", "She is built of {v}.", "Below the waterline it is all {v}."),
            (
                "The deck may be {w}, but the hull is {v}.",
                "Her sister ship has a hull of {w}; hers is {v}.",
            ),
            "with a hull of {v}",
            "with a hull of anything but {v} or {w}",
        ),
        Choice(
            ("Tarnwick", "Ostrel", "Quilby", "Dunmarsh", "Fellhaven", "Sorrick", "Islemouth"),
            (
                "You board her in {v}.",
                "Her berth is in {v}.",
                "The keys are handed over in {v}.",
            ),
            (
                "She left {w} for good last year and now lies in {v}.",
                "Do not look for her in {w}, as the old list says: her berth is in {v}.",
            ),
            "that is kept in {v}",
            "that is kept neither in {v} nor in {w}",
        ),
        Choice(
            ("green", "white", "black", "yellow", "blue", "red", "grey", "brown"),
            (
                "She is painted {v}.",
                "From afar you know her by her {v} sides.",
                "Her sides are {v}.",
            ),
            (
                "Her sides were {w} until the spring and are {v} now.",
                "The picture shows her {w}, but since then she has been painted {v}.",
            ),
            "painted {v}",
            "painted neither {v} nor {w}",
        ),
        Choice(
            (
                "a sailing club",
                "a shipyard",
                "a widow",
                "a museum",
                "a school",
                "a lighthouse keeper",
            ),
            ("She belongs to {v}.", "Her owner is {v}.", "You would be dealing with {v}."),
            (
                "She was sold by {w} to {v}, and has not changed hands since.",
                "Though {w} will show you round, the owner is {v}.",
            ),
            "let by {v}",
            "let neither by {v} nor by {w}",
        ),
    ),
    (
        Measure(
            24,
            90,
            1,
            (
                "She is {v} feet long.",
                "From stem to stern she measures {v} feet.",
                "Her length is {v} feet.",
            ),
            (
                "She was listed at {w} feet, but measures {v} feet in truth.",
                "The advertisement says {w} feet; the surveyor found {v} feet, and he is right.",
            ),
            (
                "Her {a} feet were made {b} feet longer in the yard.",
                "Of the {a} feet on the papers {b} feet were sawn off later.",
            ),
            (1, -1),
            "from {v} to {w} feet long",
            "at least {v} feet long",
            "at most {v} feet long",
            "shorter than the {name}",
            "longer than the {name}",
        ),
        Measure(
            2,
            40,
            1,
            (
                "She sleeps {v}.",
                "There are berths for {v}.",
                "Up to {v} people can spend the night.",
            ),
            (
                "She used to have berths for {w}, today there are berths for {v}.",
                "On paper she sleeps {w}, in fact it is {v}.",
            ),
            (
                "There are berths for {a} forward and for {b} aft.",
                "She slept {a}, until berths for {b} went to make the galley larger.",
            ),
            (1, -1),
            "that sleeps {v} to {w}",
            "that sleeps {v} or more",
            "that sleeps {v} or fewer",
            "that sleeps fewer than the {name}",
            "that sleeps more than the {name}",
        ),
        Measure(
            1880,
            1999,  # so that no sum names a year to come
            1,
            ("She was launched in {v}.", "They put her afloat in {v}.", "She first swam in {v}."),
            (
                "Her engine is of {w}, but she herself was launched in {v}.",
                "The book has her launched in {w}; the plate on board, which is right, says {v}.",
            ),
            (
                "Work on her began in {a}, and she was launched {b} years later.",
                "At the regatta of {a} she had been afloat for {b} years.",
            ),
            (1, -1),
            "launched in the years {v} to {w}",
            "launched in {v} or later",
            "launched in {v} or earlier",
            "older than the {name}",
            "newer than the {name}",
        ),
        Measure(
            300,
            2900,
            10,
            ("A week costs {v} crowns.", "They ask {v} crowns a week.", "You pay {v} a week."),
            (
                "The week cost {w} crowns last season and costs {v} crowns now.",
                "They begin with {w} crowns, but {v} crowns a week is what all pay in the end.",
            ),
            (
                "A week is {a} crowns, and {b} crowns for cleaning always come on top.",
                "A week is {a} crowns, less {b} crowns, which everybody is let off.",
            ),
            (1, -1),
            "for {v} to {w} crowns a week",
            "for {v} crowns a week or more",
            "for {v} crowns a week or less",
            "cheaper than the {name}",
            "dearer than the {name}",
        ),
    ),
)

_COTTAGES = Thing(
    "cottage",
    "We are looking for a cottage {wishes}. Which answer names the right one?",
    (
        "We were happy in the {name}.",
        "Try the {name}.",
        "The agency also has the {name} on its list.",
        "For what you describe I would ring the {name}.",
        "People forget about the {name}.",
        "I know the {name} from when I was a child.",
    ),
    (
        "The path up to it is steep.",
        "The neighbours keep bees.",
        "There is a drawer full of old maps.",
        "On Sundays you hear the bells.",
        "The gate sticks a little.",
        "We would go again.",
        "Leave the cat outside, whatever it says.",
    ),
    (
        Choice(
            ("brick", "granite", "timber", "flint", "sandstone", "slate", "clay"),
            ("Its walls are {v}.", "It is a house of {v}.", "All of it is built of {v}."),
            (
                "The barn beside it is {w}, the house itself {v}.",
                "What looks like {w} from the lane is in fact {v}.",
            ),
            "built of {v}",
            "built of anything but {v} or {w}",
        ),
        Choice(
            ("Arnbeck", "Lowmere", "Steepcote", "Hallin", "Broomyard", "Petherley", "Wexcombe"),
            ("It stands in {v}.", "You find it in {v}.", "The village is {v}."),
            (
                "The post comes by way of {w}, but the house stands in {v}.",
                "It was moved, beam by beam, from {w} to {v}.",
            ),
            "that stands in {v}",
            "that stands anywhere but in {v} or {w}",
        ),
        Choice(
            ("thatch", "tiles", "shingles", "copper", "turf", "reeds"),
            ("The roof is of {v}.", "Overhead there is nothing but {v}.", "It has a roof of {v}."),
            (
                "The roof of {w} burnt down, and was replaced with {v}.",
                "Only the porch is covered with {w}; the roof proper is of {v}.",
            ),
            "with a roof of {v}",
            "with a roof of neither {v} nor {w}",
        ),
        Choice(
            ("a tiled stove", "an open fire", "gas", "a heat pump", "oil"),
            ("It is kept warm by {v}.", "For cold days there is {v}.", "What heats it is {v}."),
            (
                "Instead of {w}, as it used to be, there is {v}.",
                "They were going to put in {w} and decided on {v}.",
            ),
            "heated by {v}",
            "heated neither by {v} nor by {w}",
        ),
    ),
    (
        Measure(
            30,
            280,
            1,
            (
                "It has {v} square metres.",
                "Inside there are {v} square metres.",
                "They give it as {v} square metres, which is right.",
            ),
            (
                "The house across the lane has {w} square metres, this one has {v}.",
                "The owner says {w} square metres, the plan says {v}, and the plan is right.",
            ),
            (
                "There are {a} square metres downstairs and {b} square metres upstairs.",
                "Of its {a} square metres {b} are locked up and not let.",
            ),
            (1, -1),
            "of {v} to {w} square metres",
            "of at least {v} square metres",
            "of at most {v} square metres",
            "smaller than the {name}",
            "larger than the {name}",
        ),
        Measure(
            1650,
            1990,  # so that no sum names a year to come
            1,
            ("It dates from {v}.", "The year over the door is {v}.", "It went up in {v}."),
            (
                "The mill next door dates from {w}, the house from {v}.",
                "Long thought to be of {w}, it is known to have gone up in {v}.",
            ),
            (
                "The land was bought in {a}, and the house stood {b} years after that.",
                "In the flood of {a} it had stood there for {b} years.",
            ),
            (1, -1),
            "that went up in the years {v} to {w}",
            "that went up in {v} or later",
            "that went up in {v} or earlier",
            "older than the {name}",
            "newer than the {name}",
        ),
        Measure(
            100,
            9000,
            50,
            (
                "It is {v} metres to the sea.",
                "The beach is {v} metres away.",
                "You walk {v} metres to the water.",
            ),
            (
                "By road it is {w} metres to the sea, by the path, which counts, {v} metres.",
                "The brochure says {w} metres to the sea; we measured {v} metres.",
            ),
            (
                "You walk {a} metres to the chapel and from there {b} metres to the sea.",
                "It was {a} metres to the sea, until the new steps saved {b} of them.",
            ),
            (1, -1),
            "{v} to {w} metres from the sea",
            "{v} metres from the sea or more",
            "{v} metres from the sea or less",
            "nearer to the sea than the {name}",
            "farther from the sea than the {name}",
        ),
        Measure(
            200,
            1900,
            10,
            ("They want {v} crowns a week.", "The week is {v} crowns.", "It goes for {v} a week."),
            (
                "At Easter the week is {w} crowns, on your dates {v} crowns.",
                "It says {w} crowns a week on the door, but {v} crowns is the price.",
            ),
            (
                "The week is {a} crowns, to which {b} crowns for firewood are added.",
                "From {a} crowns a week {b} crowns are taken off for everyone.",
            ),
            (1, -1),
            "for {v} to {w} crowns a week",
            "for {v} crowns a week or more",
            "for {v} crowns a week or less",
            "cheaper than the {name}",
            "dearer than the {name}",
        ),
    ),
)

THINGS = (_BOATS, _COTTAGES)

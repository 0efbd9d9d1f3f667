"""Pools of names and keys that tests draw from.

Person names come from Faker's own lists (never drawn one by one: a pool is built once, in
a fixed order, and its digest is asserted by a test, so that a new Faker that would change
a sample is noticed there).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from synthctx.jsonio import digest
from synthctx.streams import Stream

_ADJECTIVES = """
able airy amber ample arid azure bleak blunt bold brave brief bright brisk broad bronze calm
candid cheery civil clean clear clever close cloudy coarse cobalt cold cool copper coral cosy
crisp curly dapper dark deep dense dim distant dry dusty eager early earnest east easy elder
emerald equal even fabled faint fair fast fern fine firm flat fleet fluent fond formal frank
free fresh frosty gentle gilded glad gleaming gold grand grave green grey happy hardy hasty
hazel heavy hidden high hollow honest humble icy idle indigo inland ivory jade jolly keen kind
large late lavish lean level light lilac little lively lofty lone long loud lucid lunar marble
mellow merry mild misty modern modest narrow neat nimble noble north oaken olive open orange
oval pale patient pearl placid plain polar polite prime proud quaint quick quiet rapid rare
ready robust rosy round royal ruby rustic sable sandy scarlet sharp shy silent silver simple
sleek slim slow small smooth snowy sober soft solar solid south spare stable stark steady steep
stout strong subtle sunny sure swift tall tame tart tawny tender thick thin tidal tidy timid
topaz tough tranquil true upper urban vast velvet violet vivid warm wary west white whole wide
wild windy wise wooden young zesty
"""
_NOUNS = """
acorn actor alcove almond anchor anvil apple apron arch arrow aspen atlas attic autumn badger
bakery balcony ballad banner barley barn basin basket beacon beaver bench birch bishop bison
blanket blossom boat bonnet border bottle boulder bowl bramble brass bridge brook broom bucket
buckle bugle bureau butter button cabin cactus camel candle canoe canyon captain caravan carbon
cargo carpet castle cavern cedar cellar chalk chapel chariot cherry chimney cider cinder circle
citrus clover coast cobbler comet compass condor cottage cotton cradle crane crater creek
cricket crown crystal cupboard curtain cypress dahlia dairy dancer desert diamond dolphin
donkey dragon drummer dune eagle easel eclipse elbow elm engine estuary falcon farmer feather
ferry fiddle field finch flame flannel flute forest fossil fountain fox freight galaxy gallery
garden garnet gazelle geyser ginger glacier glove goblet gondola gorge grain granite grape
gravel guitar hammer hammock harbour harness harp harvest hazelnut heather hedge heron hill
hinge honey horizon hornet hostel hunter iceberg inkwell island ivy jacket jasmine jigsaw
juniper kayak kennel kernel kettle kingdom kitchen kite ladder lagoon lake lantern larch lark
lattice laurel lemon lentil leopard library lichen lily linen lizard lobster locket locust loom
lotus lumber lynx magnet mallet mango mantle maple market marsh meadow melon merchant meteor
mill mirror mitten moose mortar mosaic moss mountain mule museum napkin nectar nettle notebook
nutmeg oak oasis oat orchard orchid otter oyster paddle palace panther paper parade parcel
parrot pasture pebble pelican pepper pigeon pillar pilot pine pioneer pitcher planet plaza plum
pocket pond poplar poppy porcelain portrait potter prairie prism pulley pumpkin quarry quartz
quilt rabbit radish rafter raft raisin raven reef ribbon ridge river robin rocket rooster rope
saddle saffron sailor salmon sandal satchel saucer scarf sculptor seagull shadow shelf shepherd
shore shovel shutter sickle signal skylark sleigh slope sparrow spindle spruce squirrel stable
stallion starling statue stove stream sugar summit sundial surgeon swallow tablet tailor tapestry
teapot temple terrace thicket thimble thistle thunder tiger timber toast tortoise tower trail
trellis trumpet tulip tunnel turnip turtle valley vanilla village vineyard viola voyage wagon
wallet walnut walrus water weaver wharf wheat whistle willow window winter wizard wolf wren yard
"""


@lru_cache(maxsize=1)
def words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (adjectives, nouns), each sorted and without doubles."""
    nouns = set(_NOUNS.split())
    return tuple(sorted(set(_ADJECTIVES.split()) - nouns)), tuple(sorted(nouns))


@lru_cache(maxsize=4)
def _person_parts(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (given, family) name parts in a fixed order."""
    if language == "zh":
        from faker.providers.person.zh_CN import Provider as Chinese

        given = sorted({n for n in Chinese.first_names if len(n) == 1})
        family = sorted({n for n in Chinese.last_names if len(n) == 1})
        return tuple(given), tuple(family)
    from faker.providers.person.en_US import Provider as English

    def plain(names: list[str]) -> tuple[str, ...]:
        return tuple(sorted({n for n in names if n.isascii() and n.isalpha() and len(n) > 2}))

    return plain(list(English.first_names)), plain(list(English.last_names))


@lru_cache(maxsize=4)
def person_parts(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return given and family names such that no full name stands inside another."""
    given, family = _person_parts(language)
    begun = {name[:end] for name in family for end in range(1, len(name))}
    return given, tuple(name for name in family if name not in begun)


def each_person(language: str, stream: Stream) -> Iterator[str]:
    """Yield different full names, none of which stands inside another, while there are enough.

    English: given and family name. Chinese: one-character family name and two-character
    given name, so that all have three characters.
    """
    given, family = _person_parts(language)
    pairs = len(given) * (len(given) - 1) if language == "zh" else len(given)
    seen: set[str] = set()
    while len(seen) < len(family) * pairs * 3 // 4:
        if language == "zh":
            one, two = stream.sample(given, 2)
            name = stream.pick(family) + one + two
        else:
            name = f"{stream.pick(given)} {stream.pick(family)}"
        if name not in seen:
            seen.add(name)
            yield name


def people(language: str, stream: Stream, n: int) -> list[str]:
    """Return `n` different full names; see `each_person`.

    Raises:
        ValueError: there are not so many names.
    """
    out = list(islice(each_person(language, stream), n))
    if len(out) < n:
        raise ValueError(f"no {n:,} different names in {language}")
    return out


def word_keys(stream: Stream, n: int) -> list[str]:
    """Return `n` different keys of the form adjective-noun.

    Raises:
        ValueError: there are not so many.
    """
    adjectives, nouns = words()
    if n > len(adjectives) * len(nouns):
        raise ValueError(f"no {n:,} different word keys")
    codes = stream.sample(range(len(adjectives) * len(nouns)), n)
    return [f"{adjectives[c // len(nouns)]}-{nouns[c % len(nouns)]}" for c in codes]


def numbers(stream: Stream, n: int, digits: int = 7) -> list[str]:
    """Return `n` different whole numbers of `digits` digits, none with a leading zero."""
    low = 10 ** (digits - 1)
    return [str(low + c) for c in stream.sample(range(9 * low), n)]


def uuids(stream: Stream, n: int) -> list[str]:
    """Return `n` different version-4 UUIDs."""
    out: dict[str, None] = {}
    while len(out) < n:
        h = f"{stream.below(1 << 128):032x}"
        variant = "89ab"[int(h[16], 16) & 3]
        out.setdefault(f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{variant}{h[17:20]}-{h[20:]}")
    return list(out)


def pool_digests() -> dict[str, str]:
    """Return a digest of each pool, asserted in fixtures."""
    return {
        "people.en": digest(_person_parts("en")),
        "people.zh": digest(_person_parts("zh")),
        "words": digest(words()),
    }

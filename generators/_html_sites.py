"""Ten kinds of web site whose listings are made up: what they list, and with which columns.

One line for a column: name | label on the page | kind | values. Kinds: `n` number (low,
high, decimals, pattern), `c` one of a list, `d` date (first year, last year), `k` code
(A a letter, # a digit), `p` person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from synthctx.errors import GenerationError
from synthctx.names import people, words
from synthctx.streams import Stream

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LETTERS = "ABCDEFGHJKLMNPRSTVWX"
_TRIES = 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """One property of an entry: name in the question, label on the page, what it holds."""

    name: str
    label: str
    kind: str
    values: tuple[str, ...]

    def draw(self, stream: Stream) -> str:
        """Return a value as the page shows it."""
        if self.kind == "n":
            low, high, decimals, pattern = self.values
            scale = 10 ** int(decimals)
            number = stream.between(int(low) * scale, int(high) * scale) / scale
            return pattern.format(f"{number:.{decimals}f}")
        if self.kind == "d":
            year = stream.between(int(self.values[0]), int(self.values[1]))
            return f"{stream.between(1, 28)} {stream.pick(_MONTHS)} {year}"
        if self.kind == "k":
            return _code(self.values[0], stream)
        if self.kind == "p":
            return people("en", stream, 1)[0]
        return _title(self.values, stream) if self.kind == "title" else stream.pick(self.values)


def _code(pattern: str, stream: Stream) -> str:
    drawn = {"A": lambda: stream.pick(_LETTERS), "#": lambda: str(stream.below(10))}
    return "".join(drawn[c]() if c in drawn else c for c in pattern)


def _title(values: tuple[str, ...], stream: Stream) -> str:
    pattern, *kinds = values
    adjectives, nouns = words()
    return pattern.format(
        a=stream.pick(adjectives).capitalize(),
        n=stream.pick(nouns).capitalize(),
        k=stream.pick(kinds) if kinds else "",
        d=stream.between(1, 98),
        c=_code("AA ####", stream),
    )


@dataclass(frozen=True, slots=True)
class Site:
    """A kind of site: the headings of its listings all sound alike; columns[0] is the title."""

    name: str
    brand: str
    headings: tuple[str, ...]
    columns: tuple[Column, ...]


Test = Callable[[str], bool]


def draw_value(column: Column, stream: Stream, test: Test) -> str:
    """Return a value that passes a test.

    Raises:
        GenerationError: none was found.
    """
    for _ in range(_TRIES):
        value = column.draw(stream)
        if test(value):
            return value
    raise GenerationError(f"longproc/html_to_tsv: no more values of column '{column.name}'")


_SITES = """
shop|Wares|New arrivals;Clearance;Clearance: last pieces;Back in stock;Weekend offers;Staff choice
Item|*|title|{a} {n} {k};Kettle;Lamp;Basket;Jug;Chair;Rug;Crème Dish;Clock;Tray & Stand
Price|Our price|n|4,480,2,€{}
Colour|Finish|c|café brown;sea green;off white;slate grey;brick red;sand;ink blue;crème
Material|Made of|c|solid oak;oak veneer;enamel & steel;stoneware;linen;cork;recycled glass
Weight|Net weight|n|1,48,1,{} kg
Stock|Pieces left|n|1,260,0,{}
Article no.|Article|k|AA-####-A
Maker|Workshop|c|Müller & Co;Atelier Noé;Fjord Works;Haus Grün;Pöll Brothers;Sørby Mill;Lark & Sons
Guarantee|Guarantee|n|6,84,0,{} months
Height|Standing height|n|8,190,0,{} cm
Delivery|Sent within|n|1,30,0,{} days
Listed on|On sale since|d|2015,2025

jobs|Vacancies|Open positions;Open positions (internal);Closing soon;Newly posted;Seasonal work
Position|*|title|{a} {n} {k};Technician;Analyst;Steward;Planner;Foreman;Attaché;Cook & Buyer
Employer|Hired by|c|Bäck & Holm;Crane Trust;Délices SA;Nord Works;Port Office;Sól Energy;Weir Group
Salary|Yearly pay|n|21000,98000,0,€{}
Hours|Weekly hours|n|8,42,0,{} h
Town|Place of work|c|Aldermoor;Brême;Caldstow;Dunlivery;Évreval;Gransby;Högsund;Marlsea;São Telmo
Contract|Kind of contract|c|permanent;fixed term;part time;trial & permanent;seasonal;apprentice
Reference|Job reference|k|A##-####
Contact|Ask for|p|
Closes|Apply by|d|2023,2027
Holiday|Days off|n|18,41,0,{} days
Experience|Experience wanted|n|1,15,0,{} years
Team|Size of team|n|2,64,0,{} people

papers|Preprints|Accepted papers;Accepted posters;Late papers;Invited papers;Papers under review
Title|*|title|{a} {n} {k};Estimates;Networks;Surveys;Models & Methods;Kernels;Codes;Naïve Bounds
First author|Lead author|p|
Submitted|Received on|d|1998,2025
Pages|Length|n|4,62,0,{} pp.
Field|Subject class|c|graph theory;number theory;plant biology;sea biology;soil & water;Gödel logic
Citations|Cited by|n|1,940,0,{}
Identifier|Record|k|A##.#####
Session|Read in|c|Hall A;Hall B;Poincaré Room;Annex & Terrace;North Wing;Library
Score|Mean review score|n|1,9,2,{}
Figures|Number of figures|n|1,38,0,{}
Data size|Data set|n|2,900,1,{} MB
Editor|Handled by|p|

flats|Lettings|Flats to let;Flats to let soon;Rooms to let;Houses to let;Recently let
Address|*|title|{d} {a} {n} {k};Lane;Street;Row;Allée;Court;Square;Mews & Yard
Rent|Monthly rent|n|310,3400,0,€{}
Size|Floor space|n|18,210,1,{} m²
Rooms|Number of rooms|n|1,9,0,{}
Quarter|Part of town|c|Old Town;New Town;Harbour;Mill & Weir;Château Hill;Söder;Station
Floor|Which floor|c|basement;ground floor;first floor;second floor;third floor;attic
Free from|Available|d|2022,2027
Deposit|Deposit asked|n|400,7900,0,€{}
Agent|Shown by|p|
Heating|Heated by|c|gas boiler;wood boiler;heat pump;district heat;night store;poêle & solar
Offer no.|Offer|k|A-#####
Built|Year built|n|1840,2024,0,{}

flights|Departures|Departures today;Departures tomorrow;Cancelled departures;Arrivals today
Flight|*|title|{c}
Destination|Flying to|c|Aldermoor;Brême;Caldstow;São Telmo;Évreval;Gransby;Högsund;Port Léon
Gate|Boarding gate|k|A##
Airline|Operated by|c|Aéro Sud;Bright Wings;Fjord Air;Lark & Sky;Nordlicht;Polar Lines;Süd Air
Duration|Time in the air|n|35,880,0,{} min
Fare|Lowest fare|n|29,1900,2,€{}
Aircraft|Type of plane|c|regional jet;wide jet;twin prop;quiet prop;long jet
Captain|In command|p|
Date|Day of flight|d|2019,2027
Seats|Seats free|n|1,240,0,{}
Distance|Flown distance|n|120,9800,0,{} km
Baggage|Free baggage|n|8,46,0,{} kg

recipes|Kitchen|Quick suppers;Quick suppers for two;Sunday dishes;Desserts;From the archive
Dish|*|title|{a} {n} {k};Soufflé;Stew;Pie;Soup;Purée;Salad;Cake & Cream;Dumplings
Cooking time|Takes|n|8,240,0,{} min
Servings|Serves|n|1,14,0,{}
Main ingredient|Made with|c|red lentils;brown lentils;leeks;crème fraîche;rice & peas;jalapeño
Energy|Per portion|n|90,980,0,{} kcal
Level|Difficulty|c|very easy;easy;middling;hard;for experts
Cook|Sent in by|p|
Published|First printed|d|2004,2025
Salt|Salt content|n|1,9,2,{} g
Oven|Oven heat|n|90,260,0,{} °C
Rating|Readers say|n|1,5,1,{} of 5
Card|Recipe card|k|A####

events|Agenda|This month;This month for children;Next month;Sold out;Free events
Event|*|title|{a} {n} {k};Concert;Fête;Reading;Market;Workshop;Ball & Supper;Parade;Exposé
Date|Takes place|d|2018,2027
Venue|Held at|c|Town Hall;Guild Hall;Café Ibis;Old Quay;New Quay;Garden & Pond;Théâtre Rond
Ticket|Entry|n|3,140,2,€{}
Seats|Room for|n|20,2400,0,{} guests
Host|Led by|p|
Kind|Category|c|folk music;chamber music;open air;talk & debate;dance;matinée
Length|Lasts|n|30,400,0,{} min
Booking code|Book with|k|AA####
Age|Minimum age|n|3,21,0,{} years
Sponsor|Supported by|c|Bäck & Holm;Crane Trust;Nord Works;Port Office;Sól Energy
Stands|Number of stands|n|1,88,0,{}

library|Catalogue|On the shelf;On the shelf (branch);On loan;On order;Withdrawn
Title|*|title|{a} {n} {k};Diaries;Letters;Fables;Voyages;Poésies;Lives & Times;Tales
Author|Written by|p|
Shelf mark|Shelf|k|AA ###.#
Year|Printed in|n|1790,2025,0,{}
Pages|Extent|n|48,980,0,{} pages
Language|Written in|c|English;French;Old Norse;Old French;Español;Latin & Greek;Türkçe
Publisher|Press|c|Éditions Lac;Harrow Press;Quill & Ink;Süd Verlag;Tern House;Weir House
Loans|Times lent|n|1,720,0,{}
Acquired|In stock since|d|1985,2025
Height|Spine height|n|12,44,1,{} cm
Binding|Bound in|c|full cloth;half cloth;paper;full leather;half leather;board
Copies|Copies held|n|1,24,0,{}

sports|Results|Final results;Final results (juniors);Heats;Semi-finals;Season ranking
Team|*|title|{a} {n} {k};Rovers;Club;United;Étoiles;Wanderers;Bow & Arrow;Racers
Points|Points won|n|2,420,0,{} pts
Coach|Trained by|p|
Home town|Comes from|c|Aldermoor;Brême;Caldstow;São Telmo;Évreval;Gransby;Högsund;Wexcombe
Time|Best time|n|41,390,2,{} s
Group|Drawn in|c|north group;south group;east pool;west pool;coast & isles
Founded|Day of founding|d|1890,2020
Licence|Licence number|k|A###-##
Wins|Matches won|n|1,64,0,{}
Members|Club members|n|40,5200,0,{}
Ground|Plays at|c|Quay Park;Mill Park;Pré Vert;Arena & Baths;Heath Field;Long Field
Goal gap|Goal difference|n|-48,60,0,{}

registry|Register|Active companies;Active companies abroad;Dissolved companies;Branches
Company|*|title|{a} {n} {k};Ltd;GmbH & Co;Trading;Société;Partners;Holdings;Works
Number|Register number|k|AA######
Registered|Entered on|d|1950,2025
Director|Managed by|p|
Capital|Share capital|n|1000,900000,0,€{}
Seat|Registered seat|c|Aldermoor;Brême;Caldstow;São Telmo;Évreval;Gransby;Högsund;Wexcombe
Trade|Line of trade|c|wool trade;timber trade;freight;pâtisserie;tools & dies;printing;net making
Employees|People employed|n|1,4800,0,{}
Turnover|Turnover|n|1,950,1,€{} m
Auditor|Audited by|c|Bäck & Holm;Crane Audit;Lark & Sons;North Audit;Söder Revision
Shareholders|Number of holders|n|1,260,0,{}
Tax office|Tax office|c|Office One;Office Two;Port Office;Café Row;Hill & Dale
"""


def _column(line: str) -> Column:
    name, label, kind, values = line.split("|")
    mark = "," if kind in "nd" else ";"
    return Column(name, label, kind, tuple(values.split(mark)))


@lru_cache(maxsize=1)
def sites() -> dict[str, Site]:
    """Return the kinds of site by name, in a fixed order."""
    out = {}
    for part in _SITES.strip().split("\n\n"):
        first, *lines = part.split("\n")
        name, brand, headings = first.split("|")
        out[name] = Site(name, brand, tuple(headings.split(";")), tuple(map(_column, lines)))
    return out

"""What everybody knows: associations by which a question without a common word finds its needle.

A link leads from the key, which the needle names, to something near (one association away),
and on to something far (two away). Within a theme all three lead one way and back: no two
links share a key, a near or a far end. The facts are of general knowledge, chosen so that they
do not change and have one answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Link:
    """A key, what it stands for, and what that stands for."""

    key: str
    near: str
    far: str


@dataclass(frozen=True)
class Theme:
    """Links of one kind, with the sentences that they stand in.

    Attributes:
        plain: the needle with the person first.
        inverted: the needle with the key first.
        one_hop: question after the person by what is near.
        two_hop: question after the person by what is far.
        table: one link a line, its three parts separated by " / ".
    """

    plain: str
    inverted: str
    one_hop: str
    two_hop: str
    table: str

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Return the links of the table."""
        lines = [line.split(" / ") for line in self.table.strip().splitlines()]
        return tuple(Link(key, near, far) for key, near, far in lines)


SIGHTS = Theme(
    "Every morning {who} walks the dog past {key}.",
    "The way past {key} is the one that {who} takes to work.",
    "Which character has been to {value}?",
    "Which character has been to {value}?",
    """
the Brandenburg Gate / Berlin / Germany
the Eiffel Tower / Paris / France
the Colosseum / Rome / Italy
Park Guell / Barcelona / Spain
the Acropolis / Athens / Greece
Big Ben / London / England
Arthur's Seat / Edinburgh / Scotland
the Ha'penny Bridge / Dublin / Ireland
the Kremlin / Moscow / Russia
the Taj Mahal / Agra / India
the Forbidden City / Beijing / China
Bondi Beach / Sydney / Australia
the statue of Christ the Redeemer / Rio de Janeiro / Brazil
the Hagia Sophia / Istanbul / Turkey
Hradcany Castle / Prague / the Czech Republic
the Little Mermaid on her rock / Copenhagen / Denmark
the Vasa Museum / Stockholm / Sweden
the Atomium / Brussels / Belgium
the Rijksmuseum / Amsterdam / the Netherlands
the Hofburg / Vienna / Austria
the Jet d'Eau / Geneva / Switzerland
the Fisherman's Bastion / Budapest / Hungary
the Belem Tower / Lisbon / Portugal
Wawel Castle / Krakow / Poland
the Petronas Towers / Kuala Lumpur / Malaysia
the Burj Khalifa / Dubai / the United Arab Emirates
Table Mountain / Cape Town / South Africa
the CN Tower / Toronto / Canada
the Golden Gate Bridge / San Francisco / California
the Great Sphinx / Giza / Egypt
Gyeongbokgung Palace / Seoul / South Korea
Angkor Wat / Siem Reap / Cambodia
""",
)
QUARTERS = Theme(
    "{who} grew up in {key} as the youngest of three.",
    "It was in the middle of {key} that {who} grew up.",
    "Which character spent a childhood in {value}?",
    "Which character spent a childhood in {value}?",
    """
Kreuzberg / Berlin / Germany
Montmartre / Paris / France
Trastevere / Rome / Italy
Notting Hill / London / England
Alfama / Lisbon / Portugal
Copacabana / Rio de Janeiro / Brazil
Shibuya / Tokyo / Japan
Gangnam / Seoul / South Korea
Beyoglu / Istanbul / Turkey
Gamla Stan / Stockholm / Sweden
Norrebro / Copenhagen / Denmark
Leopoldstadt / Vienna / Austria
Ballsbridge / Dublin / Ireland
Zamalek / Cairo / Egypt
Soweto / Johannesburg / South Africa
Hollywood / Los Angeles / California
""",
)
DISHES = Theme(
    "{who} was begged by all the neighbours for the secret of making {key}.",
    "For a plate of {key} there was no better address than the kitchen of {who}.",
    "Which character cooks a speciality of {value}?",
    "Which character cooks a speciality of the country whose capital is {value}?",
    """
goulash / Hungary / Budapest
paella / Spain / Madrid
pierogi / Poland / Warsaw
sushi / Japan / Tokyo
kimchi / South Korea / Seoul
tzatziki / Greece / Athens
banh mi / Vietnam / Hanoi
tom yum soup / Thailand / Bangkok
ceviche / Peru / Lima
poutine / Canada / Ottawa
haggis / Scotland / Edinburgh
spaghetti carbonara / Italy / Rome
bouillabaisse / France / Paris
sauerbraten / Germany / Berlin
Sachertorte / Austria / Vienna
smorrebrod / Denmark / Copenhagen
pasteis de nata / Portugal / Lisbon
injera / Ethiopia / Addis Ababa
koshari / Egypt / Cairo
gado-gado / Indonesia / Jakarta
halo-halo / the Philippines / Manila
khachapuri / Georgia / Tbilisi
colcannon / Ireland / Dublin
masala dosa / India / New Delhi
pastilla with pigeon / Morocco / Rabat
""",
)
CURRENCIES = Theme(
    "{who} was paid in {key} for ten years.",
    "A jar full of {key} was all that {who} had brought back from the last job.",
    "Which character has worked in {value}?",
    "Which character has worked in the country whose capital is {value}?",
    """
forints / Hungary / Budapest
zlotys / Poland / Warsaw
yen / Japan / Tokyo
baht / Thailand / Bangkok
ringgits / Malaysia / Kuala Lumpur
hryvnias / Ukraine / Kyiv
birr / Ethiopia / Addis Ababa
cedis / Ghana / Accra
naira / Nigeria / Abuja
lempiras / Honduras / Tegucigalpa
guaranies / Paraguay / Asuncion
kip / Laos / Vientiane
kyats / Myanmar / Naypyidaw
tugriks / Mongolia / Ulaanbaatar
taka / Bangladesh / Dhaka
tenge / Kazakhstan / Astana
leks / Albania / Tirana
lari / Georgia / Tbilisi
""",
)
TONGUES = Theme(
    "{who} still dreams in {key} every other night.",
    "In {key}, and in no other words, {who} said good night to the children.",
    "Which character speaks a language of {value}?",
    "Which character speaks a language of the country whose capital is {value}?",
    """
Magyar / Hungary / Budapest
Farsi / Iran / Tehran
Tagalog / the Philippines / Manila
Amharic / Ethiopia / Addis Ababa
Khmer / Cambodia / Phnom Penh
Mandarin / China / Beijing
Maori / New Zealand / Wellington
Dutch / the Netherlands / Amsterdam
Hindi / India / New Delhi
""",
)
BOOKS = Theme(
    "{who} has read {key} aloud from the first page to the last.",
    "A worn copy of {key} lies on the bedside table of {who}.",
    "Which character knows a work by {value}?",
    "Which character knows a work by an author from {value}?",
    """
Don Quixote / Cervantes / Spain
War and Peace / Tolstoy / Russia
The Divine Comedy / Dante / Italy
Faust / Goethe / Germany
Macbeth / Shakespeare / England
Treasure Island / Robert Louis Stevenson / Scotland
Ulysses / James Joyce / Ireland
Les Miserables / Victor Hugo / France
One Hundred Years of Solitude / Garcia Marquez / Colombia
The House of the Spirits / Isabel Allende / Chile
Pippi Longstocking / Astrid Lindgren / Sweden
A Doll's House / Ibsen / Norway
The Ugly Duckling / Hans Christian Andersen / Denmark
The Alchemist / Paulo Coelho / Brazil
Things Fall Apart / Chinua Achebe / Nigeria
Heidi / Johanna Spyri / Switzerland
My Name Is Red / Orhan Pamuk / Turkey
The Tale of Genji / Murasaki Shikibu / Japan
Moby-Dick / Herman Melville / the United States
Gitanjali / Tagore / India
Anne of Green Gables / Lucy Maud Montgomery / Canada
The Good Soldier Svejk / Hasek / the Czech Republic
Pan Tadeusz / Mickiewicz / Poland
Zorba / Kazantzakis / Greece
The Book of Disquiet / Pessoa / Portugal
""",
)
MUSIC = Theme(
    "{who} can whistle {key} without leaving out a bar.",
    "Parts of {key} can be heard whenever {who} opens a window.",
    "Which character knows a composition by {value}?",
    "Which character knows a composition by somebody from {value}?",
    """
the Moonlight Sonata / Beethoven / Germany
The Magic Flute / Mozart / Austria
The Four Seasons / Vivaldi / Italy
Swan Lake / Tchaikovsky / Russia
the Peer Gynt suites / Grieg / Norway
Carmen / Bizet / France
Valse triste / Sibelius / Finland
The Planets / Gustav Holst / England
Rhapsody in Blue / Gershwin / the United States
Bluebeard's Castle / Bartok / Hungary
the Moldau / Smetana / the Czech Republic
""",
)
FEARS = Theme(
    "{who} was treated for {key} by the best specialists.",
    "Years of {key} had taught {who} to plan each day with care.",
    "Which character is afraid of {value}?",
    "Which character would be frightened by {value}?",
    """
arachnophobia / spiders / a tarantula
claustrophobia / narrow spaces / a crowded lift
acrophobia / heights / the top of a tall ladder
ophidiophobia / snakes / a cobra
nyctophobia / darkness / a power cut at midnight
cynophobia / dogs / a poodle
ailurophobia / cats / a Siamese
coulrophobia / clowns / a circus
triskaidekaphobia / the number thirteen / a baker's dozen
ornithophobia / birds / a flock of pigeons
brontophobia / thunder / a tropical storm
haemophobia / blood / a nosebleed
trypanophobia / injections / a vaccination
pyrophobia / fire / a burning match
""",
)
DIETS = Theme(
    "{who} makes no secret of {key}.",
    "Because of {key}, the menu had to be changed for {who}.",
    "Which character has to refuse {value}?",
    "Which character has to refuse {value}?",
    """
coeliac disease / wheat / couscous
lactose intolerance / milk / ice cream
a teetotaller's pledge / alcohol / champagne
an allergy to shellfish / crustaceans / lobster
""",
)
SKILLS = Theme(
    "{who} has owned {key} for twenty years and cleans it on Sundays.",
    "Hardly anything but {key} fits into the study of {who}.",
    "Which character knows something of {value}?",
    "Which character could lend a hand with {value}?",
    """
a floor loom / weaving / the making of a tapestry
an anvil / blacksmithing / the making of a horseshoe
a telescope / astronomy / a search for the rings of Saturn
a stethoscope / medicine / a case of pneumonia
an abacus / arithmetic / a long column of figures
a Stradivarius / playing the violin / the first part of a string quartet
a Steinway / playing the piano / a duet at the keyboard
a sextant / navigation / a passage across the ocean
""",
)

THEMES = (SIGHTS, QUARTERS, DISHES, CURRENCIES, TONGUES, BOOKS, MUSIC, FEARS, DIETS, SKILLS)

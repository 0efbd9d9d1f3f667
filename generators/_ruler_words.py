"""English words for keys and lists, and invented ones where English runs out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from synthctx.names import words as shared_words
from synthctx.streams import Streams

LONGEST = 8  # letters of an English word of a list
_INVENTED = "bdfgklmnprstvz", "aeiou", "bdfgklmnprstvz"  # letters of a syllable
_SYLLABLES = 3

_ADJECTIVES = """
absent active actual adept agile alert alike aloof amazed ancient annual anxious artful ashen
astute atomic aware awkward baffled balmy basic beaded biased bitter bland blazing blissful bodily
boiled bogus bookish bouncy brazen breezy brittle broken bubbly bulky bumpy burnt bushy busy
buttery candied capable careful casual caustic central certain charmed chilly chosen chubby chunky
classic clumsy coastal coherent colossal comic compact complex concise content convex cordial corny
costly covert cranky creamy creaky cryptic cubic cuddly curious current cursive daily damp daring
decent defiant definite deft delicate devoted diligent direct discreet distinct docile dogged
dormant dotted double drafty dramatic dreamy drowsy dual durable earthy elastic elated elegant
eligible endless entire epic erratic essential eternal ethical evident exact excited exotic expert
explicit exposed external extinct fabulous factual faithful famous fancy fearless feathery festive
fickle fierce fiery finite flaky flexible flimsy floral fluffy foggy foreign formless fragile
fragrant frail frantic frilly frugal frozen funny furry fussy future fuzzy gallant generous genial
genuine ghostly giant giddy glassy gleeful global gloomy glossy golden graceful gradual grainy
grateful greedy gritty groovy grumpy gullible gusty guarded handsome handy harmless harsh hasty
helpful heroic hilly hoarse homely hopeful huge humid hungry hushed husky ideal immense impish
inner innocent instant intact intense internal intrepid inventive itchy jagged jaunty jittery
joyful jubilant juicy jumpy junior knotty known lanky lawful lazy leafy leathery legal lenient
limber limp linear liquid literate local logical loose loyal lucky lush magic magnetic major
mammoth manual massive mature meagre medieval memorable messy metallic mighty minor minute missing
mobile molten moral mossy muddy muffled mundane murky musical mystic naive narrative national
native natural naval needy nervous neutral nifty nimbly noisy normal novel numb numerous obedient
oblong obvious official oily ominous optimal optional ornate outer overt padded painted pastoral
peaceful peppery perfect perky petite physical pliant plucky plump poetic pointed polished popular
porous portable positive possible practical precise present pretty previous prickly primary private
probable profuse prompt proper proven public puffy pungent puny pure puzzled radiant radical ragged
rainy random rational raw rebel recent regal regional relaxed reliable remote resolute restful rich
rigid ripe risky roasted rocky romantic rotten rough routine rubbery rugged rural rusty sacred
salty sane satin savoury scarce scenic scented scholarly scruffy secret secure sedate seismic
selfless senior sensible separate serene serious severe shabby shady shaggy shallow shiny shrewd
sincere sizable sketchy skilful sleepy slender slight slippery sloping smoky smug snappy sociable
solemn solitary sombre sonic soothing spacious sparse special speedy spicy spiffy spiral splendid
spongy sporty spotless squeaky stained starry static steep sterile sticky stiff stormy strange
strict striped stylish sublime sudden sugary sunken superb supple suspect sweet swollen symbolic
tacit tactful tangible tangy tattered tasty temperate tense terse thirsty thorny thorough thrifty
tiny tired tiresome toasty torrid total touching toxic trendy tricky trim tropical trusty tubular
twisted typical ultimate unique united usable useful usual utter vacant vague valiant valid vaulted
verbal vibrant vigilant vintage virtual viscous visible vital vocal volatile wakeful weary weekly
weighty whimsical wicker wiggly willing wintry wistful witty woeful woolly wordy worthy woven
wrinkled yearly yielding zealous zonal
"""
_NOUNS = """
abacus abbey academy accent access account acid acrobat acre action adapter advice affair agency
agenda agent airport aisle alarm album algae alley alloy almanac alphabet altar ambition ambush
amount ankle annex answer antelope antenna anthem antler apology appetite apricot aquarium arcade
archive arena armour army aroma array arrival article artist aspect asphalt assembly asset atom
attempt auction audience author avenue aviator award axle azalea baboon bachelor bacon badge
baggage bagpipe ballet balloon bamboo banana bandage banister banjo banquet barber bargain barge
barrel barrier basement bassoon battery bayonet bazaar beagle beam beast beehive beetle behaviour
belief belly bench berry beverage bicycle billow binder biscuit blade blaze blender blizzard blouse
blueprint bobbin bonfire bookcase boot bouquet bracelet bracket brain bramble branch breakfast
breeze brewery brick brigade broccoli broker bronco brooch broth brother browser bruise brush
bubble buddy budget buffalo buffet builder bulb bulletin bullock bundle bungalow bunker burden
burlap burrow bushel business butler buttress buzzard cabbage cabinet cable cafe calculus calendar
calf camera campus canary canopy canteen canvas capital capsule caramel carbide cardigan career
carnival carol carrot cartoon carver cascade cashew casino casserole catalyst catfish cathedral
cattle cauldron caution cavity celery cello cement census century cereal ceremony chain chairman
chamber champion chance channel chaos chapter charcoal charity charter chateau checker cheese
cheetah chemist cherub chess chestnut chicken chief chill chisel chocolate choir chorus chowder
chrome chronicle cinema cinnamon circuit circus citadel citizen civic clamp clarinet clause cleaver
clergy client cliff climate clinic clipper cloak clock closet cloth clown cluster clutch cobweb
cocktail coconut coffee cohort collage collar college colony column comedy comfort comma command
comment committee commute company computer comrade concept concert concrete conduit confetti
conifer conquest consul contest context contour contract convent convoy cookie cooler coroner
corner corridor cosmos costume cottage cougar council counter country county couple courage course
courtyard cousin cowboy coyote crab crayon credit creed crescent crest crevice criminal critic
crocus crossing croquet crowd crumb crusade crust culture cupcake currency curry cushion custard
custody custom cyclone cylinder cymbal dagger dancer danger database daughter daybreak deacon
debate debris debut decade decimal decision deck decree defence degree delay delegate delta demand
dentist deposit deputy derby descent design desk dessert detail detour device dialect diagram diary
dictator diesel dilemma dimple dinner diploma disaster discount disguise dishcloth disk dispute
district ditch doctor document dogma domain domino doorway dosage dough downtown drain drama drawer
dresser driftwood drizzle droplet drought druid duchess duckling duet dungeon dynamo earring earth
earthquake echo ecology economy edition editor eggplant elegy element elephant elevator elite ember
embassy emblem emotion empire employer enamel encore energy enigma ensemble envelope envoy epilogue
episode epoch equator equinox errand error escape essay estate ethics event evening evidence
example exchange excuse exhibit exile exit expanse expense export extract eyelid fabric facade
factory faculty failure fairy faith family fanfare fantasy fascia fashion father fathom faucet
fault favour feast feature federal feline fellow fence fender ferret festival feud fever fiction
fidelity figure filament filter finance finger firefly firm fisher fitness fixture flag flamingo
flavour fleece flicker flight flock flood floor florist flour flower fluid focus foliage folklore
fondue football footage forecast forehead forge formula fortune forum foundry foyer fraction
fragment frame freckle freedom freezer frequency friction friend frigate frontier fruit fudge
fungus funnel furnace fusion gadget gambit gamble gander gangway garage garbage garland garlic
garment garrison gasket gateway gauntlet gauze gavel gearbox gecko gelatin gender general genius
gesture giraffe girder glance glider glimpse glitter glossary glue gnome goal goblin goddess golf
goose gopher gorilla gospel gourd governor gown gradient graffiti grammar granary grant graph
grasshopper gravity grease greeting grenade grid griddle griffin grill grocery grotto group grove
growth guardian guess guest guidance guild guilt guinea gulf gully gutter gymnast habit habitat
hacksaw haddock hairpin halibut hallway halo hamlet hamper hamster handbag handle hangar happening
harmony hatch haven hawthorn hazard headline hearth heaven hectare heir helmet helper heritage
hermit hero herring hiccup highway hippo history hobby hockey holiday hologram holster homeland
homework hoof hoop horde hormone horse hospital host hotel hound household hull human hunter hurdle
hurricane husband hyacinth hybrid hydrant hyena hygiene hymn icicle icon idea idiom igloo illusion
image impact import impulse incense inch income index industry infant inferno influx ingot inning
input insect insight instinct interest interval intrigue invoice iris iron irony isthmus item
jackal jackpot jaguar jargon jelly jetty jewel job jockey joker journal journey joystick judge
juggler jungle junction jury justice kangaroo karate keepsake kerosene ketchup keyboard keynote
kidney kiln kimono kinship kiosk kitten knight knob knuckle koala label labour lace lacquer lady
lamp lance landlord landmark language lapel laptop laser lasso laundry lava lavender law lawn
lawyer layer league lecture ledge legacy legend legion leisure lesson letter lever liberty licence
lifeboat ligament lighthouse limb limit line lineage linguist link lion lipstick litre livery
lizard load loaf loan lobby locale locksmith locomotive lodge logic lottery lounge lumber lunch
lungs luxury lyric macaroni machine madam magazine magician magnolia mahogany mailbox mainland
majesty maker mallard mammal manager mandolin mangrove manor mansion mantis manual marathon margin
marina mariner marmalade marriage marrow marshal mascot mask mason massage master matador match
matrix matter mattress maxim maze mayor meander measure medal media medicine member memo memory
menace mention menu merit mermaid mesh message metal method metro midnight migrant milestone
military milk mineral minister minnow miracle misery mission mistake mixture model moment monarch
money mongoose monitor monkey monocle monsoon monument mood morning morsel mosque motel mother
motion motor motto mould mouse mouth movie mower muffin mullet muscle mushroom music musket mustard
mutiny mystery myth nail narrator nation nature neck needle nephew nerve network neutron newsreel
nickname niece night noodle nostril notion nova novice nozzle nucleus nugget number nurse nursery
nutrient nylon oatmeal object oboe occasion ocean octagon octopus odyssey offence office olympiad
omelette onion opera operator opinion opponent optimist option opus oracle orbit orchestra ordeal
organ origin ornament orphan osprey ostrich outcome outfit outlet outline outpost oval ovation oven
overcoat owner oxide oxygen ozone package padlock pageant pagoda pail pajamas palette palm pamphlet
pancake panda panel panic pantry papaya papyrus parable parade paragraph parapet parasol parchment
parent parish park parody parsley parsnip partner party passage passport paste pastry patch patent
patio patrol patron pattern pause pavement pawn payment peach peanut peasant pedal pedestal pelt
penalty pencil pendant penguin peninsula pension people percent perfume period permit person petal
petition petunia pheasant phoenix phone photo phrase physics piano picnic picture pier pigment
pilgrim pillow pimple pinch pinnacle pint pipeline pirate pistachio piston pizza placard plague
plaid plane plank plankton plaster plastic plateau platform platter player plaything pleasure plot
plough plumber plywood podium poem poet poker pole policy polka pollen pony popcorn porridge portal
portion possum postcard poster potato potion poultry powder power prelate premise presence pretzel
price priest prince princess print priority prison privacy prize problem process prodigy product
profile profit program project prologue promise proof propeller prophet proposal prose protein
protest prototype proverb province prune puddle pudding puffin pulp pulse puma pump punch pupil
puppet purchase purpose purse puzzle pylon pyramid python quail quality quantity quarrel quarter
queen query quest queue quiche quiver quiz quota quote rabbi raccoon racket radar radio radius
railway rainbow rally ramp ranch ranger ransom rapport rattle ravine razor reader realm rebate
recipe record recruit reed referee refund refuge region registry relic relish remark remedy remnant
repair reply report reptile republic request rescue research reserve residue resort resource
response result retina return revenue reverse review revolt reward rhino rhubarb rhyme rhythm rice
riddle rifle ritual rival rivet roast robot rocket rodent role roof root rosary rosemary roster
rotunda route rover rubber rudder rugby ruin ruler rumour runner runway sabre sack safari safety
saga sailboat salad salary saliva saloon salsa salute sample sandwich sanctuary sardine satire
saturn sauce sausage scaffold scale scandal scanner scene sceptre schedule scheme scholar school
schooner science scissors scooter score scorpion scoundrel scout scrap screen screw script scroll
scruple season seaweed secretary section sector sediment seed segment seizure selection semester
senate senator sensor sentence sequel sequence sergeant sermon serpent servant service session
settler shampoo shark sheep sheriff shield shirt shoelace shop shoulder shower shrimp shrine shrub
shuttle siege siesta sigh signature silk silo simile sinew singer siren sister sketch skillet skirt
skull skunk skyline slab slate sleeve slipper slogan sloth smile smith smock smuggler snack snail
snake sneaker snorkel snow soap soccer society sofa software soil solo solstice sonata song
sorcerer sorrow soup source souvenir spade span spaniel spark spatula speaker spear species speech
speed sphere sphinx spider spinach spirit splinter sponge spoon sport spouse spring sprinkle sprout
squad square squash squid stadium staff stage staircase stake stamp stand staple startup station
statute steak steam steel stem stencil steward stigma stitch stock stomach stone stool storage
storm story straw street strength stretch string student studio stump style subject suburb subway
success suffix suit suitcase sulphur sultan summer sunflower sunset supper support surface surfer
surname surplus surprise survey suspense swamp swan swarm sweater swing switch sword syllable
symbol symmetry symphony symptom syntax syrup system table tactic tadpole tailgate talent tally
tambourine tandem tangent tank tanker tariff tarmac tassel tavern taxi teacher team teaspoon teddy
telegram telephone tempo tenant tendon tennis tension tent terminal terrier territory textbook
texture theatre theft theme theory therapy thief thigh thorn thread threshold throne throttle thumb
thyme ticket tide tiara tights tile timeline tinsel tissue titan title toad tobacco toddler toffee
token tomato tomb tongue tool tooth topic torch tornado torpedo torso totem toucan touch tourist
towel town tractor trade tradition traffic tragedy trailer trainer traitor tram trance transit
trapeze trapper travel tray treasure treaty trek tremor trench trial triangle tribe tribute trick
trident trifle trigger trinket trio trolley trombone trophy trouble trousers trout trowel truck
truffle truth tuba tube tugboat tuna tundra tunic turban turbine turmoil turnpike turquoise turret
tutor tuxedo tweed twig twilight twin tycoon typhoon tyrant ulcer umbrella umpire uncle uniform
union universe unicorn unit uproar upstairs urchin usher utensil utopia vaccine vacuum vagabond
valve vampire vapour variety varnish vase vector vegetable vehicle veil vein velocity vendor
venture venue veranda verb verdict vermin verse vertigo vessel veteran viaduct victim victory video
vigour villa villain vinegar vinyl virtue virus vision visitor vitamin volcano volley volume voter
voucher vowel vulture waffle wager waist waiter walkway wardrobe warehouse warning warrior wasp
waste watch waterfall wave weapon weasel weather web wedding wedge weed week weight whale wheel
whim whip whiskers widget widow width wife wilderness windmill wine wing wisdom witch witness woman
wombat wonder wood wool word work workshop world worm worry wound wreath wreck wrench wrist writer
yacht yarn year yeast yogurt yoke youth zebra zenith zephyr zero zigzag zinc zipper zodiac zone
zoology
"""
_VERBS = """
abandon abolish absorb accept accuse achieve acquire adapt adhere adjust admire admit adopt adore
advance advise afford agree allow alter amend amuse analyse announce annoy appear applaud appoint
approve argue arise arrange arrest arrive ascend assert assign assist assume assure attach attack
attain attend attract avoid awake bargain become befriend begin behave believe belong bestow betray
blame bless blink boast boil borrow bother bounce bribe bring browse build bury calculate cancel
capture carry cater celebrate change chase cheer chew choose chuckle claim clarify climb cling coax
collapse collect combine commence commit compare compel compete compile complain compose conceal
concede conclude condense confess confirm confuse congratulate connect consider consist consult
consume contain continue convert convey convince cooperate correct cough count create crawl croak
crouch crumple cultivate damage dangle dare dazzle deceive decide declare decline decorate deduce
defeat defend define deliver denote depart depend depict derive describe deserve desire despise
destroy detach detect develop devise devour differ digest discard discover discuss dislike dismiss
dispatch display dissolve disturb divert divide donate doubt drape drench drift dwell edit educate
elect eliminate embark embrace emerge emit employ enable enchant encourage endorse endure engage
enhance enjoy enlarge enquire enrich enrol ensure entail enter entertain equip erase erect erode
erupt establish estimate evade evaporate evoke evolve examine exceed excel exclude execute exercise
exist expand expect expel explain explode explore express extend fasten fetch fidget finish fizzle
flatter flee flinch flourish fluctuate follow forbid forget forgive formulate foster freeze
frighten frolic frown fulfil fumble furnish gather gaze generate giggle give glisten gnaw gossip
govern grab grasp greet grieve grind groan grope grow grumble guarantee guide hang happen hesitate
hinder hope hover huddle hurry identify ignite ignore imagine imitate immerse implore imply impress
improve include increase indicate induce indulge infer inform inhabit inherit inject inquire insert
insist inspect inspire install instruct insult integrate intend interact interrupt introduce invade
invent invest invite involve isolate join jostle jumble justify kindle kneel know lament languish
laugh launch lean learn leave lessen liberate lift linger listen loathe loosen lurk maintain manage
manoeuvre marvel meddle mediate meditate melt mend merge migrate mimic mingle minimise misplace
mitigate modify moisten monopolise motivate mourn move multiply mumble munch murmur mutter narrate
navigate neglect negotiate nibble nominate notify nourish nudge nurture oblige obscure observe
obtain occupy occur omit oppose oppress organise orient overcome overlook owe paint participate
peel perceive perform perish perplex persist persuade plead please pledge plunge polish ponder
possess postpone pounce pour praise predict prefer prepare prescribe preserve pretend prevail
prevent proceed proclaim produce prohibit prolong pronounce propose prosper protect provide provoke
publish pull punish pursue quench question quicken quote ramble react realise reassure rebuke
recall receive recite reckon recognise recommend reconcile recover rectify recycle reduce refer
refine reflect refrain refresh refuse regret rehearse reject rejoice relate release relent relieve
rely remain remember remind remove render renew renounce repeat repel replace represent require
resemble resent reside resign resist resolve respect respond restore restrain resume retain retire
retreat retrieve reveal revise revive rinse roam rotate rummage rustle sacrifice satisfy scatter
scold scorch scramble scrape scratch scribble scrub search seize select separate shatter shiver
shout shriek shrink shrug shudder shuffle simmer simplify skim slumber smother snatch sneeze sniff
snore soak soar specify speculate spend splash spoil spread squeeze stagger stammer startle starve
stay steal stifle stimulate stir stray strengthen strive stroll struggle stumble submit subside
succeed suffer suggest summarise summon supply suppose surmise surpass surrender surround survive
sustain swallow sweep swerve swirl sympathise tackle tamper tangle teach tease tempt terminate
testify thank thaw think thrive throw tickle tighten tolerate topple toss transfer transform
translate transmit transport traverse treat tremble trim triumph trudge tumble twirl twist undergo
understand undo unfold unify unite unlock unveil upgrade urge utilise utter validate vanish vary
verify vibrate visit visualise wade wait walk wander warn wash waver wear weave weep welcome whirl
whisper widen wiggle wither withdraw wobble worship wrap wrestle wriggle write yawn yearn yield
"""


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


@lru_cache(maxsize=1)
def key_parts() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return adjectives and nouns for keys of the form adjective-noun.

    No adjective is the end of another one and no noun the beginning of another one: then no
    key stands inside another, since the hyphens of both would have to fall together.
    """
    adjectives, nouns = map(set, shared_words())
    adjectives |= set(_ADJECTIVES.split())
    nouns |= set(_NOUNS.split())
    ends = {word[at:] for word in adjectives for at in range(1, len(word))}
    beginnings = {word[:at] for word in nouns for at in range(1, len(word))}
    return _distinct(adjectives - ends), _distinct(nouns - beginnings - adjectives)


def inner(word: str) -> set[str]:
    """Return all that stands inside a word, without the word itself."""
    size = len(word)
    return {word[a:b] for a in range(size) for b in range(a + 1, size + 1)} - {word}


@lru_cache(maxsize=1)
def english() -> tuple[str, ...]:
    """Return words of 4 to 8 letters of which none stands inside another."""
    drawn = {*_ADJECTIVES.split(), *_NOUNS.split(), *_VERBS.split()}
    for some in shared_words():
        drawn.update(some)
    fit = {word for word in drawn if 4 <= len(word) <= LONGEST}
    return _distinct(fit - {part for word in fit for part in inner(word)})


def invented(part: int, n: int, seen: set[str]) -> list[str]:
    """Return `n` more made-up words of nine letters, and add them to those seen.

    They are of one length, longer than the English ones, and hold none of these: none stands
    inside another.
    """
    stream, known = Streams(["ruler", "invented words"])("part", part), set(english())
    out: list[str] = []
    while len(out) < n:
        kinds = _INVENTED * _SYLLABLES
        letters = [stream.integers(0, len(kind), n).tolist() for kind in kinds]
        for drawn in zip(*letters, strict=True):
            word = "".join(kind[c] for kind, c in zip(kinds, drawn, strict=True))
            if word not in seen and known.isdisjoint(inner(word)):
                seen.add(word)
                out.append(word)
    return out[:n]

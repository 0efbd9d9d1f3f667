"""An independent planner: it knows the question's wording and the rules of the search alone."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"^Journey of (\d+) days to (\d+) cities, listed in this order:\n", re.M)
_CITY = re.compile(r"(\d+)\. (\w+): (\d+) days(?:, fixed from day (\d+) to day \d+)?\n")
_FLIGHT = re.compile(r"^From (\w+) to (\w+)\.$", re.M)
_MOST_LINES = 60_000


class _Planner:
    """One search, written down while it goes."""

    def __init__(self, cities: list[tuple[str, int, int]], total: int) -> None:
        self.stay = {name: days for name, days, _ in cities}
        self.begin = {name: first for name, _, first in cities if first}
        self.fixed = sorted(self.begin, key=lambda name: self.begin[name])
        self.free = [name for name, _, first in cities if not first]
        self.total = total
        self.flights: set[tuple[str, str]] = set()
        self.lines: list[str] = []
        self.route: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(f"{'  ' * len(self.route)}|- {text}")

    def explore(self, day: int) -> bool:
        """Go on from what has been visited; True once there is a plan."""
        if len(self.route) == len(self.stay):
            self.say(f"Day {day}: every city is visited")
            return True
        waiting = [name for name in self.fixed if name not in self.route]
        options = [name for name in self.free if name not in self.route]
        if waiting and self.begin[waiting[0]] == day:
            options = [waiting.pop(0)]
        limit = self.begin[waiting[0]] if waiting else self.total
        here = self.route[-1] if self.route else ""
        for name in options:
            if len(self.lines) > _MOST_LINES:
                return False
            leave = day + self.stay[name] - 1
            lead = f"Day {day}: {here} to {name}: " if here else f"Day {day}: begin in {name}: "
            if here and (here, name) not in self.flights:
                self.say(f"{lead}no flight, drop")
            elif leave > limit:
                self.say(f"{lead}until day {leave}, past day {limit}, drop")
            else:
                self.say(f"{lead}until day {leave}, go on")
                self.route.append(name)
                if self.explore(leave):
                    return True
                self.route.pop()
        self.say(f"Day {day}: dead end{' in ' + here if here else ''}, back")
        return False

    def plan(self) -> list[str]:
        out, day = [], 1
        for before, name in zip(["", *self.route], self.route, strict=False):
            if before:
                out.append(f"**Day {day}:** Fly from {before} to {name}.")
            leave = day + self.stay[name] - 1
            out.append(f"**Day {day}-{leave}:** Visit {name} for {self.stay[name]} days.")
            day = leave
        return out


def read_journey(prompt: str) -> str:
    """Return search and plan for the journey that a prompt asks for, "" when there is none."""
    questions = list(_QUESTION.finditer(prompt))
    if not questions:
        return ""
    asked = questions[-1]
    cities: list[tuple[str, int, int]] = []
    at = asked.end()
    while (city := _CITY.match(prompt, at)) is not None:
        cities.append((city[2], int(city[3]), int(city[4] or 0)))
        at = city.end()
    if len(cities) != int(asked[2]):
        return ""
    planner = _Planner(cities, int(asked[1]))
    start = max(0, prompt.rfind("Flights:\n", 0, asked.start()))
    for a, b in _FLIGHT.findall(prompt[start : asked.start()]):
        if a in planner.stay and b in planner.stay:
            planner.flights.add((a, b))
    if not planner.explore(1):
        return ""
    fixed = [f"{name} from day {planner.begin[name]}" for name in planner.fixed]
    head = [
        "Stays: " + ", ".join(f"{name} {days}" for name, days, _ in cities),
        "Fixed: " + (", ".join(fixed) or "none"),
        "Free: " + (", ".join(planner.free) or "none"),
    ]
    searched, plan = "\n".join([*head, *planner.lines]), "\n".join(planner.plan())
    return f"<Solving Procedure>\n{searched}\n</Solving Procedure>\n\n<Plan>\n{plan}\n</Plan>"

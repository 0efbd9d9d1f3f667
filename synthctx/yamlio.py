"""YAML in which no key is given twice: its readers let the last one win and say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml


class GivenTwice(ValueError):
    """A key that stands twice in one mapping.

    Attributes:
        key: the key.
        line: where it stands again, counted from 1.
        first: where it stands first.
    """

    def __init__(self, key: object, line: int, first: int) -> None:
        super().__init__(f"line {line}: '{key}' is given twice, first in line {first}")
        self.key, self.line, self.first = key, line, first


def strict_loader() -> type[yaml.SafeLoader]:
    """Return a class of safe loaders, for `yaml.load`, that raise `GivenTwice`."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Safe loader that refuses a key given twice."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        first: dict[Any, int] = {}
        for key, _ in node.value:
            # "<<" merges another mapping, whose keys may be given again
            if isinstance(key, yaml.ScalarNode) and not key.tag.endswith(":merge"):
                value, line = loader.construct_object(key), key.start_mark.line + 1
                if value in first:
                    raise GivenTwice(value, line, first[value])
                first[value] = line
        return loader.construct_mapping(node, deep=True)

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader

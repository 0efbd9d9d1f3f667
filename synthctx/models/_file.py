"""A served model described in a YAML file: `--model file.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthctx.errors import ModelError, did_you_mean
from synthctx.models import Model, Settings
from synthctx.models._options import DEFAULTS, options
from synthctx.yamlio import GivenTwice, strict_loader

_PRICES = {"in": "price_in", "out": "price_out"}
_ALLOWED = {"name", "model", "request", "prices", *DEFAULTS} - set(_PRICES.values())


def from_file(path: str, given: Settings) -> Model:
    """Return the model of a file.

    Args:
        path: the YAML file.
        given: settings that go before those of the file.

    Raises:
        ModelError: it is not there, or something in it is not allowed.
    """
    from synthctx.models.openai import OpenAI

    document = _read(path)
    _check(path, document)
    settings = {k: _text(path, k, v) for k, v in document.items() if k in DEFAULTS}
    for name, value in (document.get("prices") or {}).items():
        settings[_PRICES[name]] = _text(path, f"prices.{name}", value)
    name = str(document["name"])
    model = str(document.get("model") or name)
    request = document.get("request") or {}
    try:
        return OpenAI(options(model, {**settings, **given}, name=name, request=request))
    except ModelError as error:
        raise ModelError(f"'{path}': {error}") from error


def _read(path: str) -> dict[str, Any]:
    import yaml

    try:
        text = Path(path).read_text(encoding="utf-8")
        document = yaml.load(text, Loader=strict_loader())
    except GivenTwice as error:
        raise ModelError(f"model file '{path}', {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"model file '{path}' cannot be read: {reason}") from error
    except yaml.YAMLError as error:
        # the lines that YAML would show may hold what nobody should see
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ModelError(f"model file '{path}'{where} is not YAML") from None
    if not isinstance(document, dict) or not document.get("name"):
        raise ModelError(f"model file '{path}' must hold at least name: and base_url:")
    return document


def _check(path: str, document: Mapping[str, Any]) -> None:
    for name in map(str, document):
        if name in ("api_key", "key", "token"):
            raise ModelError(
                f"model file '{path}': no key stands in a file: put it into the environment and "
                "name the variable with api_key_env"
            )
        if name not in _ALLOWED:
            raise ModelError(
                f"model file '{path}': unknown field '{name}'.{did_you_mean(name, _ALLOWED)} "
                f"Allowed: {', '.join(sorted(_ALLOWED))}"
            )
    for name in ("request", "prices"):
        if not isinstance(document.get(name) or {}, dict):
            raise ModelError(f"model file '{path}': {name} must be a mapping")
    for name in document.get("prices") or {}:
        if name not in _PRICES:
            raise ModelError(f"model file '{path}': prices has 'in' and 'out', not '{name}'")


def _text(path: str, name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ModelError(f"model file '{path}': {name} must be a number or a text")
    return str(value)

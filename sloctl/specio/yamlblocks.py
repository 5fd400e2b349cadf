"""
Scalars in YAML's block style, as PyYAML writes them, without the cost of its emitter for those that need no quotes.

Most of a rule file is expressions and labels that are plain text; whatever may not be is left to PyYAML.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from string import ascii_letters
from typing import Any, Final

import yaml

_Dumper: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_OPENS: Final = frozenset(ascii_letters + "_(/")
"""What a plain text may begin with: it opens nothing in YAML, no number and no date."""
_COUNT: Final = re.compile(r"[0-9]+ [-+*/] [A-Za-z_(]")
"""How an expression may begin: no number and no date goes on like that."""
_NO_WIDTH: Final = 1 << 30
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


class _BlockDumper(_Dumper):  # type: ignore[misc, valid-type]
    """Writes a text of several lines as it would be written by hand."""


def _represent(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_BlockDumper.add_representer(str, _represent)


def scalar(text: str, indent: int = 0) -> str:
    r"""
    Write a text as the value of a key.

    Args:
        text: Any text.
        indent: Of the key, in spaces.

    >>> scalar("rate(errors[5m])"), scalar("30d"), scalar("yes"), scalar("a: b"), scalar("a\nb", 2)
    ('rate(errors[5m])', '30d', "'yes'", "'a: b'", '|-\n    a\n    b')
    """
    if "\n" not in text:
        return text if _is_plain(text) else _dumped(text).removesuffix("\n")
    inner = "\n" + " " * (indent + 2)
    if _is_block(text):
        return "|-" + inner + text.replace("\n", inner)
    first, *lines = _dumped(text).split("\n")
    return "\n".join([first, *(" " * indent + line if line else line for line in lines)]).removesuffix("\n")


def document(data: Mapping[str, Any]) -> str:
    """
    Write a document, its keys in the order given.

    >>> print(document({"kind": "ConfigMap", "data": {"a": "yes"}}), end="")
    kind: ConfigMap
    data:
      a: 'yes'
    """
    return str(yaml.dump(dict(data), Dumper=_BlockDumper, sort_keys=False, width=_NO_WIDTH, allow_unicode=True))


def mapping(texts: Mapping[str, str], indent: int) -> str:
    """
    Write a mapping of texts, sorted by their keys, each on a line or more of its own.

    >>> print(mapping({"b": "1", "a": "x"}, 2), end="")
      a: x
      b: '1'
    """
    space = " " * indent
    return "".join([f"{space}{scalar(key)}: {scalar(texts[key], indent)}\n" for key in sorted(texts)])


def _is_plain(text: str) -> bool:
    return (
        text.isascii()
        and text.isprintable()
        and (text[:1] in _OPENS or _COUNT.match(text) is not None)
        and ": " not in text
        and " #" not in text
        and text[-1] not in ": "
        and text.lower() not in _WORDS
    )


def _is_block(text: str) -> bool:
    return (
        text.isascii()
        and text.replace("\n", "").isprintable()
        and text[0] not in "\n "
        and text[-1] not in "\n "
        and "\n\n" not in text
        and " \n" not in text
    )


@lru_cache(maxsize=4096)
def _dumped(text: str) -> str:
    return str(yaml.dump(text, Dumper=_BlockDumper, width=_NO_WIDTH, allow_unicode=True)).removesuffix("\n...\n")

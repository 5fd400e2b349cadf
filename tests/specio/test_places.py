"""Where the characters of YAML scalars stand."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sloctl.specio.places import Places

QUERY = "sum by (a) (\n  rate(b{c=\"d\\\\e\", f='g'}[5m])\n) # é\n/ h > 0.5"
LITERAL = f"expr: |-\n  {QUERY.replace(chr(10), chr(10) + '  ')}\n"
FOLDED = "a:\n- expr: >\n\n    sum(a)\n    / b\n      * c\n\n    d\n"
STYLES = {
    "literal": LITERAL,
    "literal, indented and commented": LITERAL.replace("|-", "|2- # why"),
    "folded": FOLDED,
    "double": f"expr: {json.dumps(QUERY)}\nx: y\n",
    "double, broken": 'expr: "sum(a) \\\n   / b\\x41 \\\n\n  * c\\td"\n',
    "single": f"expr: '{QUERY.replace(chr(39), chr(39) * 2).replace(chr(10), chr(10) * 2)}'\n",
    "plain": "expr: sum(a)\n   / b *\n   c\n",
    "anchored": "expr: &x !!str 'sum(''a'')'\n",
    "carriage returns": LITERAL.replace("\n", "\r\n"),
    "flow": '{"groups": [{"expr": "a\\u0062 + \\"c\\""}]}',
}
ESCAPED = {"\\x41": "A", "\\u0062": "b", "\\u00e9": "é", "\\\\": "\\", '\\"': '"', "''": "'"}


def find_scalar(node: yaml.Node) -> yaml.ScalarNode:
    """Give the value of the innermost first pair."""
    while not isinstance(node, yaml.ScalarNode):
        node = node.value[0][1] if isinstance(node, yaml.MappingNode) else node.value[0]
    return node


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_every_character_is_found_where_it_is_written(text: str) -> None:
    """The place of each character that is no white space holds that character, or the escape that stands for it."""
    node = find_scalar(yaml.compose(text))
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    lines = text.splitlines()
    places = []

    for index, character in enumerate(node.value):
        if character.isspace():
            continue
        row, at = Places(text).place(line, column, node.value, index)
        places.append((row, at))
        written = lines[row - 1][at - 1 :]
        escape = next((escape for escape in ESCAPED if written.startswith(escape) and ESCAPED[escape] == character), "")
        assert escape or written.startswith(character), (character, written)
    assert places == sorted(set(places))


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.text(st.sampled_from("ab'\"\\ \n#:{}é,&*-|>%\t"), min_size=1).filter(str.strip),
    st.sampled_from([None, '"', "'", "|", ">"]),
)
def test_whatever_is_dumped_is_found(value: str, style: str | None) -> None:
    """In any scalar that PyYAML writes, in any style, characters stand in their order and where they are written."""
    text = yaml.dump({"expr": value}, default_style=style, allow_unicode=True, width=20)
    node = yaml.compose(text).value[0][1]
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    lines = text.split("\n")

    for index, character in enumerate(node.value):
        row, at = Places(text).place(line, column, node.value, index)
        if not character.isspace():
            assert lines[row - 1][at - 1] in {character, "\\"}

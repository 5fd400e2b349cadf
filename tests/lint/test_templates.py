"""promtool is the judge of what a template is."""

import random
import re
import subprocess
from pathlib import Path

import yaml

from sloctl.lint.templates import template_fault
from tests.support.prometheus import find_program

TEMPLATES = [
    "{{ $labels.job }} x {{ $value | humanize }}",
    '{{ with query "up" }}{{ . | first | value }}{{ else }}n{{ end }}',
    '{{ range $i, $s := query "up" }}{{ $i }}{{ .Labels.job }}{{ $s.Value }}{{ end }}',
    '{{ if gt $value 1.5 }}a{{ else if eq (len "x") 2 }}b{{ end }}',
    '{{- $x := printf "%.1f" $value -}}{{ $x }}',
    "{{/* c */}}a{{ $externalURL }}{{ $externalLabels.a }}",
    '{{ define "a" }}x{{ end }}{{ template "a" . }}',
    '{{ (query "up" | first).Value }}',
    '{{ reReplaceAll `a` "b" $labels.job }}',
    "{{ $labels.a | title | toUpper }} }} {",
    "{{ not true }}{{ and 1 (or 2 3) }}",
]
TOKEN = re.compile(r'\{\{-? ?|-?\}\}|"[^"]*"|`[^`]*`|\$?[\w.]+|\s|\S')


def mutate(template: str, chance: random.Random) -> str:
    """Take a token away, put one in or change one."""
    tokens = TOKEN.findall(template)
    at = chance.randrange(len(tokens))
    word = chance.choice(TOKEN.findall(chance.choice(TEMPLATES)))
    tokens[at : at + chance.choice([0, 1])] = [word] if chance.random() < 0.7 else []
    return "".join(tokens)


def test_what_is_called_a_fault_is_one(tmp_path: Path) -> None:
    """promtool refuses every template that the lint refuses, and the lint sees most of what promtool refuses."""
    chance = random.Random(1)
    templates = TEMPLATES + [mutate(chance.choice(TEMPLATES), chance) for _ in range(800)]
    rules = [{"alert": f"x{number}", "expr": "up", "annotations": {"a": text}} for number, text in enumerate(templates)]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}, width=1_000_000))

    done = subprocess.run(
        [find_program("promtool"), "check", "rules", file], capture_output=True, text=True, check=False
    )
    theirs = set(map(int, re.findall(r'"x(\d+)": annotation "a": template', done.stdout + done.stderr)))
    ours = {number for number, text in enumerate(templates) if template_fault(text)}

    assert [] == [templates[number] for number in ours - theirs]
    assert len(ours) > 0.6 * len(theirs) > 100

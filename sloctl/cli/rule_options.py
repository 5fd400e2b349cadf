"""What commands take that shape rules."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, get_args

import click
from click.core import ParameterSource

from sloctl.cli.options import Duration, Metric, Page
from sloctl.model.errors import UsageError
from sloctl.model.names import RUNBOOK
from sloctl.model.policies import POLICIES
from sloctl.model.rules import Scheme
from sloctl.model.windows import SLICE_S

_COUNTED: Final = {
    "slice_s": click.option(
        "--slice",
        "slice_s",
        type=Duration(),
        default=f"{SLICE_S}s",
        show_default=True,
        help="Time between two evaluations.",
    ),
    "scheme": click.option(
        "--scheme",
        type=click.Choice(get_args(Scheme)),
        default="slices",
        show_default=True,
        help="How counters are read.",
    ),
    "mask": click.option("--mask", type=Metric(), help="Excludes slices from a second budget where it is 0."),
}
"""What decides about the counts that are recorded, by the fields of `RuleOptions`."""
_ALERTED: Final = {
    "policy": click.option(
        "--policy", type=click.Choice([*POLICIES]), help="Alerts by this policy, whatever specs say."
    ),
    "for_s": click.option(
        "--for", "for_s", type=Duration(), default=0, help="How long burn must last before an alert fires."
    ),
    "keep_firing_s": click.option(
        "--keep-firing-for", "keep_firing_s", type=Duration(), default=0, help="How long an alert goes on afterwards."
    ),
    "runbook": click.option(
        "--runbook", type=Page(), default=RUNBOOK, show_default=True, help="Where alerts send people."
    ),
}
_OTHERS: Final = {
    "compat": click.option(
        "--compat", type=click.Choice(["sloth"]), help="Rules as another tool names and computes them."
    ),
    "max_rules": click.option(
        "--max-rules", type=click.IntRange(0), default=0, help="Rules in a group; the rest go to others."
    ),
}

_Command = Callable[..., Any]


def count_options(command: _Command) -> _Command:
    """Add what decides about the counts that are recorded, as one argument: `options`."""
    return _added(_COUNTED, command)


def rule_options(command: _Command) -> _Command:
    """Add what decides about rules, whatever evaluates them, as one argument: `options`."""
    return _added(_COUNTED | _ALERTED | _OTHERS, command)


def _added(options: Mapping[str, Callable[[_Command], _Command]], command: _Command) -> _Command:
    @wraps(command)
    def shaped(*args: object, **given: object) -> object:
        from sloctl.app.rules import RuleOptions

        _refuse_ignored(given.get("compat"))
        said = {name: value for name in options if (value := given.pop(name)) is not None}
        return command(*args, options=RuleOptions(**said), **given)  # type: ignore[arg-type]

    decorated: _Command = shaped
    for option in reversed([*options.values()]):
        decorated = option(decorated)
    return decorated


def _refuse_ignored(compat: object) -> None:
    """Refuse options that have no meaning for the rules of another tool."""
    context = click.get_current_context()
    ignored = [
        param.opts[0]
        for param in context.command.params
        if param.name in {*_COUNTED, *_ALERTED}
        and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    if compat and ignored:
        raise UsageError(
            f"the rules of {compat} are its own, whatever {', '.join(ignored)} says", "leave one of them out"
        )

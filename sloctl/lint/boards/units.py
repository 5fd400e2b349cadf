"""Checks of whether a panel's unit is that of what it asks for."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from sloctl.lint.boards.board import Board
from sloctl.lint.boards.check import Problem, check
from sloctl.promql.tree import Aggregate, Binary, Call, Expr, Selector

_PER_MINUTE: Final = frozenset({"cpm", "opm", "reqpm", "wpm", "epm", "mpm", "recpm", "rowspm"})
_COUNTS: Final = frozenset({"short", "sishort", "none", "locale"})
_BYTES: Final = frozenset({"bytes", "decbytes"} | {f"{size}{which}bytes" for size in "kmgtp" for which in ("", "dec")})
_BITS: Final = frozenset(
    {"bits", "decbits", "bps", "binbps"} | {f"{size}{i}bits" for size in "KMGTP" for i in ("", "i")}
)
_PER_SECOND: Final = frozenset(
    {"cps", "ops", "reqps", "rps", "wps", "iops", "eps", "mps", "recps", "rowsps", "Bps", "binBps"}
)
_RATES: Final = frozenset({"rate", "irate"})
_SAME: Final = frozenset({"sum", "avg", "min", "max", "topk", "bottomk", "quantile"})
_KEPT: Final = frozenset({"sort", "sort_desc", "clamp_min", "clamp_max", "clamp", "label_replace", "label_join", "abs"})


class _Quantity(NamedTuple):
    metric: str
    how: Literal["rate", "increase", "value"]


@check("unit-of-rate")
def unit_of_rate(board: Board) -> Iterator[Problem]:
    """Find units that are not those of what is shown: per minute, of an amount or of bits, where that is none."""
    for target in board.targets:
        panel = target.panel
        if any(name == "unit" for _, name, _ in panel.properties) or not isinstance(target.read, Expr):
            continue
        unit = str(panel.defaults.get("unit", ""))
        for quantity in _quantities(target.read):
            fault = _fault(unit, quantity)
            if fault:
                path = (*panel.path, "fieldConfig", "defaults", "unit")
                yield Problem(path, *fault, target)
                break


def _fault(unit: str, quantity: _Quantity) -> tuple[str, str] | None:
    metric, how = quantity
    counted = metric.removesuffix("_total").removesuffix("_sum")  # of a histogram, the rest are numbers of observations
    is_bytes = counted.endswith("_bytes")
    if is_bytes and unit in _BITS:
        return f"its unit '{unit}' is one of bits, and {metric} counts bytes", "use Bps or bytes, or multiply by 8"
    if how == "rate" and not counted.endswith("_seconds"):
        wanted = "Bps" if is_bytes else "ops, reqps or cps"
        if unit in _PER_MINUTE or unit.lower().endswith(("/min", "/minute", "per minute")):
            return f"its unit '{unit}' is per minute, and a rate is per second", f"use {wanted}"
        if unit in _COUNTS | _BYTES:
            return f"its unit '{unit}' is one of an amount, and a rate is per second", f"use {wanted}"
    if how == "increase" and unit in _PER_SECOND:
        return f"its unit '{unit}' is per second, and an increase is not", "use bytes" if is_bytes else "use short"
    return None


def _quantities(expr: Expr) -> Iterator[_Quantity]:
    """Give what an expression shows, as far as it is not computed from several things."""
    match expr:
        case Selector():
            yield _Quantity(expr.metric, "value")
        case Call(function=function, args=(Selector(metric=metric), *_)) if function in _RATES:
            yield _Quantity(metric, "rate")
        case Call(function="increase", args=(Selector(metric=metric), *_)):
            yield _Quantity(metric, "increase")
        case Call(function=function) if function in _KEPT:
            yield from _quantities(expr.args[0])
        case Aggregate(op=op) if op in _SAME:
            yield from _quantities(expr.expr)
        case Binary(op="or"):
            yield from _quantities(expr.lhs)
            yield from _quantities(expr.rhs)
        case Binary(op=op) if op in {">", ">=", "<", "<=", "!=", "and", "unless"} and not expr.as_bool:
            yield from _quantities(expr.lhs)

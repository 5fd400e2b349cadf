"""From dashboards to those of a running Grafana."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sloctl.app.push import Change, lines_between
from sloctl.app.push_marks import Mark, canonical, digest, mark_of, marked, owner_tag
from sloctl.app.push_sources import Board
from sloctl.clients.api import RefusedError
from sloctl.clients.grafana import ConflictError, Dashboards, Grafana, Held
from sloctl.model.errors import BackendError

_ATTEMPTS: Final = 3
_OVERWRITE: Final = "--overwrite replaces it, and its history keeps what was there"
_NOT_ABOUT_ONE: Final = frozenset({401, 408, 429})
"""Statuses that the next dashboard would get as well; so are those of 500 and more."""


@dataclass(frozen=True, slots=True)
class BoardChange:
    """
    A dashboard of Grafana.

    Args:
        uid: Its own.
        title: What people call it.
        change: `LEFT` where it is not among those that are pushed, and stays; `REFUSED` where it stays because a push
            would undo what somebody else did; `FAILED` where Grafana did not do what was asked, and `NOT_SENT` where it
            was not asked after that.
        diff: Between Grafana's and the new one, line by line.
        reason: Why it is refused, or has failed; or which folder it gets.
        hint: What to do about that.
    """

    uid: str
    title: str
    change: Change
    diff: str = ""
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How dashboards are pushed.

    Args:
        owner: Who keeps them: of what is in Grafana, a push changes and removes only its owner's.
        folder: Where they belong, by title or uid; empty for where each is, new ones at the top.
        overwrite: Replace also what somebody else made or changed.
        prune: Remove the owner's that are not among them.
        dry_run: Write nothing, and tell what would be.
    """

    owner: str = "sloctl"
    folder: str = ""
    overwrite: bool = False
    prune: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    board: Board | None
    held: Held | None
    change: BoardChange


async def push_dashboards(
    grafana: Grafana, boards: Sequence[Board], terms: Terms, report: Callable[[BoardChange], None] = lambda _: None
) -> list[BoardChange]:
    """
    Have a Grafana hold dashboards.

    All is read before anything is written. A dashboard that Grafana does not take stops none of the others; a Grafana
    that is away stops all that would follow.

    Args:
        grafana: Where.
        boards: What it is to hold.
        terms: How.
        report: Is told what became of each, when it is known.

    Raises:
        UsageError: The owner's name is none.
        BackendError: Grafana is away or refuses before anything was written.
    """
    tag = owner_tag(terms.owner)
    api = await grafana.dashboards()
    folder = await api.folder(terms.folder) if terms.folder else None
    uids = {board.uid for board in boards}
    plans = [_planned(board, await api.get(board.uid), folder, terms) for board in boards]
    for uid in await grafana.tagged(tag):
        held = None if uid in uids else await api.get(uid)
        if held and (change := _gone(held, terms)):
            plans.append(_Plan(None, held, change))
    push = _Push(api, terms, folder)
    changes = []
    for plan in plans:
        changes.append(plan.change if terms.dry_run else await push.carry_out(plan))
        report(changes[-1])
    return changes


class _Push:
    """Writes what was planned."""

    def __init__(self, api: Dashboards, terms: Terms, folder: str | None) -> None:
        self._api = api
        self._terms = terms
        self._folder = folder
        self._stopped = False

    async def carry_out(self, plan: _Plan) -> BoardChange:
        """Do what is planned for a dashboard."""
        if plan.change.change not in {Change.ADDED, Change.CHANGED, Change.REMOVED}:
            return plan.change
        if self._stopped:
            return replace(plan.change, change=Change.NOT_SENT)
        try:
            return await self._written(plan)
        except BackendError as error:
            about_one = isinstance(error, ConflictError) or (
                isinstance(error, RefusedError) and error.status < 500 and error.status not in _NOT_ABOUT_ONE
            )
            self._stopped = not about_one
            return replace(plan.change, change=Change.FAILED, reason=str(error), hint=error.hint)

    async def _written(self, plan: _Plan) -> BoardChange:
        if self._terms.folder and self._folder is None and plan.board:
            self._folder = await self._api.add_folder(self._terms.folder)
        for _ in range(_ATTEMPTS):
            try:
                if plan.board:
                    await self._put(plan.board, plan.held)
                elif plan.held:
                    await self._api.delete(plan.held)
            except ConflictError as error:
                conflict = error
            else:
                return plan.change
            again = await self._planned_again(plan)
            if again is None:
                return plan.change  # it is as it should be: it was this push's, of which the answer was lost
            if again.change.change is Change.REFUSED:
                return again.change
            plan = again
        raise conflict

    async def _planned_again(self, plan: _Plan) -> _Plan | None:
        held = await self._api.get(plan.change.uid)
        if plan.board:
            again = _planned(plan.board, held, self._folder, self._terms)
            return None if again.change.change is Change.UNCHANGED else again
        change = _gone(held, self._terms) if held else None
        return _Plan(None, held, change) if change else None

    async def _put(self, board: Board, held: Held | None) -> None:
        version = held.version + 1 if held else 1
        mark = Mark(self._terms.owner, board.uid, version, digest(board.spec))
        folder = self._folder if self._folder is not None else held.folder if held else ""
        message = f"Pushed by sloctl for {mark.owner}: {mark.digest}"
        await self._api.put(board.uid, marked(board.spec, mark), folder=folder, message=message, replaces=held)


def is_as_pushed(held: Held, owner: str) -> bool:
    """
    Tell whether a dashboard is what an owner pushed, and nobody changed it since.

    Either sign is enough. The number of its version holds where Grafana has written the dashboard in another form; the
    digest holds where Grafana has counted otherwise, as when a dashboard was moved or restored from a backup.
    """
    mark = mark_of(held.spec)
    return bool(
        mark
        and (mark.owner, mark.uid) == (owner, held.uid)
        and (mark.version == held.version or mark.digest == digest(held.spec))
    )


def _planned(board: Board, held: Held | None, folder: str | None, terms: Terms) -> _Plan:
    change, reason, hint = _decision(board, held, folder, terms)
    before = canonical(held.spec) if held else ""
    diff = "" if change is Change.UNCHANGED else lines_between(before, canonical(board.spec), "in Grafana")
    return _Plan(board, held, BoardChange(board.uid, board.title, change, diff, reason, hint))


def _decision(board: Board, held: Held | None, folder: str | None, terms: Terms) -> tuple[Change, str, str]:
    """Decide what is to become of a dashboard, with the reason and what to do about it."""
    place = f"the folder '{terms.folder}' is made for it" if terms.folder and folder is None else ""
    if held is None:
        return Change.ADDED, place, ""
    mark, wanted = mark_of(held.spec), digest(board.spec)
    is_in_place = not terms.folder or held.folder == folder
    place = place or ("" if is_in_place else f"it moves to the folder '{terms.folder}'")
    if is_as_pushed(held, terms.owner) and mark and mark.digest == wanted and is_in_place:
        return Change.UNCHANGED, "", ""
    if held.manager:
        return Change.REFUSED, f"it is provisioned, from {held.manager}", "change it there, or give it another uid"
    if terms.overwrite or is_as_pushed(held, terms.owner):
        return Change.CHANGED, place, ""
    if mark and mark.owner != terms.owner:
        return Change.REFUSED, f"it was pushed for '{mark.owner}'", f"--owner {mark.owner}; or {_OVERWRITE}"
    if digest(held.spec) == wanted:  # somebody loaded it by hand, or took a change over into its source
        return Change.CHANGED, place, ""
    if mark and mark.uid == held.uid:
        return Change.REFUSED, "it was changed in Grafana", f"take that over into its source; or {_OVERWRITE}"
    return Change.REFUSED, "it was not pushed by sloctl", f"give yours another uid; or {_OVERWRITE}"


def _gone(held: Held, terms: Terms) -> BoardChange | None:
    """Decide what is to become of a dashboard that is not pushed any more; nothing of one that never was."""
    mark = mark_of(held.spec)
    if mark is None or (mark.owner, mark.uid) != (terms.owner, held.uid):
        return None
    change, reason, hint = Change.LEFT, "", ""
    if terms.prune:
        change = Change.REMOVED
        if held.manager:
            change, reason, hint = Change.REFUSED, f"it is provisioned, from {held.manager}", "remove it there"
        elif not terms.overwrite and not is_as_pushed(held, terms.owner):
            change, reason, hint = Change.REFUSED, "it was changed in Grafana", "--overwrite removes it all the same"
    diff = lines_between(canonical(held.spec), "", "in Grafana") if change is not Change.LEFT else ""
    return BoardChange(held.uid, str(held.spec.get("title") or ""), change, diff, reason, hint)

// Keeps an open page up to date. In a snapshot, whose pages are files, it filters and sorts the list instead.
"use strict";
(() => {
  const everyS = Number(document.body.dataset.refreshS);

  function remembered() {
    const open = [...document.querySelectorAll("details[open]")].map((each) => each.id);
    const scrolled = [...document.querySelectorAll(".tall")].map((each) => each.scrollTop);
    return { open, scrolled, focus: document.activeElement?.id };
  }

  function restore({ open, scrolled, focus }) {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.querySelectorAll(".tall").forEach((each, place) => { each.scrollTop = scrolled[place] ?? 0; });
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  }

  function isInUse() {
    const field = document.activeElement;
    return document.hidden || field?.matches("input, select") || document.querySelector("[data-zoomed]");
  }

  function away() {
    if (document.body.classList.contains("stale")) return;
    document.body.classList.add("stale");
    const banner = document.createElement("section");
    banner.className = "banner";
    banner.setAttribute("role", "alert");
    const asOf = document.querySelector(".as-of time")?.textContent ?? "before";
    banner.textContent = `The board does not answer. What stands here is from ${asOf} and may no longer be so.`;
    document.getElementById("main").prepend(banner);
  }

  async function refresh() {
    if (isInUse()) return;
    let main = null;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      main = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    } catch { /* said below */ }
    if (!main) return away();
    if (isInUse()) return;
    document.body.classList.remove("stale");
    const before = remembered();
    document.getElementById("main").replaceWith(main);
    restore(before);
    document.dispatchEvent(new Event("refreshed"));
  }

  function keepUpToDate() {
    let timer = setInterval(refresh, everyS * 1000);
    const button = document.createElement("button");
    const say = () => { button.textContent = timer ? "Pause updates" : "Resume updates"; };
    button.type = "button";
    button.title = `This page is brought up to date every ${everyS} s, but not while a graph is zoomed or a field is in use.`;
    button.addEventListener("click", () => {
      if (timer) clearInterval(timer);
      timer = timer ? null : setInterval(refresh, everyS * 1000);
      if (timer) refresh();
      say();
    });
    say();
    document.getElementById("updates").append(button);
  }

  function order(a, b) {
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return a !== "" && b !== "" && !isNaN(a) && !isNaN(b) ? a - b : a.localeCompare(b);
  }

  function chooseRows() {
    const body = document.querySelector(".slos tbody");
    if (!body) return;
    const query = new URLSearchParams(location.search);
    const [text, service, state, sort] = ["q", "service", "state", "sort"].map((name) => (query.get(name) ?? "").trim());
    const isDescending = query.get("order") === "desc";
    for (const row of body.rows) {
      const { text: searched, service: its, state: now } = row.dataset;
      row.hidden = !(searched.includes(text.toLowerCase()) && (!service || service === its) && (!state || state === now));
    }
    document.getElementById("none").hidden = [...body.rows].some((row) => !row.hidden);
    for (const [name, value] of query) {
      const field = document.getElementById(name);
      if (field) field.value = value;
    }
    document.querySelector(".clear").hidden = !query.size;
    document.querySelectorAll(".total").forEach((link) => link.removeAttribute("aria-current"));
    document.getElementById(state ? `total-${state.replace(" ", "-")}` : "total")?.setAttribute("aria-current", "true");
    for (const head of document.querySelectorAll(".slos th")) {
      const column = head.className;
      const next = new URLSearchParams(query);
      next.set("sort", column);
      next.delete("order");
      if (column === sort) {
        head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
        if (!isDescending) next.set("order", "desc");
        const value = (row) => row.querySelector(`td.${column}`).dataset.value;
        const turn = isDescending ? -1 : 1;
        const rows = [...body.rows].sort((a, b) => {
          const [left, right] = [value(a), value(b)];
          return left === undefined || right === undefined ? order(left, right) : turn * order(left, right);
        });
        body.append(...rows);
      }
      head.querySelector("a").search = `?${next}`;
    }
  }

  if (everyS) keepUpToDate();
  else chooseRows();
})();

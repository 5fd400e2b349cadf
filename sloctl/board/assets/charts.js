// Draws the graphs of a page anew with uPlot, from the tables below them, so that one can zoom and read values.
"use strict";
(() => {
  const HEIGHT = 240;
  const KEYS = "Left and right read values, plus and minus zoom, 0 shows all.";
  const plots = new Map();
  const unit = {
    ratio: (value) => `${Number((value * 100).toPrecision(4))} %`,
    times: (value) => `${value.toFixed(1)}x`,
    events: (value) => `${Number(value.toPrecision(6))}`,
  };
  const tick = { ...unit, times: (value) => `${value}x`, ratio: (value) => `${Number((value * 100).toFixed(6))} %` };
  const burnTicks = [0, 1, 3, 10, 30, 100, 300, 1000];
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC");
  const dayS = 86400;
  const hour = (stepS) => (seconds) => new Date(seconds * 1000).toISOString().slice(11, stepS < 60 ? 19 : 16);
  const day = (seconds) => utc(seconds).toLocaleDateString("en", { month: "short", day: "numeric" });
  const clock = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

  function limitAt(points, at) {
    const [fromS, from, untilS, until] = points;
    return at < fromS || at > untilS ? null : from + ((until - from) * (at - fromS)) / (untilS - fromS);
  }

  function dataOf(figure) {
    const rows = [...document.querySelectorAll(`#${figure.id}-table tbody tr`)];
    const xs = rows.map((row) => Number(row.dataset.atS));
    const items = [...figure.querySelectorAll(".legend li")];
    let column = 0;
    const ys = items.map((item) => {
      if (item.dataset.limit) {
        const points = item.dataset.limit.trim().split(" ").map(Number);
        return xs.map((at) => limitAt(points, at));
      }
      const place = column++;
      return rows.map((row) => {
        const { value } = row.querySelectorAll("td")[place].dataset;
        return value === undefined ? null : Number(value);
      });
    });
    return { data: [xs, ...ys], items };
  }

  function axis() {
    const stroke = () => css("--dim");
    const grid = { stroke: () => css("--rule"), width: 1 };
    return { stroke, grid, ticks: grid, font: "12px system-ui, sans-serif" };
  }

  function line(item) {
    const swatch = item.querySelector(".stroke");
    const style = getComputedStyle(swatch);
    const dash = style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(",").map(parseFloat);
    return {
      label: item.querySelector(".name").textContent,
      stroke: () => getComputedStyle(swatch).stroke,
      width: parseFloat(style.strokeWidth),
      dash,
      points: { show: false },
    };
  }

  function read(plot, items, latest, kind, reading) {
    const at = plot.cursor.idx;
    const isOn = at !== null && at !== undefined;
    items.forEach((item, place) => {
      const value = isOn ? plot.data[place + 1][at] : null;
      item.querySelector("b").textContent = isOn ? (value === null ? "-" : unit[kind](value)) : latest[place];
    });
    reading.textContent = isOn ? clock(plot.data[0][at]) : "";
  }

  function steer(plot, holder) {
    const [first, last] = [plot.data[0][0], plot.data[0].at(-1)];
    const show = (min, max) => plot.setScale("x", { min: Math.max(min, first), max: Math.min(max, last) });
    const zoom = (factor) => {
      const { min, max } = plot.scales.x;
      const middle = plot.cursor.idx == null ? (min + max) / 2 : plot.data[0][plot.cursor.idx];
      show(middle - (middle - min) * factor, middle + (max - middle) * factor);
    };
    const step = (by) => {
      const before = plot.cursor.idx ?? plot.data[0].length - 1 - by;
      const at = Math.min(Math.max(before + by, 0), plot.data[0].length - 1);
      plot.setCursor({ left: plot.valToPos(plot.data[0][at], "x"), top: 0 });
    };
    const keys = {
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      "+": () => zoom(0.5),
      "=": () => zoom(0.5),
      "-": () => zoom(2),
      0: () => show(first, last),
    };
    holder.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
  }

  function draw(figure) {
    const { data, items } = dataOf(figure);
    if (data[0].length < 2) return; // one value is better seen in the picture
    const kind = figure.dataset.unit;
    const latest = items.map((item) => item.querySelector("b").textContent);
    const picture = figure.querySelector(".canvas");
    const holder = document.createElement("div");
    holder.className = "live";
    holder.id = `${figure.id}-live`;
    holder.tabIndex = 0;
    holder.setAttribute("role", "group");
    holder.setAttribute("aria-label", `${picture.querySelector("title").textContent}. ${KEYS}`);
    holder.setAttribute("aria-describedby", picture.querySelector("desc").id);
    holder.title = `Drag to zoom, double-click to show all. ${KEYS}`;
    const reading = document.createElement("p");
    reading.className = "reading";
    reading.setAttribute("aria-live", "polite");
    const isBurn = kind === "times";
    const scale = isBurn ? { distr: 4, asinh: 1, range: (_, __, most) => [0, Math.max(most, 1) * 1.1] } : {};
    const values = { ...axis(), size: 64, filter: (_, ticks) => ticks, values: (_, ticks) => ticks.map(tick[kind]) };
    if (isBurn) values.splits = (self) => burnTicks.filter((each) => each <= self.scales.y.max);
    const plot = new uPlot({
      width: figure.clientWidth,
      height: HEIGHT,
      tzDate: utc,
      legend: { show: false },
      cursor: { points: { size: 6 }, sync: { key: "page" } },
      scales: { x: { time: true, range: (_, from, until) => [from, until] }, y: scale },
      axes: [{ ...axis(), size: 32, values: (_, ticks, __, ___, stepS) => ticks.map(stepS < dayS ? hour(stepS) : day) }, values],
      series: [{}, ...items.map(line)],
      hooks: {
        setCursor: [(self) => read(self, items, latest, kind, reading)],
        setScale: [(self, key) => {
          const [xs, { min, max }] = [self.data[0], self.scales.x];
          if (key === "x") figure.toggleAttribute("data-zoomed", min > xs[0] || max < xs.at(-1));
        }],
      },
    }, data, holder);
    steer(plot, holder);
    picture.setAttribute("hidden", "");
    picture.after(holder, reading);
    plots.set(figure, plot);
  }

  function drawAll() {
    for (const plot of plots.values()) plot.destroy();
    plots.clear();
    document.querySelectorAll("figure.chart").forEach(draw);
  }

  addEventListener("resize", () => plots.forEach((plot, figure) => plot.setSize({ width: figure.clientWidth, height: HEIGHT })));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach((plot) => plot.redraw()));
  document.addEventListener("refreshed", drawAll);
  drawAll();
})();

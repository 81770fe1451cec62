// Draws the charts of the report from the figures in the page. It asks no server for anything, and without it the tables say the same.
(() => {
"use strict";
const root = document.documentElement, charts = [], loads = {}, dashes = [[], [7, 3], [2, 3]];
const css = name => getComputedStyle(root).getPropertyValue(name).trim();
const color = i => () => css("--c" + i % 10);
const dash = i => dashes[i % dashes.length];
const live = document.getElementById("live");
const ms = v => v == null ? "" : v < 1 ? v.toFixed(2) : v < 100 ? v.toFixed(1) : v.toFixed(0);
const clock = s => s < 120 ? s + " s" : Math.floor(s / 60) + ":" + String(Math.round(s % 60)).padStart(2, "0");
const axis = more => ({ stroke: () => css("--soft"), grid: { stroke: () => css("--grid"), width: 0.5 }, ticks: { stroke: () => css("--line"), width: 0.5 },
  font: "11px system-ui, sans-serif", ...more });
const timeAxis = () => axis({ size: 26, values: (u, at) => at.map(v => v % 1 ? "" : clock(v)), incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600] });
const logAxis = () => axis({ size: 50, values: (u, at) => at.map(v => v == null ? "" : String(+v.toPrecision(6))) });
// Fixed to decades, with the target always in sight.
const logRange = target => (u, min, max) => {
  if (min == null) [min, max] = [target || 1, target || 10];
  if (target) [min, max] = [Math.min(min, target), Math.max(max, target)];
  return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.02))];
};
const fromZero = (u, min, max) => [0, max > 0 ? max * 1.1 : 1];

// line draws a target across the chart, with its name.
const line = at => u => {
  if (!at) return;
  const y = Math.round(u.valToPos(at, "y", true)), { left, width, top, height } = u.bbox, c = u.ctx;
  if (y < top || y > top + height) return;
  c.save();
  c.strokeStyle = c.fillStyle = css("--fail");
  c.lineWidth = 1.5 * devicePixelRatio;
  c.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  c.beginPath(); c.moveTo(left, y); c.lineTo(left + width, y); c.stroke();
  c.font = 11 * devicePixelRatio + "px system-ui, sans-serif";
  const above = y - top > 16 * devicePixelRatio;
  c.textAlign = "right"; c.textBaseline = above ? "bottom" : "top";
  c.fillText(at + " ms", left + width - 3 * devicePixelRatio, y + (above ? -2 : 3) * devicePixelRatio);
  c.restore();
};
const shade = faults => u => {
  const { left, width, top, height } = u.bbox;
  u.ctx.save();
  u.ctx.fillStyle = css("--fault");
  for (const f of faults) {
    const from = Math.max(left, u.valToPos(f.from, "x", true)), to = Math.min(left + width, Math.max(u.valToPos(f.to, "x", true), from + 2));
    if (to > from) u.ctx.fillRect(from, top, to - from, height);
  }
  u.ctx.restore();
};

function draw(el, data, opts, say) {
  const size = () => ({ width: Math.max(120, el.clientWidth), height: el.clientHeight });
  const hooks = { drawClear: [], draw: [], setCursor: [u => say && say(u, u.cursor.idx)], ...opts.hooks };
  const u = new uPlot({ ...size(), legend: { show: false }, padding: [8, 18, 0, 0], ...opts, hooks,
    cursor: { points: { size: 6 }, drag: { x: true, y: false }, ...opts.cursor } }, data, el);
  el.querySelectorAll("canvas").forEach(c => c.setAttribute("aria-hidden", "true"));
  charts.push(u);
  if (window.ResizeObserver) new ResizeObserver(() => { if (el.clientWidth > 0 && el.clientWidth != u.width && !root.classList.contains("paper")) u.setSize(size()); }).observe(el);
  el.addEventListener("keydown", e => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key], n = u.data[0].length;
    if (!by || !n) return;
    e.preventDefault();
    const at = Math.min(n - 1, Math.max(0, u.cursor.idx == null ? (by > 0 ? 0 : n - 1) : u.cursor.idx + by));
    u.setCursor({ left: u.valToPos(u.data[0][at], "x"), top: u.over.clientHeight / 2 }, true, true);
    live.textContent = opts.tell(at);
  });
  return u;
}

const together = id => ({ sync: { key: id, setSeries: false, scales: ["x", null] } });
const overTime = (id, d) => ({ cursor: together(id), hooks: { drawClear: [shade(d.faults)] } });
const ends = d => () => [d.from[0], Math.max(d.from[0] + 1, d.from[d.from.length - 1] + d.step)];
const xOverTime = d => ({ time: false, range: (u, min, max) => min == d.from[0] && max == d.from[d.from.length - 1] ? ends(d)() : [min, max] });

// legend is a button for each operation; pressed means shown. Values stand there for where the cursor is.
function legend(id, d) {
  const values = [], box = document.querySelector(`[data-legend="${id}"]`);
  d.ops.forEach((op, i) => {
    if (!op.high.some(v => v > 0)) return values.push({});
    const b = document.createElement("button"), at = document.createElement("span"), name = document.createElement("span");
    b.type = "button"; b.setAttribute("aria-pressed", "true");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), stroke = document.createElementNS("http://www.w3.org/2000/svg", "line");
    for (const [k, v] of [["width", 26], ["height", 8], ["aria-hidden", "true"], ["class", "k" + i % 10]]) svg.setAttribute(k, v);
    for (const [k, v] of [["x2", 26], ["y1", 4], ["y2", 4], ["stroke", "currentColor"], ["stroke-width", 2.5], ["stroke-dasharray", dash(i).join(" ")]]) stroke.setAttribute(k, v);
    svg.append(stroke);
    name.textContent = op.name; at.className = "at"; at.setAttribute("aria-hidden", "true");
    b.append(svg, name, at);
    b.addEventListener("click", () => {
      const show = b.getAttribute("aria-pressed") != "true";
      b.setAttribute("aria-pressed", String(show));
      for (const u of [loads[id].over, loads[id].curve]) if (u) u.setSeries(i + 1, { show });
    });
    box.append(b);
    values.push(at);
  });
  return values;
}

const kinds = {
  over(el, id, d) {
    const values = legend(id, d);
    const stroke = d.ops.map((op, i) => ({ label: op.name, stroke: color(i), dash: dash(i), width: 1.6, points: { show: d.from.length < 3 } }));
    return draw(el, [d.from, ...d.ops.map(op => op.high)], { ...overTime(id, d), scales: { x: xOverTime(d), y: { distr: 3, range: logRange(d.target) } },
      axes: [timeAxis(), logAxis()], series: [{}, ...stroke], hooks: { drawClear: [shade(d.faults)], draw: [line(d.target)] },
      tell: i => clock(d.from[i]) + ": " + d.ops.map(op => op.name + " " + (ms(op.high[i]) || "none")).join(", ") },
      (u, i) => values.forEach((v, k) => { v.textContent = i == null ? "" : ms(d.ops[k].high[i]); }));
  },
  op(el, id, d) {
    const i = +el.dataset.op, op = d.ops[i], at = el.parentNode.querySelector(".at");
    // All of a load have one scale, so that they can be held beside each other.
    const every = d.ops.flatMap(o => [...o.low, ...o.max]).filter(v => v > 0);
    const all = every.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, 0]);
    const range = () => logRange(op.target)(null, all[0] == Infinity ? null : all[0], all[1]);
    return draw(el, [d.from, op.low, op.high, op.max], { ...overTime(id, d), scales: { x: xOverTime(d), y: { distr: 3, range } }, axes: [timeAxis(), logAxis()],
      series: [{}, { stroke: color(i), width: 0, points: { show: false } }, { stroke: color(i), width: 1.6, points: { show: d.from.length < 3 } },
        { paths: () => null, points: { show: true, size: 3, width: 0, fill: () => css("--soft"), stroke: () => css("--soft") } }],
      bands: [{ series: [2, 1], fill: () => css("--c" + i % 10) + "44" }],
      hooks: { drawClear: [shade(d.faults)], draw: [line(op.target)] }, tell: () => "" },
      (u, k) => { at.textContent = k == null || op.high[k] == null ? "" : clock(d.from[k]) + "  p95 " + (d.step > 1 ? ms(op.low[k]) + " to " : "") + ms(op.high[k]) + ", max " + ms(op.max[k]); });
  },
  curve(el, id, d) {
    const xs = [...new Set(d.ops.flatMap(op => op.curve.map(p => p[0])))].sort((a, b) => a - b);
    if (!xs.length) return null;
    const ys = d.ops.map(op => { const at = new Map(op.curve); return xs.map(x => at.has(x) ? at.get(x) : null); });
    const name = x => { const p = 100 - 100 / x; return (x > 1e4 ? p.toFixed(3) : x > 1e3 ? p.toFixed(2) : x > 100 ? p.toFixed(1) : p.toFixed(0)) + " %"; };
    const marks = [2, 10, 20, 100, 1e3, 1e4, 1e5, 1e6, 1e7];
    return draw(el, [xs, ...ys], { scales: { x: { time: false, distr: 3, range: () => [1.8, Math.max(22, xs[xs.length - 1] * 1.15)] }, y: { distr: 3, range: logRange(d.target) } },
      cursor: { drag: { x: false, y: false } },
      axes: [axis({ size: 26, splits: () => marks, filter: (u, at) => at, values: (u, at) => at.map(v => v == 20 && u.width < 700 ? "" : name(v)) }), logAxis()],
      series: [{}, ...d.ops.map((op, i) => ({ label: op.name, stroke: color(i), dash: dash(i), width: 1.6, spanGaps: true, points: { show: true, size: 5, fill: color(i), stroke: color(i) } }))],
      hooks: { draw: [line(d.target)] }, tell: i => name(xs[i]) + ": " + d.ops.map((op, k) => ys[k][i] == null ? "" : op.name + " " + ms(ys[k][i])).filter(Boolean).join(", ") });
  },
  rate(el, id, d) {
    return draw(el, [d.from, d.offered, d.done], { ...overTime(id, d), scales: { x: xOverTime(d), y: { range: fromZero } }, axes: [timeAxis(), axis({ size: 50 })],
      series: [{}, { stroke: () => css("--soft"), dash: [6, 4], width: 1.6, points: { show: false } }, { stroke: color(0), width: 1.6, fill: () => css("--c0") + "22", points: { show: d.from.length < 3 } }],
      tell: i => clock(d.from[i]) + ": answered " + ms(d.done[i]) + " a second" + (d.offered[i] == null ? "" : ", offered " + ms(d.offered[i])) });
  },
  errors(el, id, d) {
    return draw(el, [d.from, d.errors.map(v => v > 0 ? v : null)], { ...overTime(id, d), scales: { x: xOverTime(d), y: { range: fromZero } }, axes: [timeAxis(), axis({ size: 50, space: 24 })],
      series: [{}, { stroke: () => css("--fail"), fill: () => css("--fail"), width: 1, paths: uPlot.paths.bars({ size: [0.8, 24], align: 1 }), points: { show: false } }],
      tell: i => clock(d.from[i]) + ": " + ms(d.errors[i]) + " errors a second" });
  },
};

for (const el of document.querySelectorAll(".chart")) {
  const id = el.dataset.load;
  const load = loads[id] ||= { d: JSON.parse(document.getElementById(id + "-series").textContent) };
  load[el.dataset.draw] = kinds[el.dataset.draw](el, id, load.d);
}

const again = () => charts.forEach(u => u.redraw(false, false));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
addEventListener("beforeprint", () => { root.classList.add("paper"); again(); });
addEventListener("afterprint", () => { root.classList.remove("paper"); again(); });
})();

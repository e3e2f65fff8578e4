// View 5: what arrives now.

import { events } from "/page/api.js";
import { coded, h, s, table } from "/page/dom.js";
import { openEvidence } from "/page/evidence.js";
import { choices, phaseName, zoneField } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { clock, day, moment, number, thing, w } from "/page/words.js";

const MINUTE = 60_000;
const LISTED = 20;

/** A number that changes, and opens what it means. */
const figure = (name, title) => {
  const one = h("button", { type: "button", class: "link strong", onclick: () =>
    openEvidence({ title: w(title), value: one.textContent, about: [w("page.live")], definition: w(`define.live.${name}`) }) }, "–");
  return one;
};

/** A table that is drawn while somebody reads it. */
const twinOf = (rows, heads, label) => {
  const place = h("div", {});
  const draw = () => {
    if (element.open) place.replaceChildren(table(label, heads, rows()));
  };
  const element = h("details", { ontoggle: draw }, h("summary", {}, w("page.as_table")), place);
  return { element, draw };
};

export const show = async ({ main, asked, remember, again, signal, fail }) => {
  const known = await choices(signal);
  const rate = figure("rate", "page.rate_now");
  const sessions = figure("sessions", "page.sessions_open");
  const status = h("p", { class: "status" }, h("span", { class: "lamp" }), w("page.connecting"));
  const spark = s("svg", { viewBox: "0 0 600 90", class: "spark", preserveAspectRatio: "none", role: "img", "aria-label": w("page.rate_now") });
  const newest = h("ol", { class: "arrivals", "aria-live": "off" });
  const phases = h("ul", { class: "phase-bars" });
  const rates = [];
  let listed = [];
  let counted = [];
  let paused = false;
  const ago = () => rates.map((one) => [Math.round((rates.at(-1).at - one.at) / 1000), one.rate]);
  const minute = twinOf(() => ago().reverse().map(([seconds, one]) => [number(seconds), number(one, 1)]), [w("page.seconds_ago"), w("page.rate_now")], w("page.rate_minute"));
  const standing = twinOf(() => counted.map((one) => [phaseName(one.phase), number(one.persons)]), [w("page.phase"), w("page.persons_n")], w("page.persons_by_phase"));
  const lamp = (on) => status.replaceChildren(h("span", { class: on ? "lamp on" : "lamp lost" }), on ? w("page.connected") : w("page.reconnecting"));
  const pause = h("button", { "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = w(paused ? "page.go_on" : "page.pause");
  } }, w("page.pause"));
  main.replaceChildren(
    h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.live")), h("p", { class: "lead" }, w("page.live_lead"))),
      h("div", { class: "row" }, status, pause, zoneField(() => {
        remember(asked);
        again();
      }))),
    h("div", { class: "tiles" },
      h("div", { class: "tile" }, h("span", {}, w("page.rate_now")), rate),
      h("div", { class: "tile" }, h("span", {}, w("page.sessions_open")), sessions)),
    h("div", { class: "halves" },
      h("section", { class: "card" },
        h("div", { class: "row between" }, h("h2", {}, w("page.rate_minute")), saves("rate", { svg: () => spark, rows: () => [["seconds_ago", "touchpoints_per_second"], ...ago()] }, w("page.save_rate"))),
        spark, minute.element,
        h("div", { class: "row between" }, h("h2", {}, w("page.persons_by_phase")), saves("persons-by-phase", { svg: () => drawing(counted), rows: () => [["phase", "persons"], ...counted.map((one) => [one.phase, one.persons])] }, w("page.save_phases"))),
        phases, standing.element),
      h("section", { class: "card" }, h("h2", {}, w("page.newest")), newest)));
  const draw = (now) => {
    lamp(true);
    status.append(` · ${clock(now.at)}`);
    rates.push({ at: now.at, rate: now.touchpoints_per_second });
    while (rates[0].at < now.at - MINUTE) rates.shift();
    rate.textContent = number(now.touchpoints_per_second, now.touchpoints_per_second < 10 ? 1 : 0);
    sessions.textContent = number(now.sessions_open);
    line(spark, rates);
    counted = now.phases;
    bars(phases, now.phases);
    minute.draw();
    standing.draw();
    spark.setAttribute("aria-label", `${w("page.rate_minute")}: ${number(Math.min(...rates.map((one) => one.rate)), 1)} – ${number(Math.max(...rates.map((one) => one.rate)), 1)} ${w("page.rate_now").toLowerCase()}`);
    listed = [...now.newest, ...listed].slice(0, LISTED);
    const inTime = [...listed].sort((a, b) => b.at - a.at); // what lands late happened before
    newest.replaceChildren(...inTime.map((one) => h("li", {}, h("time", {}, day(one.at) === day(now.at) ? clock(one.at) : moment(one.at)), h("span", { class: "what" }, thing(one.type)),
      h("span", { class: "tag" }, thing(one.channel)), one.phase ? h("span", { class: "soft" }, phaseName(one.phase)) : "")));
    if (!listed.length) newest.replaceChildren(h("li", { class: "soft" }, known.newest === null ? coded(w("page.nothing_yet")) : w("page.nothing_since", { when: moment(known.newest) })));
  };
  // The view is there at once; the events come as they come.
  (async () => {
    try {
      for await (const now of events("/v1/live", {}, signal, lamp)) if (!paused) draw(now);
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  })();
};

const line = (spark, rates) => {
  const most = Math.max(...rates.map((one) => one.rate), 1);
  const x = (place) => 600 - ((rates.at(-1).at - rates[place].at) / MINUTE) * 600;
  const y = (rate) => 84 - (rate / most) * 76;
  const points = rates.map((one, place) => `${x(place).toFixed(1)} ${y(one.rate).toFixed(1)}`);
  spark.replaceChildren(
    s("line", { x1: 0, y1: 84, x2: 600, y2: 84, class: "axis" }),
    s("path", { d: `M${x(0).toFixed(1)} 84L${points.join("L")}L600 84Z`, class: "area" }),
    s("path", { d: `M${points.join("L")}`, class: "line" }));
};

const [WIDE, ROW] = [600, 34];

/** Persons by phase as a drawing, for a file. */
const drawing = (phases) => {
  const most = Math.max(...phases.map((one) => one.persons), 1);
  return s("svg", { viewBox: `0 0 ${WIDE} ${Math.max(phases.length, 1) * ROW}`, class: "phases-drawing" },
    s("title", {}, w("page.persons_by_phase")),
    phases.map((one, place) => [
      s("text", { x: 0, y: place * ROW + 21, class: "name" }, phaseName(one.phase)),
      s("rect", { x: 150, y: place * ROW + 7, width: 370, height: 20, rx: 4, class: "track" }),
      s("rect", { x: 150, y: place * ROW + 7, width: ((one.persons / most) * 370).toFixed(1), height: 20, rx: 4, class: "fill" }),
      s("text", { x: WIDE, y: place * ROW + 21, class: "amount", "text-anchor": "end" }, number(one.persons))]));
};

const bars = (place, phases) => {
  const most = Math.max(...phases.map((one) => one.persons), 1);
  place.replaceChildren(...phases.map((one) => {
    const inner = h("div", { class: "meter-in" });
    inner.style.width = `${(one.persons / most) * 100}%`;
    return h("li", {}, h("span", {}, phaseName(one.phase)), h("div", { class: "meter" }, inner), h("strong", {}, number(one.persons)));
  }));
};

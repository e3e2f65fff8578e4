// View 5: what arrives now.

import { events } from "/page/api.js";
import { coded, h, s } from "/page/dom.js";
import { choices, phaseName } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { clock, day, moment, number, thing, w } from "/page/words.js";

const KEPT = 60;
const LISTED = 20;

export const show = async ({ main, signal, fail }) => {
  const known = await choices(signal);
  const rate = h("strong", {}, "–");
  const sessions = h("strong", {}, "–");
  const status = h("p", { class: "status" }, h("span", { class: "lamp" }), w("page.connecting"));
  const spark = s("svg", { viewBox: "0 0 600 90", class: "spark", preserveAspectRatio: "none", role: "img", "aria-label": w("page.rate_now") });
  const newest = h("ol", { class: "arrivals", "aria-live": "off" });
  const phases = h("ul", { class: "phase-bars" });
  const rates = [];
  let listed = [];
  let counted = [];
  let paused = false;
  const pause = h("button", { "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = w(paused ? "page.go_on" : "page.pause");
  } }, w("page.pause"));
  main.replaceChildren(
    h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.live")), h("p", { class: "lead" }, w("page.live_lead"))),
      h("div", { class: "row" }, status, pause)),
    h("div", { class: "tiles" },
      h("div", { class: "tile" }, h("span", {}, w("page.rate_now")), rate),
      h("div", { class: "tile" }, h("span", {}, w("page.sessions_open")), sessions)),
    h("div", { class: "halves" },
      h("section", { class: "card" },
        h("div", { class: "row between" }, h("h2", {}, w("page.rate_minute")), saves("rate", { svg: () => spark, rows: () => [["seconds_ago", "touchpoints_per_second"], ...rates.map((rate, place) => [rates.length - 1 - place, rate])] }, fail, w("page.save_rate"))),
        spark,
        h("div", { class: "row between" }, h("h2", {}, w("page.persons_by_phase")), saves("persons-by-phase", { rows: () => [["phase", "persons"], ...counted.map((one) => [one.phase, one.persons])] }, fail, w("page.save_phases"))),
        phases),
      h("section", { class: "card" }, h("h2", {}, w("page.newest")), newest)));
  const draw = (told) => {
    status.replaceChildren(h("span", { class: "lamp on" }), `${w("page.connected")} · ${clock(told.at)}`);
    rates.push(told.touchpoints_per_second);
    rates.splice(0, rates.length - KEPT);
    rate.textContent = number(told.touchpoints_per_second, told.touchpoints_per_second < 10 ? 1 : 0);
    sessions.textContent = number(told.sessions_open);
    line(spark, rates);
    counted = told.phases;
    bars(phases, told.phases);
    spark.setAttribute("aria-label", `${w("page.rate_minute")}: ${number(Math.min(...rates), 1)} – ${number(Math.max(...rates), 1)} ${w("page.rate_now").toLowerCase()}`);
    listed = [...told.newest, ...listed].slice(0, LISTED);
    const inTime = [...listed].sort((a, b) => b.at - a.at); // what lands late happened before
    newest.replaceChildren(...inTime.map((one) => h("li", {}, h("time", {}, day(one.at) === day(told.at) ? clock(one.at) : moment(one.at)), h("span", { class: "what" }, thing(one.type)),
      h("span", { class: "tag" }, thing(one.channel)), one.phase ? h("span", { class: "soft" }, phaseName(one.phase)) : "")));
    if (!listed.length) newest.replaceChildren(h("li", { class: "soft" }, known.newest === null ? coded(w("page.nothing_yet")) : w("page.nothing_since", { when: moment(known.newest) })));
  };
  // The view is there at once; the events come as they come.
  (async () => {
    try {
      for await (const told of events("/v1/live", {}, signal)) if (!paused) draw(told);
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  })();
};

const line = (spark, rates) => {
  const most = Math.max(...rates, 1);
  const x = (place) => ((KEPT - rates.length + place) / (KEPT - 1)) * 600;
  const y = (rate) => 84 - (rate / most) * 76;
  const points = rates.map((rate, place) => `${x(place).toFixed(1)} ${y(rate).toFixed(1)}`);
  spark.replaceChildren(
    s("line", { x1: 0, y1: 84, x2: 600, y2: 84, class: "axis" }),
    s("path", { d: `M${x(0).toFixed(1)} 84L${points.join("L")}L600 84Z`, class: "area" }),
    s("path", { d: `M${points.join("L")}`, class: "line" }));
};

const bars = (place, phases) => {
  const most = Math.max(...phases.map((one) => one.persons), 1);
  place.replaceChildren(...phases.map((one) => {
    const inner = h("div", { class: "meter-in" });
    inner.style.width = `${(one.persons / most) * 100}%`;
    return h("li", {}, h("span", {}, phaseName(one.phase)), h("div", { class: "meter" }, inner), h("strong", {}, number(one.persons)));
  }));
};

// View 5: where objectives stand, against their target and what there should be by now.

import { json } from "/page/api.js";
import { coded, h, opened, s, speak, table } from "/page/dom.js";
import { opening, openEvidence } from "/page/evidence.js";
import { choices, phaseName, untilStored } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { day as dayIn, has, lasted, number, money, percent, signed, spoken, w } from "/page/words.js";

const CARD = 440;
const WIDE = 520;
const EDGE = 44; // of a card, on both sides
const MARKS = { on_track: "✓", reached: "✓", behind: "!", missed: "✕", too_early: "…", not_started: "…" };
const RANGES = { emotion_observed: [-2, 2], nps: [-100, 100] };

export const show = async ({ main, again, signal }) => {
  const known = await choices(signal);
  const lead = h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.objectives")), h("p", { class: "lead" }, w("page.objectives_lead"))));
  if (known.newest === null) return main.replaceChildren(lead, untilStored({ again, signal }));
  main.replaceChildren(lead, h("p", { "aria-busy": "true" }, w("page.loading")));
  const found = await json("/v1/objectives", {}, signal);
  main.replaceChildren(lead, ...(found.length ? shown(found, { full: main.clientWidth - EDGE, signal }) : [none()]));
  speak(w("page.answered"));
};

/** No objectives: how they are written. */
const none = () =>
  h("section", { class: "card empty" }, h("h2", {}, w("page.no_objectives")), h("p", {}, coded(w("page.no_objectives_how"))),
    h("pre", { class: "code" }, "objectives:\n  - name: first_orders\n    metric: persons_reaching\n    phase: onboarding\n    target: 5000\n    from: 2026-01-01\n    to: 2026-07-01"));

/** Objectives have the days of UTC, whatever zone the other views are in. */
const day = (ms) => dayIn(ms, "UTC");

const named = (one) => one.label[spoken()] ?? one.label.en ?? one.name;

/** A value of the metric, as people read it. */
const valued = (one, value) => {
  if (value === null) return "–";
  if (one.metric === "revenue") return money(value, one.currency);
  if (one.metric === "conversion") return percent(value);
  if (one.metric.startsWith("median_")) return lasted(value * 86_400);
  if (one.metric === "emotion_observed") return signed(value, 2);
  return one.metric === "nps" ? signed(value, 0) : number(value);
};

const about = (one) => [w(`metric.${one.metric}`), one.phase && phaseName(one.phase), one.persona, one.currency].filter(Boolean);

const evidence = (one, { name, title, value }, signal) => {
  const scope = { from: new Date(one.from).toISOString(), to: new Date(one.to).toISOString(), persona: one.persona };
  const which = { orders: { type: "order_completed" }, revenue: { type: "order_completed" }, nps: { type: "survey_answered" }, emotion_observed: { felt: "observed" } }[one.metric] ?? { phase: one.phase };
  return { title, value, about: [named(one), ...about(one)], definition: [`define.objective.${name}`, `define.metric.${one.metric}`].filter(has).map((key) => w(key)).join(" "), sql: one.evidence.sql, parameters: one.evidence.parameters,
    samples: () => json("/v1/map/samples", { ...scope, ...which }, signal) };
};

const shown = (found, { full, signal }) => {
  const wide = full / Math.max(1, Math.floor(full / CARD)) - EDGE;
  const titles = { value: "page.value_now", target: "page.target", expected: "page.expected", progress: "page.progress", known: "page.known", pending: "page.pending" };
  const text = { value: (one) => valued(one, one.value), target: (one) => `${one.at_most ? "≤ " : ""}${valued(one, one.target)}`, expected: (one) => valued(one, one.expected), progress: (one) => percent(one.progress), known: (one) => number(one.known), pending: (one) => number(one.pending) };
  const told = (one, name) => evidence(one, { name, title: w(titles[name]), value: text[name](one) }, signal);
  const card = (one) => {
    const svg = gauge(one, { wide });
    opened(svg, [svg.querySelector(".gauge-value")].filter(Boolean), () => openEvidence(told(one, "value")));
    return h("li", { class: "card objective" },
      h("div", { class: "row between" }, h("h2", {}, named(one)), status(one)),
      h("p", { class: "hint" }, `${about(one).join(" · ")} · ${day(one.from)} – ${day(one.to - 1)}`),
      svg,
      h("dl", { class: "facts" }, ["value", "target", "expected", "progress", "known", ...(one.pending ? ["pending"] : [])].map((name) =>
        h("div", {}, h("dt", {}, w(titles[name])), h("dd", {}, opening(told(one, name), name === "value" ? "link big" : "link"))))),
      h("p", { class: "hint" }, w("page.elapsed", { share: percent(one.elapsed < 1 ? Math.floor(one.elapsed * 100) / 100 : 1), when: day(one.as_of) })));
  };
  const heads = [w("page.objective"), w("page.status"), ...Object.values(titles).map((one) => w(one)), w("page.from"), w("page.to")];
  const rows = found.map((one) => [named(one), w(`status.${one.status}`), ...Object.keys(titles).map((name) => opening(told(one, name))), day(one.from), day(one.to - 1)]);
  const file = () => [["name", "metric", "phase", "persona", "currency", "at_most", "target", "value", "expected", "progress", "known", "pending", "status", "from", "to", "as_of"],
    ...found.map((one) => [one.name, one.metric, one.phase, one.persona, one.currency, one.at_most, one.target, one.value, one.expected, one.progress, one.known, one.pending, one.status, ...["from", "to", "as_of"].map((name) => new Date(one[name]).toISOString())])];
  const sum = (...names) => found.filter((one) => names.includes(one.status)).length;
  return [
    h("div", { class: "tiles" }, [["page.on_track_n", sum("on_track", "reached")], ["page.behind_n", sum("behind", "missed")], ["page.unknown_n", sum("too_early", "not_started")]].map(([name, count]) =>
      h("div", { class: "tile" }, h("span", {}, w(name)), h("strong", {}, number(count))))),
    h("div", { class: "row between" }, h("p", { class: "hint" }, `${w("page.objectives_note")} ${w("page.days_in", { zone: "UTC" })}`), saves("objectives", { svg: () => all(found), rows: file })),
    h("ul", { class: "objectives" }, found.map(card)),
    h("details", { class: "card" }, h("summary", {}, w("page.as_table")), table(w("page.objectives"), heads, rows)),
  ];
};

const status = (one) => h("span", { class: `badge-status ${one.status}` }, h("span", { "aria-hidden": "true" }, MARKS[one.status]), w(`status.${one.status}`));

/** The value as a bar, the target and what there should be by now as marks on it. */
const gauge = (one, { wide, above = 0 }) => {
  const [least, most] = RANGES[one.metric] ?? [0, Math.max(one.value ?? 0, one.target, one.expected ?? 0) * 1.08 || 1];
  const x = (value) => ((Math.min(most, Math.max(least, value)) - least) / (most - least)) * wide;
  const from = x(Math.max(least, 0));
  const to = x(one.value ?? 0);
  const mark = (value, kind, label, line) => {
    const at = x(value);
    const anchor = at < wide * 0.3 ? "start" : "end";
    return [s("line", { x1: at.toFixed(1), y1: above + 17, x2: at.toFixed(1), y2: above + 47, class: kind }),
      s("text", { x: at.toFixed(1), y: above + line, class: "amount", "text-anchor": anchor }, label)];
  };
  const late = one.expected !== null && one.elapsed < 1 && Math.abs(one.expected - one.target) > 1e-9;
  const label = `${named(one)}, ${w("page.value_now")} ${valued(one, one.value)}, ${w("page.target")} ${valued(one, one.target)}, ${w(`status.${one.status}`)}`;
  return s("svg", { viewBox: `0 ${above} ${wide} 66`, class: "gauge", role: "group", "aria-label": label },
    s("rect", { x: 0, y: above + 22, width: wide, height: 20, rx: 4, class: "track" }),
    s("g", { class: "gauge-value", "aria-label": label }, s("title", {}, label),
      s("rect", { x: 0, y: above + 16, width: wide, height: 32, class: "hit" }),
      one.value === null ? "" : s("rect", { x: Math.min(from, to).toFixed(1), y: above + 22, width: Math.max(2, Math.abs(to - from)).toFixed(1), height: 20, rx: 4, class: `gauge-${one.on_track === null ? "unknown" : one.on_track ? "good" : "bad"}` })),
    late ? mark(one.expected, "expected-mark", `${w("page.expected")} ${valued(one, one.expected)}`, 62) : "",
    mark(one.target, "target-mark", `${w("page.target")} ${one.at_most ? "≤ " : ""}${valued(one, one.target)}`, 12));
};

/** All gauges one below the other, for a file. */
const all = (found) =>
  s("svg", { viewBox: `0 0 ${WIDE} ${found.length * 104}`, class: "gauges" },
    s("title", {}, w("page.objectives")),
    found.map((one, place) => {
      const above = place * 104;
      return [s("text", { x: 0, y: above + 14, class: "name" }, named(one)), s("text", { x: WIDE, y: above + 14, class: "amount", "text-anchor": "end" }, `${valued(one, one.value)} · ${w(`status.${one.status}`)}`),
        ...gauge(one, { wide: WIDE, above: above + 22 }).children];
    }));

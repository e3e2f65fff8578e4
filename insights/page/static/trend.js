// How a funnel did over time: by the day, week or month in which it was entered.

import { post } from "/page/api.js";
import { choice, field, h, opened, s, table } from "/page/dom.js";
import { opening, openEvidence } from "/page/evidence.js";
import { saves } from "/page/saves.js";
import { oneAtATime, refusedText, waiting } from "/page/states.js";
import { capital, number, percent, periodName, said, w } from "/page/words.js";

const SMALL = 500;
const DAY = 86_400_000;
const PERIODS = ["day", "week", "month"];
const SCALES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const FATES = ["converted", "dropped", "pending", "excluded"];
const NAMES = { converted: "page.converted", dropped: "page.dropped_out", pending: "page.pending", excluded: "page.excluded", entered: "page.entered" };

/** The period that suits the range that was asked for. */
const suited = (found) => {
  const days = ((found.to ?? found.as_of) - (found.from ?? 0)) / DAY;
  return days <= 45 ? "day" : days <= 200 ? "week" : "month";
};

/** The trend of an answered funnel; it asks for itself, at the moment of the answer. `list` tells who is behind it. */
export const trend = (found, question, { period, choose, list, signal }) => {
  const { breakdown: _, ...asked } = question;
  const body = h("div", {});
  const place = h("section", { class: "card trend-card", "aria-label": w("page.trend") });
  const chosen = PERIODS.includes(period) ? period : suited(found);
  const select = choice(PERIODS.map((one) => [one, w(`page.period.${one}`)]), chosen, { onchange: () => {
    choose(select.value);
    ask();
  } });
  const next = oneAtATime(signal);
  const ask = async () => {
    const mine = next();
    place.setAttribute("aria-busy", "true");
    if (!body.childElementCount) body.append(waiting(w("page.counted_now")));
    try {
      const told = await post("/v1/funnels/trend", asked, { period: select.value, as_of: new Date(found.as_of).toISOString() }, mine);
      if (mine.aborted) return;
      body.replaceChildren(...shown(told, found, { wide: body.clientWidth, list }));
    } catch (error) {
      if (mine.aborted) return;
      body.replaceChildren(refusedText(error));
    }
    place.removeAttribute("aria-busy");
  };
  place.append(h("div", { class: "row between" }, h("h2", {}, w("page.trend")), field(w("page.by_period"), select, "inline")), body);
  ask();
  return place;
};

const shown = (told, whole, { wide, list }) => {
  const { points } = told;
  if (!points.length) return [h("p", {}, w("page.nobody_entered"))];
  const name = (point) => periodName(point.period, told.period);
  const evidence = (point, state, value) => {
    // The range of the question cuts the first and the last period.
    const range = { from: new Date(Math.max(point.begins_at, whole.from ?? point.begins_at)).toISOString(), to: new Date(Math.min(point.ends_at, whole.to ?? point.ends_at)).toISOString() };
    return { title: w(state === "rate" ? "page.rate" : NAMES[state]), value, about: [name(point)], definition: w("define.trend"), sql: told.evidence.sql, parameters: told.evidence.parameters,
      members: async () => (await list({ state: state === "rate" ? "converted" : state, limit: 10 }, range)).members };
  };
  const svg = drawing(told, name, wide);
  opened(svg, [...svg.querySelectorAll(".point")], (one) => {
    const point = points[Number(one.dataset.place)];
    openEvidence(evidence(point, "rate", percent(point.rate)));
  });
  const heads = [w(`page.period.${told.period}`), w("page.entered"), ...FATES.map((one) => w(NAMES[one])), w("page.rate")];
  const cell = (point, state) => opening(evidence(point, state, number(point[state])));
  const rows = points.map((point) => [`${name(point)}${point.complete ? "" : " *"}`, cell(point, "entered"), ...FATES.map((one) => cell(point, one)), opening(evidence(point, "rate", percent(point.rate)), "link strong")]);
  const file = () => [["period", "entered", ...FATES, "rate", "complete"], ...points.map((point) => [point.period, point.entered, ...FATES.map((one) => point[one]), point.rate, point.complete])];
  return [
    h("figure", { class: "plain-figure" }, svg),
    h("p", { class: "hint" }, w("page.trend_note")),
    h("div", { class: "row between" }, told.notes.length ? h("p", { class: "hint" }, told.notes.map((one) => capital(said(one))).join(" ")) : h("span", {}), saves("trend", { svg: () => svg, rows: file }, w("page.save_trend"))),
    h("details", {}, h("summary", {}, w("page.as_table")), table(w("page.trend"), heads, rows, "plain-table numbers trend-table", `* ${w("page.not_over")}`)),
  ];
};

/** The rate as a line, what became of those who entered as bars below it. */
const drawing = ({ points }, name, wide) => {
  const narrow = wide < SMALL;
  const [left, right, top, high, gap, low] = [46, 12, 34, 150, 34, 70];
  const foot = top + high + gap;
  const step = (wide - left - right) / points.length;
  const x = (place) => left + (place + 0.5) * step;
  const most = Math.max(...points.map((one) => one.rate ?? 0));
  const scale = SCALES.find((one) => one >= most * 1.05) ?? 1;
  const y = (rate) => top + high * (1 - rate / scale);
  const entered = Math.max(...points.map((one) => one.entered), 1);
  const every = Math.ceil(points.length / (narrow ? 3 : 8));
  const thick = Math.max(1, Math.min(44, step * 0.7));
  const round = Math.max(1.5, Math.min(5, step / 3));
  const text = (at, line, told, kind = "amount", anchor = "start") => s("text", { x: at.toFixed(1), y: line.toFixed(1), class: kind, "text-anchor": anchor }, told);
  const segments = points.slice(1).map((point, place) => {
    const before = points[place];
    if (point.rate === null || before.rate === null) return "";
    return s("line", { x1: x(place).toFixed(1), y1: y(before.rate).toFixed(1), x2: x(place + 1).toFixed(1), y2: y(point.rate).toFixed(1), class: point.complete ? "rate-line" : "rate-line open" });
  });
  const bars = (point, place) => {
    let base = foot + low;
    return FATES.filter((fate) => point[fate]).map((fate) => {
      const tall = (point[fate] / entered) * low;
      base -= tall;
      return s("rect", { x: (x(place) - thick / 2).toFixed(1), y: base.toFixed(2), width: thick.toFixed(1), height: tall.toFixed(2), class: `fate-${fate}` });
    });
  };
  const label = (point) => [name(point), `${w("page.rate")} ${percent(point.rate)}`, `${w("page.entered")} ${number(point.entered)}`, point.pending ? `${w("page.pending")} ${number(point.pending)}` : "", point.complete ? "" : w("page.not_over")].filter(Boolean).join(", ");
  const lowest = points.reduce((at, point, place) => (place % every === 0 ? [...at, place] : at), []);
  return s("svg", { viewBox: `0 0 ${wide} ${foot + low + (narrow ? 64 : 46)}`, class: "trend", role: "group", "aria-label": w("page.trend") },
    text(0, 14, `${w("page.rate")} (%)`, "name"),
    [0, scale / 2, scale].map((one) => [s("line", { x1: left, y1: y(one), x2: wide - right, y2: y(one), class: "axis" }), text(left - 6, y(one) + 4, percent(one), "amount", "end")]),
    text(0, foot - 12, w("page.entered"), "name"),
    [0, entered].map((one) => text(left - 6, foot + low - (one / entered) * low + 4, number(one), "amount", "end")),
    s("line", { x1: left, y1: foot + low, x2: wide - right, y2: foot + low, class: "axis" }),
    segments,
    points.map((point, place) => s("g", { class: "point", "data-place": place, "aria-label": label(point) },
      s("title", {}, label(point)),
      s("rect", { x: (x(place) - step / 2).toFixed(1), y: top - 6, width: step.toFixed(1), height: foot + low - top + 6, class: "hit" }),
      bars(point, place),
      point.rate === null ? "" : s("circle", { cx: x(place).toFixed(1), cy: y(point.rate).toFixed(1), r: round, class: point.complete ? "rate-dot" : "rate-dot open" }))),
    lowest.map((place) => text(x(place), foot + low + 17, name(points[place]), "amount", "middle")),
    legend(left, foot + low + 40, wide, points));
};

/** What the parts of a bar are, on as many lines as they need. */
const legend = (left, top, wide, points) => {
  let [at, line] = [left, top];
  return FATES.filter((fate) => points.some((point) => point[fate])).map((fate) => {
    const told = w(NAMES[fate]);
    const takes = 30 + told.length * 6.8;
    if (at > left && at + takes > wide) [at, line] = [left, line + 18];
    const drawn = [s("rect", { x: at, y: line - 10, width: 11, height: 11, rx: 2, class: `fate-${fate}` }), s("text", { x: at + 16, y: line, class: "amount" }, told)];
    at += takes;
    return drawn;
  });
};

// What a funnel answers: how many get how far, how fast, and who is lost.

import { post } from "/page/api.js";
import { h, s, table } from "/page/dom.js";
import { opening, timed } from "/page/evidence.js";
import { personaName, phaseName } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { refusedText, waiting } from "/page/states.js";
import { trend } from "/page/trend.js";
import { capital, has, lasted, moment, number, percent, said, thing, w } from "/page/words.js";

const LISTED = 50;

export const answered = (found, question, { period, choose, signal }) => {
  const list = lists(found, question, signal);
  if (!found.entered) return [tiles(found, list), h("p", { class: "card" }, w("page.nobody_entered")), notes(found)];
  return [tiles(found, list), chart(found, list), trend(found, question, { period, choose, list, signal }), broken(found, question, list), notes(found)];
};

/** Who is behind a number of this answer: of the same question, at the same moment. */
const lists = (found, question, signal) => {
  const { breakdown: _, ...whole } = question;
  const as_of = new Date(found.as_of).toISOString();
  return (wanted, narrowed = {}) => post("/v1/funnels/persons", { ...(wanted.kind ? question : whole), ...narrowed }, { ...wanted, as_of }, signal);
};

const FEW = 10;
const few = (list, wanted) => async () => (await list({ ...wanted, limit: FEW })).members;

const tiles = (found, list) => {
  const { sql, parameters } = found.evidence[0];
  const tile = (name, state, value, kind = "tile") => {
    const members = few(list, { state });
    return h("div", { class: kind }, h("span", {}, w(`page.${name}`)), opening({ title: w(`page.${name}`), value, about: [w(`page.unit.${found.unit}`)], definition: w("define.funnel"), sql, parameters, members }, "link strong"));
  };
  // The first step has those who entered and are not excluded: both are told.
  const begun = found.excluded ? [tile("began", "entered", number(found.entered)), tile("excluded", "excluded", number(found.excluded))] : [];
  return h("div", { class: "tiles" }, begun, tile("entered", "reached", number(found.entered - found.excluded)),
    [["converted", "converted"], ["dropped_out", "dropped"], ["pending", "pending"]].map(([name, state]) => tile(name, state, number(found[state]))),
    tile("rate", "converted", percent(found.rate), "tile strong"));
};

const stepName = (step) => step.name.split(" | ").map(thing).join(" / ");

const chart = (found, list) => {
  const { sql, parameters } = found.evidence[0];
  const open = (step, title, value, kind = "link") =>
    opening({ title, value, about: [stepName(step)], definition: w("define.funnel"), sql, parameters }, kind);
  const first = found.steps[0].units;
  const row = (step) => {
    const place = h("div", { class: "who" });
    const who = (state, label, count) => h("button", { class: "small", "aria-expanded": "false", "aria-label": `${w("page.who")} ${number(count)} ${label}, ${stepName(step)}`, onclick: (event) => listing({ place, button: event.target, heading: `${capital(label)} · ${step.step}. ${stepName(step)}`, unit: found.unit, list: (page) => list({ step: step.step, state, ...page }) }) }, w("page.who"));
    const behind = (count, state, label, kind) => (count ? h("span", { class: kind }, open(step, label, number(count)), ` ${label.toLowerCase()} `, who(state, label.toLowerCase(), count)) : "");
    return h("li", { class: "funnel-step" },
      h("div", { class: "funnel-name" }, h("span", { class: "count" }, String(step.step)), h("strong", {}, stepName(step)), step.optional ? h("span", { class: "tag" }, w("page.optional").toLowerCase()) : "",
        h("span", { class: "soft" }, step.step > 1 ? `${w("page.median_time")} ${lasted(step.seconds_from_previous?.median)}` : w(`page.unit.${found.unit}`))),
      bar(first ? step.units / first : 0),
      h("div", { class: "funnel-numbers" },
        h("span", {}, open(step, w("page.reached"), number(step.units), "link big"), " ", who("reached", w("page.reached_n"), step.units)),
        h("span", {}, open(step, w("page.of_first"), percent(step.from_first)), " ", h("span", { class: "soft" }, w("page.of_first"))),
        step.step > 1 ? h("span", {}, open(step, w("page.of_previous"), percent(step.from_previous)), " ", h("span", { class: "soft" }, w("page.of_previous"))) : "",
        behind(step.dropped, "dropped", w("page.dropped"), "dropped"), behind(step.pending, "pending", w("page.pending"), "soft")),
      place);
  };
  return h("section", { class: "card" },
    h("div", { class: "row between" }, h("h2", {}, w("page.steps")), saves("funnel", { svg: () => drawing(found), rows: () => numbers(found) })),
    h("ol", { class: "funnel" }, found.steps.map(row)),
    h("details", {}, h("summary", {}, w("page.as_table")), twin(found)));
};

const bar = (share) => {
  const inner = h("div", { class: "meter-in" });
  inner.style.width = `${Math.max(share * 100, share ? 0.4 : 0)}%`;
  return h("div", { class: "meter", role: "presentation" }, inner);
};

const TIMES = ["median", "p75", "p95"];

/** The table behind the bars: every number of every step. */
const twin = (found) => {
  const heads = ["step", "persons_n", "of_first", "of_previous", "dropped", "pending", "time_median", "time_p75", "time_p95"];
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": w("page.as_table") },
    h("table", { class: "plain-table numbers funnel-table" }, h("caption", {}, w("page.times_from_previous")),
      h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one === "persons_n" ? w(`page.unit.${found.unit}`) : capital(w(`page.${one}`)))))),
      h("tbody", {}, found.steps.map((step) => h("tr", {}, h("th", { scope: "row" }, `${step.step}. ${stepName(step)}`),
        [number(step.units), percent(step.from_first), step.step > 1 ? percent(step.from_previous) : "–", number(step.dropped), number(step.pending),
          ...TIMES.map((name) => (step.step > 1 ? lasted(step.seconds_from_previous?.[name]) : "–"))].map((one) => h("td", {}, one)))))));
};

/** The same numbers as they are in the answer, for a file. */
const numbers = (found) => [
  ["step", "name", found.unit, "from_first", "from_previous", "dropped", "pending", ...TIMES.map((name) => `seconds_${name}`)],
  ...found.steps.map((step) => [step.step, step.name, step.units, step.from_first, step.from_previous, step.dropped, step.pending, ...TIMES.map((name) => step.seconds_from_previous?.[name])]),
];

const WIDE = 760;
const HIGH = 62;

/** The bars as a drawing, for a file. */
const drawing = (found) => {
  const first = Math.max(found.steps[0].units, 1);
  return s("svg", { viewBox: `0 0 ${WIDE} ${found.steps.length * HIGH}`, class: "funnel-drawing" },
    s("title", {}, w("page.funnel")),
    found.steps.map((step, place) => {
      const top = place * HIGH;
      const shares = [percent(step.from_first), w("page.of_first"), ...(place ? ["·", percent(step.from_previous), w("page.of_previous")] : [])].join(" ");
      return [
        s("text", { x: 0, y: top + 14, class: "name" }, `${step.step}. ${stepName(step)}`),
        s("text", { x: WIDE, y: top + 14, class: "amount", "text-anchor": "end" }, `${number(step.units)} · ${shares}`),
        s("rect", { x: 0, y: top + 22, width: WIDE, height: 20, rx: 4, class: "track" }),
        s("rect", { x: 0, y: top + 22, width: Math.max((step.units / first) * WIDE, step.units ? 2 : 0).toFixed(1), height: 20, rx: 4, class: "fill" }),
      ];
    }));
};

/** A value as it is stored; only what the vocabulary names has words. */
const verbatim = (property, value) => {
  if (property === "phase") return phaseName(value);
  if (property === "persona") return personaName(value);
  return (property === "channel" || property === "type") && has(`${property}.${value}`) ? w(`${property}.${value}`) : value;
};

const broken = (found, question, list) => {
  if (!found.breakdown.length) return "";
  const heads = [w("page.value"), ...found.steps.map(stepName), w("page.rate"), w("page.who")];
  const { sql, parameters } = found.evidence[0];
  const named = (one) => (one.kind === "value" ? verbatim(question.breakdown?.property, one.value) : w(`page.bucket.${one.kind}`));
  const rows = () => [["kind", "value", ...found.steps.map((step) => step.name), "rate"], ...found.breakdown.map((one) => [one.kind, one.value, ...one.steps.map((step) => step.units), one.rate])];
  const place = h("div", { class: "who" });
  const within = (one) => ({ kind: one.kind, ...(one.kind === "value" ? { value: one.value } : {}) });
  const open = (one, title, value, wanted, kind) => opening({ title, value, about: [`${w("page.breakdown")}: ${named(one)}`, w(`page.unit.${found.unit}`)], definition: w("define.funnel"), sql, parameters, members: few(list, { ...wanted, ...within(one) }) }, kind);
  const cells = found.breakdown.map((one) => [
    named(one), ...one.steps.map((step, at) => open(one, `${w("page.reached")}: ${stepName(step)}`, number(step.units), { step: at + 1, state: "reached" })),
    open(one, w("page.rate"), percent(one.rate), { state: "converted" }, "link strong"),
    h("button", { class: "small", "aria-expanded": "false", "aria-label": `${w("page.who")} ${named(one)}`, onclick: (event) => listing({ place, button: event.target, heading: `${w("page.entered")} · ${named(one)}`, unit: found.unit, list: (page) => list({ step: 1, state: "reached", ...within(one), ...page }) }) }, w("page.who"))]);
  return h("section", { class: "card" },
    h("div", { class: "row between" }, h("h2", {}, w("page.breakdown")), saves("breakdown", { rows }, w("page.save_breakdown"))),
    table(w("page.breakdown"), heads, cells, "plain-table numbers stacked"), place);
};

const notes = (found) =>
  h("div", { class: "notes" }, [...found.notes.map((one) => capital(said(one))), found.left_out.length ? w("page.left_out", { what: found.left_out.map(said).join(", ") }) : ""].filter(Boolean).map((one) => h("p", {}, one)));

/** Who stands behind a number: the same predicate as the count, page by page. */
const listing = async ({ place, button, heading, unit, list }) => {
  const shut = button.getAttribute("aria-expanded") === "true";
  for (const one of place.parentElement.querySelectorAll("[aria-expanded]")) one.setAttribute("aria-expanded", "false");
  place.replaceChildren();
  if (shut) return;
  button.setAttribute("aria-expanded", "true");
  const body = h("tbody", {});
  const all = [];
  const looking = waiting(w("page.counted_now"));
  const more = h("button", { class: "small", hidden: true, onclick: () => add() }, w("page.show_more"));
  const add = async () => {
    more.disabled = true;
    try {
      const found = await list({ limit: LISTED, offset: all.length });
      looking.remove();
      all.push(...found.members);
      body.append(...found.members.map(({ unit: id, entered_at, last_at }) => h("tr", {},
        h("th", { scope: "row" }, unit === "person" ? h("a", { href: `#person?who=${encodeURIComponent(id)}` }, id) : id), h("td", {}, moment(entered_at)), h("td", {}, moment(last_at)))));
      more.hidden = !found.more;
      more.disabled = false;
    } catch (error) {
      if (error.name !== "AbortError") place.replaceChildren(refusedText(error));
    }
  };
  place.replaceChildren(h("section", { class: "box persons", "aria-label": heading },
    h("div", { class: "row between" }, h("h3", {}, heading), saves("persons", { rows: () => [["unit", "entered_at", "last_at"], ...all.map((one) => [one.unit, new Date(one.entered_at).toISOString(), new Date(one.last_at).toISOString()])] }, w("page.save_list"))),
    h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": heading },
      h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, [capital(w(`value.${unit}`)), timed("page.entered_at"), timed("page.last_at")].map((one) => h("th", { scope: "col" }, one)))), body)),
    looking, h("p", {}, more)));
  await add();
};

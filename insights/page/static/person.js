// View 4: one customer's journey, with the reason of every change of phase.

import { json, Refusal } from "/page/api.js";
import { coded, h, s, speak, table } from "/page/dom.js";
import { choices, labelled, phaseName, untilStored, zoneField } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { oneAtATime, refusedText, waiting } from "/page/states.js";
import { capital, clock, day, has, money, moment, number, said, thing, w } from "/page/words.js";

const FIRST = 60;
const STEP = 240;
const MOST = 5_000;
const COLOURS = 6;
const ADDRESS = /^(email|phone|tel):|@|%40/i;
const DIGITS = /^[\d\s().+/-]+$/; // no name of anybody has these alone
const TELEPHONE = /^(\+|00)\d|^0[1-9]\d{8}$/;
const SPACED = /^\(?\d.*[\s().-].*\d{2}$/;
const LEAST_DIGITS = 8;

/** What somebody may be reached by: an e-mail address, or a telephone number as people write it. */
const inClear = (text) => {
  if (ADDRESS.test(text)) return true;
  const digits = text.replace(/\D/g, "");
  return DIGITS.test(text) && (TELEPHONE.test(text.replace(/[^\d+]/g, "")) || (SPACED.test(text) && digits.length >= LEAST_DIGITS));
};

export const show = async ({ main, asked, remember, again, signal, fail }) => {
  const known = await choices(signal);
  const input = h("input", { id: "who", type: "search", autocomplete: "off", spellcheck: "false", value: asked.who ?? "", placeholder: "customer_id:1234" });
  const answer = h("section", { class: "answer" });
  let limit = FIRST;
  const next = oneAtATime(signal);
  const say = (text) => {
    answer.replaceChildren(h("p", { class: "card soft" }, coded(text)));
    answer.removeAttribute("aria-busy");
  };
  const run = async ({ longer = false } = {}) => {
    const mine = next();
    if (!asked.who) return say(w("page.who_hint"));
    if (inClear(asked.who)) { // nobody is told of an address, neither the server nor the history
      asked = {};
      remember(asked);
      speak(w("page.in_clear").replaceAll("`", ""));
      return say(w("page.in_clear"));
    }
    answer.setAttribute("aria-busy", "true");
    if (!longer) {
      answer.replaceChildren(waiting(w("page.looked_up")));
      speak(w("page.looked_up"));
    }
    try {
      const path = `/v1/persons/${encodeURIComponent(asked.who)}`;
      const [journey, why] = await Promise.all([json(`${path}/journey`, { limit }, mine), json(`${path}/why`, {}, mine)]);
      if (mine.aborted) return;
      const more = limit < MOST ? () => {
        limit = Math.min(MOST, limit + STEP);
        run({ longer: true });
      } : null;
      answer.replaceChildren(...shown(journey, why, more));
      speak(w("page.answered"));
    } catch (error) {
      if (mine.aborted) return;
      if (!(error instanceof Refusal) || ![404, 409, 422].includes(error.status)) return fail(error);
      answer.replaceChildren(refusedText(error));
    }
    answer.removeAttribute("aria-busy");
  };
  const lead = h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.person")), h("p", { class: "lead" }, w("page.person_lead"))));
  if (known.newest === null) {
    main.replaceChildren(lead, untilStored({ again, signal }));
    return;
  }
  main.replaceChildren(
    lead,
    h("form", { class: "filters", role: "search", onsubmit: (event) => {
      event.preventDefault();
      asked = { who: input.value.trim() };
      limit = FIRST;
      if (!inClear(asked.who)) remember(asked);
      run();
    } }, h("label", { class: "field grow", for: "who" }, h("span", {}, w("page.identifier")), input), h("button", { class: "primary" }, w("page.show")),
      zoneField(() => {
        remember(asked);
        run();
      })),
    answer);
  await run();
};

const shown = (journey, why, more) => {
  const at = journey.position;
  const tiles = at
    ? [["phase", at.phase ? phaseName(at.phase) : "–"], ["since", at.phase ? day(at.phase_since) : "–"], ["touchpoints", number(at.touchpoints)], ["sessions", number(at.sessions_total)],
       ["orders", number(journey.spending.reduce((all, one) => all + one.orders, 0))], ...journey.spending.filter((one) => one.currency).map(spent)]
    : [];
  const known = Object.entries(journey.identifiers).map(([name, all]) => `${name} ${all.join(", ")}`);
  return [
    h("div", { class: "tiles" }, tiles.map(([name, value, note]) => h("div", { class: "tile" }, h("span", {}, w(`page.${name}`)), h("strong", {}, value), note ? h("small", {}, note) : ""))),
    persona(journey.persona),
    h("section", { class: "card" }, ribbon(why, journey),
      h("p", { class: "soft mono" }, known.join(" · "))),
    threads(journey),
    h("section", { class: "card" }, h("h2", {}, w("page.timeline")), timeline(journey, why),
      at && journey.touchpoints.length < at.touchpoints
        ? earlier(journey, at, more)
        : ""),
  ];
};

/** Which persona they have, and why; nothing of who does not count. */
const persona = (had) => {
  if (!had) return "";
  const [name, label] = labelled({ ...had, name: had.persona });
  return h("section", { class: "card persona" },
    h("div", { class: "row between" }, h("h2", {}, w("page.persona")), h("a", { href: `#map?persona=${encodeURIComponent(name)}` }, w("page.persona_map"))),
    h("p", {}, h("strong", {}, label), label === name ? "" : [" ", h("span", { class: "soft mono" }, name)]),
    h("p", { class: "soft" }, coded(capital(said(had.because)))));
};

/** The way to what happened before; beyond what a page can show, that of the command line. */
const earlier = (journey, at, more) => {
  const told = { shown: number(journey.touchpoints.length), all: number(at.touchpoints) };
  if (more) return h("p", {}, h("button", { onclick: more }, w("page.earlier_ones", told)));
  return h("p", { class: "hint" }, coded(w("page.earlier_most", { ...told, command: `parcours journey ${at.person_id} --limit 10000` })));
};

/** What was spent in a currency; refunds and cancelled orders are taken off. */
const spent = ({ currency, value_minor: minor, given_back_minor: back }) =>
  ["spent", money(minor - back, currency), back ? w("page.given_back", { all: money(minor, currency), back: money(back, currency) }) : ""];

/** Carts, orders, returns and tickets, the last to be touched first. */
const threads = ({ threads: some }) => {
  if (!some.length) return "";
  const heads = ["thread", "status", "since", "worth", "touchpoints", "thread_steps"].map((name) => w(`page.${name}`));
  const rows = some.map((one) => [
    h("span", {}, h("strong", {}, w(`thread.${one.kind}`)), " ", h("span", { class: "mono" }, one.thread_id)),
    h("span", { class: "tag" }, w(`thread.status.${one.status}`)), moment(one.since), one.currency ? money(one.value_minor, one.currency) : "–",
    number(one.touchpoints), one.steps.map(thing).join(" → ")]);
  const file = () => [["kind", "id", "status", "since", "value_minor", "currency", "touchpoints", "steps", "cause"],
    ...some.map((one) => [one.kind, one.thread_id, one.status, new Date(one.since).toISOString(), one.value_minor, one.currency, one.touchpoints, one.steps.join(" > "), `${one.cause_source}:${one.cause_id}`])];
  return h("section", { class: "card threads" },
    h("div", { class: "row between" }, h("h2", {}, w("page.threads")), saves("threads", { rows: file }, w("page.save_threads"))),
    table(w("page.threads"), heads, rows, "plain-table stacked"));
};

/** The phases as a band of time. */
const ribbon = (why, journey) => {
  const heading = h("h2", {}, w("page.through_phases"));
  const moves = why.transitions.filter((one) => one.model === (why.transitions[0]?.model ?? "default"));
  if (!moves.length) return h("div", {}, heading, h("p", { class: "soft" }, w("page.no_phase")));
  const end = Math.max(journey.position?.last_at ?? 0, moves.at(-1).occurred_at);
  const begin = moves[0].occurred_at;
  const span = Math.max(1, end - begin);
  const phases = [...new Set(moves.map((one) => one.to_phase))];
  const parts = moves.map((one, place) => ({ ...one, until: moves[place + 1]?.occurred_at ?? end }));
  const told = parts.map((one) => `${phaseName(one.to_phase, one.model)}: ${day(one.occurred_at)} – ${day(one.until)}`).join("; ");
  const rows = () => [["phase", "from", "until", "because_of"], ...parts.map((one) => [one.to_phase, new Date(one.occurred_at).toISOString(), new Date(one.until).toISOString(), one.cause_type])];
  const band = s("svg", { viewBox: "0 0 1000 30", preserveAspectRatio: "none", role: "img", "aria-label": `${w("page.through_phases")}. ${told}` },
      parts.map((one) => s("rect", { x: (((one.occurred_at - begin) / span) * 1000).toFixed(1), y: 0, height: 30,
        width: Math.max(2, ((one.until - one.occurred_at) / span) * 1000).toFixed(1), class: `phase-${phases.indexOf(one.to_phase) % COLOURS}` },
        s("title", {}, `${phaseName(one.to_phase, one.model)}: ${moment(one.occurred_at)}`))));
  return h("div", { class: "ribbon" },
    h("div", { class: "row between" }, heading, saves("phases", { svg: () => drawing(parts, phases, begin, span), rows })),
    band,
    h("p", { class: "row between soft" }, h("span", {}, day(begin)), h("span", {}, day(end))),
    h("ul", { class: "legend" }, phases.map((phase, place) => h("li", {}, h("span", { class: `dot phase-${place % COLOURS}` }), phaseName(phase)))));
};

/** The band with its legend, for a file. */
const drawing = (parts, phases, begin, span) =>
  s("svg", { viewBox: "0 0 1000 96", class: "ribbon-drawing" },
    s("title", {}, w("page.through_phases")),
    parts.map((one) => s("rect", { x: (((one.occurred_at - begin) / span) * 1000).toFixed(1), y: 0, height: 30,
      width: Math.max(2, ((one.until - one.occurred_at) / span) * 1000).toFixed(1), class: `phase-${phases.indexOf(one.to_phase) % COLOURS}` })),
    s("text", { x: 0, y: 52, class: "amount" }, day(begin)), s("text", { x: 1000, y: 52, class: "amount", "text-anchor": "end" }, day(begin + span)),
    phases.map((phase, place) => [s("circle", { cx: 6 + place * 165, cy: 80, r: 6, class: `phase-${place % COLOURS}` }), s("text", { x: 18 + place * 165, y: 84, class: "name" }, phaseName(phase))]));

const timeline = (journey, why) => {
  const items = [
    ...journey.touchpoints.map((one) => ({ at: one.at, order: one.seq, touch: one })),
    ...why.transitions.map((one) => ({ at: one.occurred_at, order: Infinity, move: one })),
  ];
  const oldest = Math.min(...journey.touchpoints.map((one) => one.at));
  const kept = items.filter((one) => one.at >= oldest || one.move).sort((a, b) => b.at - a.at || b.order - a.order);
  const days = new Map();
  for (const one of kept) days.set(day(one.at), [...(days.get(day(one.at)) ?? []), one]);
  return h("ol", { class: "timeline" }, [...days].map(([name, some]) =>
    h("li", {}, h("h3", {}, name), h("ol", {}, some.map((one) => (one.move ? moved(one.move) : touched(one.touch)))))));
};

const moved = (one) =>
  h("li", { class: "moved" }, h("time", {}, clock(one.occurred_at)),
    h("div", {}, h("strong", {}, one.from_phase ? `${phaseName(one.from_phase, one.model)} → ${phaseName(one.to_phase, one.model)}` : phaseName(one.to_phase, one.model)),
      h("p", {}, w("page.because", { cause: thing(one.cause_type), when: moment(one.cause_at) })),
      h("p", { class: "soft mono" }, `${w("page.rule")} ${one.rule} · ${one.model} v${one.model_version} · ${one.cause_source}:${one.cause_id}`)));

const touched = (one) => {
  const told = [
    one.value_minor !== null && one.currency ? money(one.value_minor, one.currency) : "",
    one.store_id ? `${w("page.store")} ${one.store_id}` : "",
    one.campaign_name, one.order_id && `${w("page.one_order")} ${one.order_id}`, one.cart_id && `${w("page.one_cart")} ${one.cart_id}`,
    one.late ? w("page.late") : "", one.bot || one.machine ? w("page.machine") : "",
  ].filter(Boolean);
  return h("li", { class: one.direction === "out" ? "touch out" : "touch" }, h("time", {}, clock(one.at)),
    h("div", {}, h("span", { class: "what" }, thing(one.type)), h("span", { class: "tag" }, has(`channel.${one.channel}`) ? w(`channel.${one.channel}`) : one.channel),
      told.length ? h("span", { class: "soft" }, told.join(" · ")) : ""));
};

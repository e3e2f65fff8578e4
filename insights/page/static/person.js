// View 4: one customer's journey, with the reason of every change of phase.

import { json, Refusal } from "/page/api.js";
import { h, s } from "/page/dom.js";
import { choices, phaseName } from "/page/scope.js";
import { clock, day, has, money, moment, number, thing, w } from "/page/words.js";

const FIRST = 60;
const STEP = 240;
const MOST = 5000;
const COLOURS = 6;

export const showPerson = async ({ main, asked, remember, signal, fail }) => {
  await choices(signal);
  const input = h("input", { id: "who", type: "search", autocomplete: "off", spellcheck: "false", value: asked.who ?? "", placeholder: "customer_id:1234" });
  const answer = h("section", { class: "answer" });
  let limit = FIRST;
  const run = async () => {
    if (!asked.who) {
      answer.replaceChildren(h("p", { class: "card soft" }, w("page.who_hint")));
      return;
    }
    answer.setAttribute("aria-busy", "true");
    try {
      const path = `/v1/persons/${encodeURIComponent(asked.who)}`;
      const [journey, why] = await Promise.all([json(`${path}/journey`, { limit }, signal), json(`${path}/why`, {}, signal)]);
      answer.replaceChildren(...shown(journey, why, () => {
        limit = Math.min(MOST, limit + STEP);
        run();
      }));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Refusal) || ![404, 409, 422].includes(error.status)) return fail(error);
      answer.replaceChildren(h("p", { class: "card refused", role: "alert" }, error.status === 404 ? w("page.nobody") : error.message));
    }
    answer.removeAttribute("aria-busy");
  };
  main.replaceChildren(
    h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.person")), h("p", { class: "lead" }, w("page.person_lead")))),
    h("form", { class: "filters", role: "search", onsubmit: (event) => {
      event.preventDefault();
      asked = { who: input.value.trim() };
      limit = FIRST;
      remember(asked);
      run();
    } }, h("label", { class: "field grow", for: "who" }, h("span", {}, w("page.identifier")), input), h("button", { class: "primary" }, w("page.show"))),
    answer);
  await run();
};

const shown = (journey, why, more) => {
  const at = journey.position;
  const tiles = at
    ? [["phase", phaseName(at.phase)], ["since", day(at.phase_since)], ["touchpoints", number(at.touchpoints)], ["sessions", number(at.sessions_total)],
       ["orders", number(at.orders)], ...Object.entries(at.value_minor).map(([currency, minor]) => ["spent", money(minor, currency)])]
    : [];
  const known = Object.entries(journey.identifiers).map(([name, all]) => `${name} ${all.join(", ")}`);
  return [
    h("div", { class: "tiles" }, tiles.map(([name, value]) => h("div", { class: "tile" }, h("span", {}, w(`page.${name}`)), h("strong", {}, value)))),
    h("section", { class: "card" }, h("h2", {}, w("page.through_phases")), ribbon(why, journey),
      h("p", { class: "soft mono" }, known.join(" · "))),
    h("section", { class: "card" }, h("h2", {}, w("page.timeline")), timeline(journey, why),
      at && journey.touchpoints.length < at.touchpoints
        ? h("p", {}, h("button", { onclick: more }, w("page.earlier_ones", { shown: number(journey.touchpoints.length), all: number(at.touchpoints) })))
        : ""),
  ];
};

/** The phases as a band of time. */
const ribbon = (why, journey) => {
  const moves = why.transitions.filter((one) => one.model === (why.transitions[0]?.model ?? "default"));
  if (!moves.length) return h("p", { class: "soft" }, w("page.no_phase"));
  const end = Math.max(journey.position?.last_at ?? 0, moves.at(-1).occurred_at);
  const begin = moves[0].occurred_at;
  const span = Math.max(1, end - begin);
  const phases = [...new Set(moves.map((one) => one.to_phase))];
  const parts = moves.map((one, place) => ({ ...one, until: moves[place + 1]?.occurred_at ?? end }));
  return h("div", { class: "ribbon" },
    s("svg", { viewBox: "0 0 1000 30", preserveAspectRatio: "none", role: "img", "aria-label": w("page.through_phases") },
      parts.map((one) => s("rect", { x: (((one.occurred_at - begin) / span) * 1000).toFixed(1), y: 0, height: 30,
        width: Math.max(2, ((one.until - one.occurred_at) / span) * 1000).toFixed(1), class: `phase-${phases.indexOf(one.to_phase) % COLOURS}` },
        s("title", {}, `${phaseName(one.to_phase, one.model)}: ${moment(one.occurred_at)}`)))),
    h("p", { class: "row between soft" }, h("span", {}, day(begin)), h("span", {}, day(end))),
    h("ul", { class: "legend" }, phases.map((phase, place) => h("li", {}, h("span", { class: `dot phase-${place % COLOURS}` }), phaseName(phase)))));
};

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

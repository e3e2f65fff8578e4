// The form of a funnel: everything that a funnel can ask.

import { conditions, offers, propertyField, propertyName, rowsOf, told } from "/page/conditions.js";
import { choice, field, h } from "/page/dom.js";
import { option, typed, typesOf } from "/page/question.js";
import { among, labelled, zoneField } from "/page/scope.js";
import { lasts, thing, typeChoices, w } from "/page/words.js";
import { askedIn, dayAfter, firstDay, lastDay } from "/page/zone.js";

const UNITS = ["person", "session", "cart", "order", "ticket"];
const ORDERS = ["ordered", "strict", "any"];
const COUNTS = ["uniques", "totals"];
const ATTRIBUTIONS = ["first_touch", "last_touch", "all_steps"];
const FLAGS = ["session", "net", "include_bots", "include_machine"];
const SPANS = ["m", "h", "d", "w"];
const MOST = { steps: 30, exclude: 8, hold: 4 };

/**
 * @param {{ known: object, question: () => object, change: (more: object) => void, ask: () => void }} asked
 */
export const builder = ({ known, question, change, ask }) => {
  const form = h("form", { class: "card builder", "aria-label": w("page.funnel"), onsubmit: (event) => {
    event.preventDefault();
    ask();
  } });
  const open = new Set(["window"]);
  // Drawn anew after what changes its form; the focus stays where it was, or goes where it is told.
  const draw = (focus) => {
    const place = focus ?? nameOf(document.activeElement, form);
    form.replaceChildren(...parts());
    const found = place === undefined ? null : [...form.querySelectorAll("[aria-label], [data-focus]")].find((one) => [one.getAttribute("data-focus"), one.getAttribute("aria-label")].includes(place));
    found?.focus();
  };
  const set = (more, focus) => {
    change(more);
    draw(focus);
  };
  const put = (list, place, one, focus) => set({ [list]: question()[list].map((other, at) => (at === place ? one : other)) }, focus);
  const part = (name, filled, ...children) => {
    const element = h("details", { class: "part", open: open.has(name), ontoggle: () => (element.open ? open.add(name) : open.delete(name)) },
      h("summary", {}, w(`page.part.${name}`), filled ? h("span", { class: "badge" }, String(filled)) : ""), ...children);
    return element;
  };

  const types = (kind, about, changed) => {
    const chosen = typesOf(kind);
    const pick = (type, place) => choice(typeChoices(known.types, type), type, { "aria-label": place ? `${w("page.or_type")}, ${about}` : about, onchange: (event) => changed(chosen.map((one, at) => (at === place ? event.target.value : one))) });
    return chosen.map((type, place) => (place === 0 ? pick(type, place) : h("div", { class: "or" }, h("span", { class: "soft" }, w("page.or")), pick(type, place),
      h("button", { type: "button", class: "plain", "aria-label": `${w("page.remove_type")} ${thing(type)}, ${about}`, onclick: () => changed(chosen.filter((_, at) => at !== place)) }, "×"))));
  };
  const another = (kind, about, changed) => {
    const chosen = typesOf(kind);
    const next = known.types.find((one) => !chosen.includes(one)) ?? "order_completed";
    return h("button", { type: "button", class: "small", "aria-label": `${w("page.another_type")}, ${about}`, onclick: () => changed([...chosen, next]) }, `+ ${w("page.another_type")}`);
  };

  const step = (one, place) => {
    const { steps } = question();
    const about = w("page.step_n", { n: place + 1 });
    const put_ = (more) => put("steps", place, clean({ ...one, ...more }));
    const change_ = (next) => put("steps", place, typed(one, next));
    const move = (by) => {
      const moved = [...steps];
      [moved[place], moved[place + by]] = [moved[place + by], moved[place]];
      set({ steps: moved }, w("page.step_n", { n: place + by + 1 }));
    };
    const act = (name, sign, work, disabled) => h("button", { type: "button", class: "plain", disabled, "aria-label": `${w(`page.${name}`)} ${place + 1}`, onclick: work }, sign);
    const [first, ...others] = types(one, about, change_);
    const key = `step ${place}`;
    const said = [...rowsOf(one.where).map(told), one.optional ? w("page.optional").toLowerCase() : "", one.within ? `≤ ${lasts(one.within)}` : "", one.at_least ? `≥ ${lasts(one.at_least)}` : ""].filter(Boolean);
    // Times count from the step before, and are for required steps in an order.
    const timed = place > 0 && !one.optional && option(question(), "order") !== "any";
    const more = h("details", { class: "more", open: open.has(key), ontoggle: () => (more.open ? open.add(key) : open.delete(key)) },
      h("summary", { "data-focus": key }, said.length ? said.join(" · ") : w("page.step_more")),
      h("div", { class: "inside" },
        conditions(one.where, known, about, (where) => put_({ where }), another(one, about, change_)),
        h("div", { class: "grid" },
          field(w("page.step_name"), h("input", { value: one.name ?? "", "aria-label": `${w("page.step_name")}, ${about}`, placeholder: typesOf(one).map(thing).join(" / "), onchange: (event) => put_({ name: event.target.value.trim() }) })),
          h("label", { class: "field check" }, h("input", { type: "checkbox", checked: one.optional === true, "aria-label": `${w("page.optional")}, ${about}`, onchange: (event) => put_(event.target.checked ? { optional: true, within: undefined, at_least: undefined } : { optional: undefined }) }), h("span", {}, w("page.optional"))),
          timed ? span("within", one.within, about, (within) => put_({ within })) : "",
          timed ? span("at_least", one.at_least, about, (at_least) => put_({ at_least })) : "")));
    return h("li", {}, h("div", { class: "step-head" }, first,
      act("earlier", "↑", () => move(-1), place === 0),
      act("later", "↓", () => move(1), place === steps.length - 1),
      act("remove", "×", () => set({ steps: steps.filter((_, other) => other !== place) }, w("page.step_n", { n: Math.max(place, 1) })), steps.length < 2)),
      others, more);
  };

  const exclusion = (one, place) => {
    const { steps, exclude } = question();
    const about = w("page.exclusion_n", { n: place + 1 });
    const put_ = (more) => put("exclude", place, clean({ ...one, ...more }));
    const change_ = (next) => put("exclude", place, typed(one, next));
    const numbers = steps.map((_, at) => [String(at + 1), w("page.step_n", { n: at + 1 })]);
    const between = option(question(), "order") === "any" ? "" : h("div", { class: "grid" },
      field(w("page.after_step"), choice(numbers.slice(0, -1), String(one.from ?? 1), { "aria-label": `${w("page.after_step")}, ${about}`, onchange: (event) => put_({ from: Number(event.target.value) }) })),
      field(w("page.before_step"), choice(numbers.slice(1), String(one.to ?? steps.length), { "aria-label": `${w("page.before_step")}, ${about}`, onchange: (event) => put_({ to: Number(event.target.value) }) })));
    return h("div", { class: "box" },
      h("div", { class: "step-head" }, types(one, about, change_), h("button", { type: "button", class: "plain", "aria-label": `${w("page.remove")} ${about}`, onclick: () => set({ exclude: exclude.filter((_, other) => other !== place) }, "add exclude") }, "×")),
      between, conditions(one.where, known, about, (where) => put_({ where }), another(one, about, change_)));
  };

  const listed = (name, all, row, empty, most) => [
    ...all.map(row),
    h("button", { type: "button", class: "small", "data-focus": `add ${name}`, disabled: all.length >= most, onclick: () => set({ [name]: [...all, empty] }) }, `+ ${w(`page.add.${name}`)}`)];

  const held = (value, place) => {
    const hold = option(question(), "hold");
    const next = (some) => set({ hold: some.length ? some : undefined });
    const label = `${w("page.part.hold")} ${place + 1}`;
    return h("div", { class: "step-head" }, propertyField(value, label, (name) => next(name ? hold.map((one, at) => (at === place ? name : one)) : hold.filter((_, at) => at !== place))),
      h("button", { type: "button", class: "plain", "aria-label": `${w("page.remove")} ${propertyName(value)}`, onclick: () => next(hold.filter((_, at) => at !== place)) }, "×"));
  };

  const picked = (name, values, changed = (value) => ({ [name]: value })) =>
    field(w(`page.${name}`), choice(values.map((one) => [one, w(`page.${name}.${one}`)]), option(question(), name), { "aria-label": w(`page.${name}`), onchange: (event) => set(changed(event.target.value)) }));
  const ticked = (name, on, changed) =>
    h("label", { class: "field check" }, h("input", { type: "checkbox", checked: on, "data-focus": name, onchange: (event) => set(changed(event.target.checked)) }), h("span", {}, w(`page.${name}`)));

  const breakdown = () => {
    const by = question().breakdown ?? {};
    const put_ = (more) => set({ breakdown: { attribution: "first_touch", limit: 8, ...by, ...more } });
    const told = by.property === "persona" && option(question(), "unit") === "person" && (by.attribution ?? "first_touch") === "first_touch"; // a person has one persona
    const places = question().steps.map((_, at) => [`step:${at + 1}`, w("page.attribution.step", { n: at + 1 })]);
    return [
      field(w("page.by"), propertyField(by.property ?? "", w("page.by"), (property) => (property ? put_(property === "persona" ? { property, attribution: "first_touch" } : { property }) : set({ breakdown: undefined })), { list: "breakdowns" })),
      by.property ? h("div", { class: "grid" },
        told ? "" : field(w("page.attribution"), choice([...ATTRIBUTIONS.map((one) => [one, w(`page.attribution.${one}`)]), ...places], by.attribution ?? "first_touch", { "aria-label": w("page.attribution"), onchange: (event) => put_({ attribution: event.target.value }) })),
        by.property === "persona" ? "" : field(w("page.limit"), h("input", { type: "number", min: 1, max: 100, value: by.limit ?? 10, "aria-label": w("page.limit"), onchange: (event) => put_({ limit: Number(event.target.value) || 8 }) }))) : ""];
  };

  const parts = () => {
    const asked = question();
    const exclude = option(asked, "exclude");
    const hold = option(asked, "hold");
    const strict = option(asked, "order") === "strict";
    const more = [...FLAGS.map((name) => asked[name]), asked.closed === false, asked.count, asked.eligible].filter(Boolean).length;
    const date = (name, value, put) => field(w(`page.${name}`), h("input", { type: "date", value, "aria-label": w(`page.${name}`), onchange: (event) => set({ [name]: put(event.target.value) || undefined }) }));
    return [
      ...offers(known),
      h("h2", {}, w("page.steps")),
      h("ol", { class: "steps" }, asked.steps.map(step)),
      h("button", { type: "button", "data-focus": "add steps", disabled: asked.steps.length >= MOST.steps, onclick: () => set({ steps: [...asked.steps, { type: "order_completed" }] }, w("page.step_n", { n: asked.steps.length + 1 })) }, w("page.add_step")),
      part("window", 0,
        h("div", { class: "grid" }, span("window", option(asked, "window"), "", (window) => set({ window: window ?? null })), picked("unit", UNITS),
          picked("order", ORDERS, (order) => ({ order, eligible: order === "strict" ? asked.eligible : undefined, exclude: order === "any" ? exclude.map(({ from: _, to: __, ...one }) => one) : asked.exclude })), picked("count", COUNTS)),
        h("div", { class: "grid" }, date("from", firstDay(asked.from), (day) => day), date("to", lastDay(asked.to), dayAfter)),
        field(w("page.persona"), choice([["", w("page.all")], ...among(known.personas.map(labelled), asked.persona)], asked.persona ?? "", { "aria-label": w("page.persona"), onchange: (event) => set({ persona: event.target.value || undefined }) })),
        zoneField(() => set({ timezone: askedIn() }))),
      part("breakdown", asked.breakdown ? 1 : 0, ...breakdown()),
      part("exclude", exclude.length, h("p", { class: "hint" }, w("page.exclude_hint")), ...listed("exclude", exclude, exclusion, { type: "order_cancelled" }, MOST.exclude)),
      part("hold", hold.length, h("p", { class: "hint" }, w("page.hold_hint")), ...listed("hold", hold, held, ["store_id", "channel", "order_id", "cart_id"].find((one) => !hold.includes(one)), MOST.hold)),
      part("more", more,
        ticked("open_entry", asked.closed === false, (on) => ({ closed: on ? false : undefined })),
        FLAGS.map((name) => ticked(name, asked[name] === true, (on) => ({ [name]: on || undefined }))),
        strict ? eligible(asked) : ""),
      h("button", { class: "primary wide", "data-focus": "ask" }, w("page.ask")),
    ];
  };

  const eligible = (asked) => {
    const chosen = asked.eligible ?? [];
    const next = (some) => set({ eligible: some.length ? some : undefined });
    return h("div", { class: "box" }, h("p", { class: "hint" }, w("page.eligible_hint")),
      chosen.map((type, place) => h("div", { class: "step-head" }, choice(typeChoices(known.types, type), type, { "aria-label": `${w("page.eligible")} ${place + 1}`, onchange: (event) => next(chosen.map((one, at) => (at === place ? event.target.value : one))) }),
        h("button", { type: "button", class: "plain", "aria-label": `${w("page.remove_type")} ${thing(type)}`, onclick: () => next(chosen.filter((_, at) => at !== place)) }, "×"))),
      h("button", { type: "button", class: "small", "data-focus": "add eligible", onclick: () => next([...chosen, known.types.find((one) => !chosen.includes(one)) ?? "page_viewed"]) }, `+ ${w("page.another_type")}`));
  };

  draw();
  return form;
};

const clean = (one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined && value !== "" && value !== false));

const nameOf = (element, form) => (form.contains(element) ? element.getAttribute("data-focus") ?? element.getAttribute("aria-label") ?? undefined : undefined);

/** A duration: a number and its unit; nothing is no limit. */
const span = (name, value, about, changed) => {
  const [, count = "", unit = "d"] = /^(\d+)\s*(ms|s|m|h|d|w)$/.exec(value ?? "") ?? [];
  const units = SPANS.includes(unit) ? SPANS : [unit, ...SPANS];
  const label = [w(`page.${name}`), about].filter(Boolean).join(", ");
  const told = () => changed(number.value ? `${number.value}${select.value}` : undefined);
  const number = h("input", { type: "number", min: 1, value: count, placeholder: w("page.no_limit"), "aria-label": label, onchange: told });
  const select = choice(units.map((one) => [one, w(`span.${one}`)]), unit, { "aria-label": `${w("page.span_unit")}, ${label}`, onchange: told });
  return h("div", { class: "field" }, h("span", { "aria-hidden": "true" }, w(`page.${name}`)), h("div", { class: "span" }, number, select));
};

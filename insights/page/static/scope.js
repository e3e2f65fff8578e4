// The part of the data that a question is about: its fields, and their choices.

import { json, pause, tenant } from "/page/api.js";
import { choice, field, h } from "/page/dom.js";
import { nothingStored } from "/page/states.js";
import { spoken, thing, w } from "/page/words.js";
import { askedIn, dayAfter, firstDay, inZone, lastDay, zones } from "/page/zone.js";

const OLD = 300_000;
const [SOON, LATEST] = [2_000, 15_000];

let known = null;
let whose = "";
let askedAt = 0;

/** What there is to choose from; asked again after some minutes, and while there is nothing. */
export const choices = async (signal) => {
  const old = !known?.newest || whose !== tenant || Date.now() - askedAt > OLD;
  if (!old) return known;
  const asking = tenant;
  const found = await json("/v1/map/choices", {}, signal);
  [known, whose, askedAt] = [found, asking, Date.now()];
  return known;
};

/** What an empty store shows; as soon as something has landed, the view is shown again. */
export const untilStored = ({ again, signal }) => {
  (async () => {
    for (let wait = SOON; ; wait = Math.min(wait * 1.5, LATEST)) {
      await pause(wait, signal);
      if (signal.aborted) return;
      if (document.hidden) continue;
      const found = await choices(signal).catch(() => null); // who cannot answer now may do so later
      if (signal.aborted) return;
      if (found?.newest) return again();
    }
  })();
  return nothingStored();
};

/** What people call a phase of a model. */
export const phaseName = (id, model = "default") => {
  const phase = known?.models.find((one) => one.name === model)?.phases.find((one) => one.id === id);
  if (!id) return w("page.outside");
  return phase?.label[spoken()] ?? phase?.label.en ?? thing(id);
};

/** What people call a persona. */
export const personaName = (name) => labelled(known?.personas.find((one) => one.name === name) ?? { name, label: {} })[1];

export const SCOPE = ["from", "to", "channel", "store", "persona", "model"];

/** The scope of what is asked, as the API takes it. */
export const scopeOf = (asked) => ({ ...Object.fromEntries(SCOPE.map((name) => [name, asked[name]])), timezone: askedIn() === "UTC" ? "" : askedIn() });

export const labelled = (one) => [one.name, one.label[spoken()] ?? one.label.en ?? one.name];

/** Choices with the chosen one among them, whether or not it is known. */
export const among = (pairs, chosen, called = (name) => name) => (!chosen || pairs.some(([value]) => value === chosen) ? pairs : [[chosen, called(chosen)], ...pairs]);

/** Where days begin, and in which zone times are shown. */
export const zoneField = (changed) => {
  const { first, others } = zones();
  const pairs = (names) => names.map((name) => [name, name.replaceAll("_", " ")]);
  const input = choice([...pairs(first), { label: w("page.zones"), pairs: pairs(others) }], askedIn(), { "aria-label": w("page.timezone"), onchange: (event) => {
    event.stopPropagation();
    inZone(input.value);
    changed();
  } });
  return field(w("page.timezone"), input);
};

/** A form for a scope; calls back with what is asked whenever it changes. */
export const scopeForm = (asked, changed, { without = [], more = [] } = {}) => {
  const all = (pairs, chosen, called) => [["", w("page.all")], ...among(pairs, chosen, called)];
  const days = { from: firstDay(asked.from), to: lastDay(asked.to) };
  const inputs = {
    from: h("input", { type: "date", value: days.from }),
    to: h("input", { type: "date", value: days.to }),
    channel: choice(all(known.channels.map((name) => [name, thing(name)]), asked.channel, thing), asked.channel ?? ""),
    store: choice(all(known.stores.map((name) => [name, name]), asked.store), asked.store ?? ""),
    persona: choice(all(known.personas.map(labelled), asked.persona), asked.persona ?? ""),
    model: choice(among(known.models.map(labelled), asked.model), asked.model || "default"),
  };
  if (known.models.length < 2 && [undefined, "", "default"].includes(asked.model)) without = [...without, "model"];
  const shown = Object.entries(inputs).filter(([name]) => !without.includes(name));
  const value = {
    // A moment that is no midnight stays what it is until another day is chosen.
    from: (input) => (input.value === days.from ? asked.from ?? "" : input.value),
    to: (input) => (input.value === days.to ? asked.to ?? "" : dayAfter(input.value)),
    model: (input) => (input.value === "default" ? "" : input.value),
  };
  const told = () => Object.fromEntries(shown.map(([name, input]) => [name, value[name]?.(input) ?? input.value]));
  return h("form", { class: "filters", "aria-label": w("page.filters"), onchange: () => changed(told()), onsubmit: (event) => event.preventDefault() },
    shown.map(([name, input]) => field(w(`page.${name}`), input)), zoneField(() => changed(told())), more);
};

// The part of the data that a question is about: its fields, and their choices.

import { json, tenant } from "/page/api.js";
import { choice, field, h } from "/page/dom.js";
import { spoken, thing, w } from "/page/words.js";

let known = null;
let whose = "";

/** What there is to choose from; asked once for a tenant. */
export const choices = async (signal) => {
  if (known && whose === tenant) return known;
  const asking = tenant;
  known = await json("/v1/map/choices", {}, signal);
  whose = asking;
  return known;
};

/** What people call a phase of a model. */
export const phaseName = (id, model = "default") => {
  const phase = known?.models.find((one) => one.name === model)?.phases.find((one) => one.id === id);
  if (!id) return w("page.outside");
  return phase?.label[spoken()] ?? phase?.label.en ?? thing(id);
};

export const SCOPE = ["from", "to", "channel", "store", "persona", "model"];

/** A form for a scope; calls back with what is asked whenever it changes. */
export const scopeForm = (asked, changed, { without = [], more = [] } = {}) => {
  const all = (names) => [["", w("page.all")], ...names];
  const inputs = {
    from: h("input", { type: "date", value: asked.from ?? "" }),
    to: h("input", { type: "date", value: asked.to ?? "" }),
    channel: choice(all(known.channels.map((name) => [name, thing(name)])), asked.channel ?? ""),
    store: choice(all(known.stores.map((name) => [name, name])), asked.store ?? ""),
    persona: choice(all(known.personas.map((one) => [one.name, one.label[spoken()] ?? one.label.en ?? one.name])), asked.persona ?? ""),
    model: choice(known.models.map((one) => [one.name, one.label[spoken()] ?? one.label.en ?? one.name]), asked.model ?? "default"),
  };
  if (asked.channel && !known.channels.includes(asked.channel)) inputs.channel.prepend(h("option", { value: asked.channel, selected: true }, thing(asked.channel)));
  if (asked.store && !known.stores.includes(asked.store)) inputs.store.prepend(h("option", { value: asked.store, selected: true }, asked.store));
  if (known.models.length < 2) without = [...without, "model"];
  const shown = Object.entries(inputs).filter(([name]) => !without.includes(name));
  const told = () => Object.fromEntries(shown.map(([name, input]) => [name, name === "model" && input.value === "default" ? "" : input.value]));
  return h("form", { class: "filters", "aria-label": w("page.filters"), onchange: () => changed(told()), onsubmit: (event) => event.preventDefault() },
    shown.map(([name, input]) => field(w(`page.${name}`), input)), more);
};

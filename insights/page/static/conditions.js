// Conditions on touchpoints: rows of a property, an operator and a value.

import { choice, h } from "/page/dom.js";
import { has, thing, w } from "/page/words.js";

const OPERATORS = {
  text: ["eq", "ne", "in", "not_in", "contains", "starts_with", "exists"],
  number: ["eq", "ne", "gt", "ge", "lt", "le", "in", "not_in", "exists"],
  flag: ["eq", "ne", "exists"],
};
const LISTS = ["in", "not_in"];
const EVERY = [...new Set(Object.values(OPERATORS).flat())];

/** `where` as rows of [property, operator, value]. */
export const rowsOf = (where = {}) =>
  Object.entries(where).flatMap(([key, test]) => {
    if (test !== null && typeof test === "object" && !Array.isArray(test)) return Object.entries(test).map(([operator, value]) => [key, operator, value]);
    return [[key, Array.isArray(test) ? "in" : "eq", test]];
  });

/** Rows as `where`; what has no property says nothing. */
export const whereOf = (rows) => {
  const where = {};
  for (const [key, operator, value] of rows) if (key) where[key] = { ...where[key], [operator]: value };
  for (const [key, test] of Object.entries(where)) {
    const [[operator, value], ...more] = Object.entries(test);
    if (!more.length && (operator === "eq" || (operator === "in" && Array.isArray(value)))) where[key] = value;
  }
  return Object.keys(where).length ? where : undefined;
};

/** A condition in a few words. */
export const told = ([key, operator, value]) =>
  `${propertyName(key)} ${w(`op.${operator}`)} ${operator === "exists" ? "" : [value].flat().map((one) => (typeof one === "string" ? thing(one) : one)).join(", ")}`.trim();

export const propertyName = (key) => (has(`column.${key}`) ? w(`column.${key}`) : key.replace(/^properties\./, ""));

/** The field for a property's name; what there is, is offered. */
export const propertyField = (value, label, changed, more = {}) =>
  h("input", { value, list: "properties", "aria-label": label, placeholder: "properties.…", spellcheck: "false", autocomplete: "off", onchange: (event) => changed(event.target.value.trim()), ...more });

const named = (known) => Object.keys(known.properties).map((name) => h("option", { value: name }, propertyName(name)));

/** What the fields for properties and their values offer. */
export const offers = (known) => [
  h("datalist", { id: "properties" }, named(known)),
  h("datalist", { id: "breakdowns" }, h("option", { value: "persona" }, w("page.persona")), named(known)),
  h("datalist", { id: "values-channel" }, known.channels.map((name) => h("option", { value: name }, thing(name)))),
  h("datalist", { id: "values-store_id" }, known.stores.map((name) => h("option", { value: name }))),
];

// A property of a document has the type of what is written: 5, true, or text; "5" is text.
const literal = (text) => {
  try {
    const value = JSON.parse(text);
    return ["string", "number", "boolean"].includes(typeof value) ? value : text;
  } catch {
    return text;
  }
};
const parsed = (text, kind) => {
  if (kind === "text") return text;
  if (kind === "number") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  return literal(text);
};
const written = (value, kind) => (typeof value === "string" && (kind || literal(value) === value) ? value : JSON.stringify(value));

const valueField = ([key, operator, value], kind, label, changed) => {
  if (operator === "exists" || kind === "flag")
    return choice([["true", w("page.yes")], ["false", w("page.no")]], String(value), { "aria-label": label, onchange: (event) => changed(event.target.value === "true") });
  const shown = [value].flat().map((one) => written(one, kind)).join(", ");
  return h("input", { value: shown, "aria-label": label, autocomplete: "off", list: has(`column.${key}`) ? `values-${key}` : undefined, inputmode: kind === "number" ? "decimal" : undefined,
    placeholder: LISTS.includes(operator) ? w("page.several_values") : "", onchange: (event) => {
      const text = event.target.value;
      changed(LISTS.includes(operator) ? text.split(",").map((one) => parsed(one.trim(), kind)).filter((one) => one !== "") : parsed(text, kind));
    } });
};

/**
 * Rows to edit; `changed` gets `where`, and whether the rows have to be drawn anew.
 * @param {object} where
 * @param {object} known what there is to choose from
 * @param {string} about whose conditions, for those who do not see where they stand
 * @param {Node} beside what stands beside the button that adds one
 */
export const conditions = (where, known, about, changed, beside = "") => {
  const rows = rowsOf(where);
  const put = (place, row) => changed(whereOf(rows.map((one, other) => (other === place ? row : one))), true);
  const fitting = (operator, kind) => (!kind || OPERATORS[kind].includes(operator) ? operator : "eq");
  const list = rows.map((row, place) => {
    const [key, operator, value] = row;
    const kind = known.properties[key];
    const label = (name) => `${w(`page.${name}`)}, ${w("page.condition")} ${place + 1}, ${about}`;
    return h("div", { class: "condition" },
      propertyField(key, label("property"), (name) => {
        const now = known.properties[name];
        put(place, [name, fitting(operator, now), now === "flag" ? value !== false : value]);
      }),
      choice((OPERATORS[kind] ?? EVERY).map((one) => [one, w(`op.${one}`)]), operator, { "aria-label": label("operator"), onchange: (event) => {
        const next = event.target.value;
        const list = LISTS.includes(next);
        put(place, [key, next, next === "exists" ? true : list ? [value].flat() : [value].flat()[0] ?? ""]);
      } }),
      valueField(row, kind, label("value"), (next) => put(place, [key, operator, next])),
      h("button", { type: "button", class: "plain", "aria-label": `${w("page.remove_condition")} ${place + 1}, ${about}`, onclick: () => changed(whereOf(rows.filter((_, other) => other !== place)), true) }, "×"));
  });
  const add = h("button", { type: "button", class: "small add-condition", "aria-label": `${w("page.add_condition")}, ${about}`, onclick: () => {
    const free = Object.keys({ channel: 1, store_id: 1, value_minor: 1, campaign_name: 1, ...known.properties }).find((name) => !where?.[name]);
    changed(whereOf([...rows, [free, "eq", known.properties[free] === "number" ? 0 : known.properties[free] === "flag" ? true : ""]]), true);
  } }, `+ ${w("page.add_condition")}`);
  return h("div", { class: "conditions" }, list, h("div", { class: "row" }, add, beside));
};

// A funnel as it is asked: from the address and back, and as YAML. The names are the API's.

const STANDARD = {
  name: "funnel", window: "30d", unit: "person", order: "ordered", session: false, closed: true, exclude: [], hold: [],
  count: "uniques", timezone: "UTC", net: false, include_bots: false, include_machine: false,
};
const USUAL = ["product_viewed", "cart_product_added", "checkout_started", "order_completed"];

/** What is asked where the address says nothing. */
export const usual = () => ({ steps: USUAL.map((type) => ({ type })) });

/** The question of an address; null for one that cannot be read. */
export const read = (text) => {
  if (!text) return usual();
  try {
    const found = JSON.parse(text);
    return Array.isArray(found.steps) && found.steps.every((one) => one && typeof one === "object") ? found : null;
  } catch {
    return null;
  }
};

/** An option with its standard value where the question says nothing. */
export const option = (question, name) => (question[name] === undefined ? STANDARD[name] : question[name]);

/** The question without what is standard or empty. */
export const plain = (question) =>
  Object.fromEntries(Object.entries(question).filter(([name, value]) => value !== undefined && value !== "" && JSON.stringify(value) !== JSON.stringify(STANDARD[name])));

/** The types of a step or an exclusion. */
export const typesOf = (kind) => kind.any_of ?? [kind.type ?? "*"];

/** The same step with other types. */
export const typed = ({ type: _, any_of: __, ...kind }, types) => (types.length > 1 ? { any_of: types, ...kind } : { type: types[0], ...kind });

const SAFE = /^[A-Za-z_][\w. /-]*$/;
const RESERVED = /^(true|false|yes|no|on|off|null|~|y|n)$/i;

const scalar = (value) => (typeof value === "string" && SAFE.test(value) && !RESERVED.test(value) && value === value.trim() ? value : JSON.stringify(value));

const flow = (value) => {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value && typeof value === "object") return `{${Object.entries(value).map(([name, one]) => `${scalar(name)}: ${flow(one)}`).join(", ")}}`;
  return scalar(value);
};

/** The question as a file that `parcours funnel` takes. */
export const yaml = (question) =>
  Object.entries(question).map(([name, value]) => {
    if (!["steps", "exclude"].includes(name)) return `${name}: ${flow(value)}\n`;
    const items = value.map((one) => Object.entries(one).map(([key, told], place) => `${place ? "    " : "  - "}${key}: ${flow(told)}\n`).join(""));
    return `${name}:\n${items.join("")}`;
  }).join("");

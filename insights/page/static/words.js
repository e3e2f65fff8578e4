// The dictionary, numbers and times in the reader's language.

let dictionary = {};
let language = "en";

export const LANGUAGES = { en: "English", fr: "Français" };

/** Read the dictionary, and choose a language. */
export const loadWords = async () => {
  dictionary = await (await fetch("/page/words.json")).json();
};

export const speakIn = (chosen) => {
  language = chosen in LANGUAGES ? chosen : "en";
  document.documentElement.lang = language;
};

export const spoken = () => language;

/** A word; `{name}` in it is replaced by values. */
export const w = (key, values = {}) =>
  (dictionary[language]?.[key] ?? dictionary.en?.[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** A sentence that an answer brings along, in the reader's language where its code is known. */
export const said = ({ code, values, text }) => {
  if (!code || !has(`said.${code}`)) return text;
  const told = Object.entries(values ?? {}).map(([name, value]) => [name, valued(name, value)]);
  return w(`said.${code}`, Object.fromEntries(told));
};

const NAMED = ["unit", "kind", "given"];
const valued = (name, value) => {
  if (typeof value === "number") return number(value, Number.isInteger(value) ? 0 : 1);
  return NAMED.includes(name) && has(`value.${value}`) ? w(`value.${value}`) : value;
};

/** A sentence as it begins a line. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const has = (key) => key in (dictionary[language] ?? {});

/** A touchpoint type, channel or friction, as people call it. */
export const thing = (name) => {
  for (const kind of ["type", "friction", "evidence", "channel"]) if (has(`${kind}.${name}`)) return w(`${kind}.${name}`);
  const plain = name.replace(/^custom_/, "").replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

/** Every touchpoint type that has a name, sorted by it. */
export const everyType = () =>
  Object.keys(dictionary.en)
    .filter((key) => key.startsWith("type."))
    .map((key) => [key.slice(5), w(key)])
    .sort((a, b) => a[1].localeCompare(b[1], language));

const locale = () => (language === "fr" ? "fr-FR" : "en-GB");

export const number = (value, places = 0) =>
  value === null || value === undefined
    ? "–"
    : new Intl.NumberFormat(locale(), { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);

export const percent = (share) =>
  share === null || share === undefined
    ? "–"
    : new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: share >= 0.1 || share === 0 ? 0 : 1 }).format(share);

/** A time span, given in seconds, in the greatest unit of which it has one. */
export const lasted = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  const [unit, size] = [["days", 86400], ["hours", 3600], ["minutes", 60], ["seconds", 1]].find(([, one]) => seconds >= one) ?? ["seconds", 1];
  const count = seconds / size;
  return `${number(count, count >= 10 || Number.isInteger(count) ? 0 : 1)}\u00a0${w(`unit.${unit}`)}`;
};

export const day = (ms) => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(ms);
export const clock = (ms) => new Intl.DateTimeFormat(locale(), { timeStyle: "medium", timeZone: "UTC" }).format(ms);
export const moment = (ms) => `${day(ms)}, ${clock(ms)}`;

export const money = (minor, currency) => {
  try {
    const format = new Intl.NumberFormat(locale(), { style: "currency", currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  } catch {
    return `${number(minor)} ${currency}`;
  }
};

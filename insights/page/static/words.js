// The dictionary, numbers and times in the reader's language.

import { zoned } from "/page/zone.js";

const dictionaries = {};
let language = "en";

export const LANGUAGES = { en: "English", fr: "Français" };

/** Choose a language; its words are read once. */
export const speakIn = async (chosen) => {
  const next = chosen in LANGUAGES ? chosen : "en";
  dictionaries[next] ??= await (await fetch(`/page/words-${next}.json`)).json();
  language = next;
  document.documentElement.lang = language;
};

export const spoken = () => language;

/** A word; `{name}` in it is replaced by values. */
export const w = (key, values = {}) => {
  const text = (dictionaries[language]?.[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  return language === "fr" ? text.replace(/ ([:;?!»])/g, "\u00a0$1").replace(/« /g, "«\u00a0") : text; // no line begins with a colon
};

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

export const has = (key) => key in (dictionaries[language] ?? {});

/** A touchpoint type, channel or friction, as people call it. */
export const thing = (name) => {
  if (name.startsWith("friction:")) return thing(name.slice(9));
  for (const kind of ["type", "control", "friction", "evidence", "channel", "step"]) if (has(`${kind}.${name}`)) return w(`${kind}.${name}`);
  const plain = name.replace(/^custom_/, "").replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
};

/** Touchpoint types to choose from: those that have data first, the others of the vocabulary after. */
export const typeChoices = (stored, chosen) => {
  const named = (types) => types.map((name) => [name, name === "*" ? w("page.any_type") : thing(name)]).sort((a, b) => a[1].localeCompare(b[1], language));
  const others = Object.keys(dictionaries[language]).filter((key) => key.startsWith("type.")).map((key) => key.slice(5)).filter((name) => !stored.includes(name));
  const rare = [...new Set([...others, ...(stored.includes(chosen) || chosen === "*" ? [] : [chosen])])];
  return [{ label: w("page.types_stored"), pairs: [["*", w("page.any_type")], ...named(stored)] }, { label: w("page.types_others"), pairs: named(rare) }];
};

const locale = () => (language === "fr" ? "fr-FR" : "en-GB");

export const number = (value, places = 0) =>
  value === null || value === undefined
    ? "–"
    : new Intl.NumberFormat(locale(), { minimumFractionDigits: places, maximumFractionDigits: places }).format(value);

/** A number that says which side of zero it is on. */
export const signed = (value, places) => `${value > 0 ? "+" : ""}${number(value, places)}`;

/** The period that begins on a day (ISO 8601). */
export const periodName = (iso, period) => {
  const at = Date.parse(`${iso}T00:00:00Z`);
  if (period === "month") return new Intl.DateTimeFormat(locale(), { month: "short", year: "numeric", timeZone: "UTC" }).format(at);
  return period === "week" ? weekName(at) : day(at);
};

/** The ISO week of a Monday: that of its Thursday's year. */
const weekName = (monday) => {
  const year = new Date(monday + 3 * 86_400_000).getUTCFullYear();
  const fourth = Date.UTC(year, 0, 4);
  const first = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * 86_400_000;
  return w("page.week_n", { n: 1 + Math.round((monday - first) / 604_800_000), year });
};

export const percent = (share) =>
  share === null || share === undefined
    ? "–"
    : new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: Math.abs(share) >= 0.1 || share === 0 ? 0 : 1 }).format(share);

const UNITS = [["days", 86400], ["hours", 3600], ["minutes", 60], ["seconds", 1]];
const FEW = 5;

/** A time span, given in seconds, in whole units: the greatest, and the next where that is few. */
export const lasted = (seconds) => {
  if (seconds === null || seconds === undefined) return "–";
  const unit = (count, name) => `${number(count)}\u00a0${w(`unit.${name}`)}`;
  const at = UNITS.findIndex(([, size]) => Math.round(seconds) >= size);
  if (at < 0) return unit(0, "seconds");
  const [name, size] = UNITS[at];
  const [smaller, part] = UNITS[at + 1] ?? [];
  if (!smaller || seconds / size >= FEW) return unit(Math.round(seconds / size), name);
  const whole = Math.round(seconds / part);
  const rest = whole % (size / part);
  return [unit(Math.floor(whole / (size / part)), name), rest ? unit(rest, smaller) : ""].filter(Boolean).join("\u00a0");
};

/** A duration as a question has it, such as 30d. */
export const lasts = (text) => {
  const [, count, unit] = /^(\d+)\s*(ms|s|m|h|d|w)$/.exec(text) ?? [];
  return count ? `${number(Number(count))} ${w(`span.${unit}${count === "1" ? ".one" : ""}`)}` : text;
};

export const day = (ms, timeZone = zoned()) => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone }).format(ms);
export const clock = (ms) => new Intl.DateTimeFormat(locale(), { timeStyle: "medium", timeZone: zoned() }).format(ms);
export const moment = (ms) => `${day(ms)}, ${clock(ms)}`;

export const money = (minor, currency) => {
  try {
    const format = new Intl.NumberFormat(locale(), { style: "currency", currency });
    return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
  } catch {
    return `${number(minor)} ${currency}`;
  }
};

// The time zone of the page: where days begin, and in which times are shown. The address
// keeps it. Days are as people say them: the last one is in. A question has the first that is out.

let zone = "UTC";
let legible = "UTC";

/** What a question is asked in; the API says what is wrong with a name that is none. */
export const askedIn = () => zone;

/** What times are shown in. */
export const zoned = () => legible;

/** Choose a zone by its IANA name; UTC where there is none. */
export const inZone = (name) => {
  zone = name || "UTC";
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    legible = zone;
  } catch {
    legible = "UTC";
  }
};

/** The zones to choose from: UTC, the browser's own and the one in use, then all others. */
export const zones = () => {
  const first = [...new Set(["UTC", Intl.DateTimeFormat().resolvedOptions().timeZone, zone])];
  return { first, others: Intl.supportedValuesOf("timeZone").filter((one) => !first.includes(one)) };
};

const DATE = /^\d{4}-\d{2}-\d{2}$/;

const shifted = (date, days) => {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
};

const dateOf = (ms) =>
  Number.isNaN(ms) ? "" : new Intl.DateTimeFormat("en-CA", { timeZone: legible, year: "numeric", month: "2-digit", day: "2-digit" }).format(ms);

const moment = (value) => (typeof value === "number" ? value : Date.parse(value));

/** The day of a question's `from`. */
export const firstDay = (from) => (from === undefined || from === "" || from === null ? "" : DATE.test(from) ? from : dateOf(moment(from)));

/** The last day of a question whose `to` is the first moment that is out. */
export const lastDay = (to) => (to === undefined || to === "" || to === null ? "" : DATE.test(to) ? shifted(to, -1) : dateOf(moment(to) - 1));

/** `to` of a question about all days up to this one. */
export const dayAfter = (date) => date && shifted(date, 1);

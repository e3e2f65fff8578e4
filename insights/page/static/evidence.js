// What stands behind a number: its definition, the statement that answers it, samples.

import { download, h, speak, table } from "/page/dom.js";
import { capital, moment, thing, w } from "/page/words.js";
import { zoned } from "/page/zone.js";

/**
 * Open the dialog.
 * @param {{title: string, value: string, about: string[], definition: string, sql?: string,
 *   parameters?: object, samples?: () => Promise<object[]>, members?: () => Promise<object[]>}} told
 *   `samples` are touchpoints, `members` persons, carts or whatever a funnel counts; without
 *   `sql` the number is from a file.
 */
export const openEvidence = (told) => {
  const dialog = document.getElementById("evidence");
  const close = () => dialog.close();
  const behind = told.samples ?? told.members;
  const samples = h("div", { class: "samples" }, w("page.loading"));
  dialog.replaceChildren(
    h("div", { class: "sheet" },
      h("header", {},
        h("div", {}, h("h2", { id: "evidence-title" }, told.title), h("p", { class: "about" }, told.about.join(" · "))),
        h("output", { class: "big" }, told.value),
        h("button", { class: "plain close", "aria-label": w("page.close"), onclick: close }, "×")),
      h("section", {}, h("h3", {}, w("page.definition")), h("p", {}, told.definition)),
      behind ? h("section", {}, h("h3", {}, w(told.samples ? "page.samples" : "page.members")), samples) : null,
      told.sql ? statement(told) : null));
  dialog.showModal();
  dialog.querySelector(".close").focus();
  if (behind) fill(samples, behind, told.samples ? touched : entered);
};

/** The statement that answers a number, to read and to take along. */
const statement = ({ sql, parameters }) => {
  // With its values in the first line, as `parcours sql -` reads them.
  const whole = `-- values: ${JSON.stringify(parameters)}\n${sql}`;
  const values = Object.entries(parameters).map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, shown(value))));
  return h("section", {},
    h("h3", {}, w("page.statement")),
    h("div", { class: "code", tabindex: "0", role: "region", "aria-label": w("page.statement") }, h("pre", {}, sql)),
    h("details", {}, h("summary", {}, w("page.values")), h("table", { class: "plain-table" }, h("tbody", {}, values))),
    h("p", { class: "row" },
      h("button", { onclick: () => copyable(whole) }, w("page.copy")),
      h("button", { onclick: () => download("parcours.sql", whole, "application/sql") }, w("page.download_sql"))));
};

/** A heading of times: in which zone they are. */
export const timed = (key) => `${capital(w(key))} (${zoned()})`;

/** A number that opens what stands behind it. */
export const opening = (told, kind = "link") =>
  h("button", { type: "button", class: kind, "aria-label": [told.value, told.title, ...told.about].join(", "), onclick: () => openEvidence(told) }, told.value);

const shown = (value) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
};

/** Put a text where the reader can paste it from. */
export const copyable = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    speak(w("page.copied"));
  } catch {
    speak(w("page.not_copied"));
  }
};

const fill = async (place, ask, told) => {
  try {
    const found = await ask();
    place.replaceChildren(found.length === 0 ? h("p", {}, w("page.no_samples")) : told(found));
  } catch (error) {
    place.replaceChildren(h("p", { class: "refused" }, error.message));
  }
};

const touched = (found) =>
  table(w("page.samples"), [timed("page.when"), ...["type", "channel", "id"].map((name) => w(`page.${name}`))],
    found.map((one) => [moment(one.at), thing(one.type), thing(one.channel), h("span", { class: "mono" }, `${one.source}:${one.id}`)]), "plain-table");

const entered = (found) =>
  table(w("page.members"), [w("page.id"), timed("page.entered_at"), timed("page.last_at")],
    found.map((one) => [h("span", { class: "mono" }, one.unit), moment(one.entered_at), moment(one.last_at)]), "plain-table");

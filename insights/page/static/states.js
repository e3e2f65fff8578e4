// What a view shows where it has no answer: nothing stored, nothing found, a refusal.

import { coded, h } from "/page/dom.js";
import { w } from "/page/words.js";

/** A refusal, in place of the answer. */
export const refusedText = (error) =>
  h("div", { class: "card refused", role: "alert" }, h("h2", {}, error.title ?? w("page.refused")), error.message.split("\n").map((one) => h("p", {}, coded(one))));

/** What is being done, where an answer will stand. */
export const waiting = (text) => h("p", { class: "card soft waiting" }, text);

/** An empty store, and what fills it. */
export const nothingStored = () =>
  h("section", { class: "card empty" },
    h("h2", {}, w("page.empty")), h("p", {}, w("page.empty_lead")),
    h("ul", {}, [["make demo", "page.empty_demo"], ["parcours produce touchpoints.ndjson", "page.empty_produce"], ["parcours status", "page.empty_status"]].map(([command, key]) =>
      h("li", {}, h("code", {}, command), " ", w(key)))));

/** A selection in which nothing is, and the way out of it. */
export const nothingHere = (text, clear) =>
  h("section", { class: "card empty" }, h("p", {}, text), clear ? h("button", { type: "button", onclick: clear }, w("page.clear_filters")) : "");

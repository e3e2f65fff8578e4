// What a view shows where it has no answer: nothing stored, nothing found, a refusal.

import { coded, h } from "/page/dom.js";
import { w } from "/page/words.js";

/** A refusal, in place of the answer. */
export const refusedText = (error) =>
  h("div", { class: "card refused", role: "alert" }, h("h2", {}, error.title ?? w("page.refused")), error.message.split("\n").map((one) => h("p", {}, coded(one))));

/** One question at a time: each call stops what the one before it asks. */
export const oneAtATime = (signal) => {
  let latest = new AbortController();
  return () => {
    latest.abort();
    latest = new AbortController();
    return AbortSignal.any([signal, latest.signal]);
  };
};

/** What is being done, where an answer will stand. */
export const waiting = (text) => h("p", { class: "card soft waiting" }, text);

/** An empty store, and what fills it. */
export const nothingStored = () =>
  h("section", { class: "card empty" },
    h("h2", {}, w("page.empty")), h("p", {}, w("page.empty_lead")),
    h("ul", {}, [["parcours produce touchpoints.ndjson", "page.empty_produce"], ["parcours simulate --out year.ndjson && parcours produce year.ndjson", "page.empty_simulate"], ["parcours status", "page.empty_status"]].map(([command, key]) =>
      h("li", {}, h("code", {}, command), " ", w(key)))),
    h("p", { class: "hint" }, coded(w("page.empty_where"))));

/** A selection in which nothing is, and the way out of it. */
export const nothingHere = (text, clear) =>
  h("section", { class: "card empty" }, h("p", {}, text), clear ? h("button", { type: "button", onclick: clear }, w("page.clear_filters")) : "");

// Help in the store: visits with it, and visits that began alike without.

import { json } from "/page/api.js";
import { h, table } from "/page/dom.js";
import { opening } from "/page/evidence.js";
import { saves } from "/page/saves.js";
import { refusedText, waiting } from "/page/states.js";
import { capital, money, number, percent, said, signed, w } from "/page/words.js";

/** A part of the view of impact that is asked for when it is opened. */
export const assistance = ({ scope, signal }) => {
  const place = h("div", {});
  const element = h("details", { class: "card assistance", ontoggle: async () => {
    if (!element.open || place.childElementCount) return;
    place.setAttribute("aria-busy", "true");
    place.replaceChildren(waiting(w("page.counted_now")));
    try {
      const found = await json("/v1/assistance", scope, signal);
      if (!signal.aborted) place.replaceChildren(...shown(found));
    } catch (error) {
      if (!signal.aborted) place.replaceChildren(refusedText(error));
    }
    place.removeAttribute("aria-busy");
  } }, h("summary", {}, w("page.assistance")), h("p", { class: "hint" }, w("page.assistance_lead")), place);
  return element;
};

const points = (share) => (share === null ? "–" : `${signed(share * 100, 1)} ${w("map.points")}`);

/** A difference with its interval, where that can be told. */
const between = (told, one) => (one.low === null ? told(one.difference) : `${told(one.difference)} (${told(one.low)} … ${told(one.high)})`);

const shown = (found) => {
  const { sql, parameters } = found.evidence;
  const open = (row, name, value) => opening({ title: w(`page.assistance.${name}`), value, about: [w(`page.assistance.${row}`)], definition: w(`define.assistance.${name}`), sql, parameters });
  const share = w("page.assistance.within", { days: number(found.within_days) });
  const heads = ["", w("page.assistance.visits"), share, ...found.worth.map((one) => `${w("page.assistance.worth")} (${one.currency})`)];
  const row = (name, visits, part, worth) => [w(`page.assistance.${name}`), visits === null ? "" : open(name, "visits", number(visits)), open(name, "share", part),
    ...found.worth.map((one) => open(name, "worth", worth(one, (minor) => money(minor, one.currency))))];
  const rows = [
    row("with", found.matched, percent(found.share), (one, told) => told(one.value_minor)),
    row("without", found.compared, percent(found.share_without), (one, told) => told(one.value_minor_without)),
    row("difference", null, between(points, found), (one, told) => between(told, one)),
  ];
  const file = () => [["visits", "matched", "share", ...found.worth.map((one) => `value_minor_${one.currency}`)],
    ["assisted", found.matched, found.share, ...found.worth.map((one) => one.value_minor)],
    ["unassisted", found.compared, found.share_without, ...found.worth.map((one) => one.value_minor_without)],
    ["difference", "", found.difference, ...found.worth.map((one) => one.difference)]];
  return [
    found.difference === null ? "" : h("p", {}, h("strong", {}, w(found.claimed ? "page.assistance.claimed" : "page.assistance.not_claimed"))),
    table(w("page.assistance"), heads, rows, "plain-table numbers stacked"),
    h("p", { class: "hint" }, w("page.assistance.aside", { unmatched: number(found.unmatched), pending: number(found.pending), unseen: number(found.unseen) })),
    h("div", { class: "row between" }, h("div", { class: "notes" }, found.notes.map((one) => h("p", {}, capital(said(one))))), saves("assistance", { rows: file }, w("page.assistance.save"))),
  ].filter(Boolean);
};

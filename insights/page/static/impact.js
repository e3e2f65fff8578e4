// View 4: which contacts sales are owed to, by several models side by side.

import { json } from "/page/api.js";
import { assistance } from "/page/assistance.js";
import { choice, field, h, opened, s, speak, table } from "/page/dom.js";
import { opening, openEvidence } from "/page/evidence.js";
import { choices, scopeForm, scopeOf, untilStored } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { oneAtATime, refusedText, waiting } from "/page/states.js";
import { capital, has, lasts, money, number, percent, said, thing, typeChoices, w } from "/page/words.js";

const SMALL = 600;
const EDGE = 40; // of a card, on both sides
const USUAL = { by: "channel", conversion: "order_completed", lookback: "30d", order: "1", minimum: "30", net: "" };

export const show = async ({ main, asked, remember, again, signal }) => {
  const known = await choices(signal);
  const lead = h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.impact")), h("p", { class: "lead" }, w("page.impact_lead"))));
  if (known.newest === null) return main.replaceChildren(lead, untilStored({ again, signal }));
  const next = oneAtATime(signal);
  const answer = h("section", { class: "answer", "aria-label": w("page.answer") }, waiting(w("page.counted_now")));
  const now = () => ({ ...USUAL, ...asked });
  const question = () => {
    const { by, conversion, lookback, order, minimum, net } = now();
    return { ...scopeOf({ ...asked, model: "" }), by, conversion, lookback, order, minimum, net: net ? "true" : "" };
  };
  const run = async () => {
    const mine = next();
    const told = question();
    answer.setAttribute("aria-busy", "true");
    try {
      const found = await json("/v1/impact", told, mine);
      if (mine.aborted) return;
      answer.replaceChildren(...shown(found, { question: told, chosen: asked.rule, choose: (rule) => keep({ rule }), wide: answer.clientWidth - EDGE, signal: mine }), assistance({ scope: scopeOf(asked), signal: mine }));
      speak(w("page.answered"));
    } catch (error) {
      if (mine.aborted) return;
      answer.replaceChildren(refusedText(error));
    }
    answer.removeAttribute("aria-busy");
  };
  const keep = (more) => {
    asked = { ...asked, ...more };
    remember(asked);
  };
  const change = (more) => {
    keep(more);
    run();
  };
  const picked = (name, input) => {
    input.addEventListener("change", (event) => {
      event.stopPropagation();
      if (!input.reportValidity()) return;
      change({ [name]: input.type === "checkbox" ? (input.checked ? "yes" : "") : input.value });
    });
    const label = w(`page.impact.${name}`);
    return input.type === "checkbox" ? h("label", { class: "field check" }, input, h("span", {}, label)) : field(label, input);
  };
  const pick = (name, pairs) => picked(name, choice(pairs, now()[name]));
  main.replaceChildren(lead,
    scopeForm(asked, change, { without: ["model"], more: [
      pick("by", ["channel", "campaign", "type"].map((one) => [one, w(`page.impact.by.${one}`)])),
      pick("conversion", typeChoices(known.types, now().conversion).map((one) => ({ ...one, pairs: one.pairs.filter(([type]) => type !== "*") }))),
      pick("lookback", ["7d", "14d", "30d", "60d", "90d"].map((one) => [one, lasts(one)])),
      pick("order", ["1", "2", "3"].map((one) => [one, one])),
      picked("minimum", h("input", { type: "number", min: 1, max: 1_000_000, required: true, value: now().minimum })),
      picked("net", h("input", { type: "checkbox", checked: Boolean(now().net) })),
    ] }),
    answer);
  await run();
};

const called = (name, by) => {
  if (name === "(other)") return w("page.bucket.other");
  if (name === "(not set)") return w("page.bucket.not_set");
  if (by === "type") return thing(name);
  return by === "channel" && has(`channel.${name}`) ? w(`channel.${name}`) : name; // campaigns are what they are called
};

const minors = (all) => Object.entries(all).map(([currency, minor]) => money(minor, currency)).join(" · ") || "–";

const shown = (found, { question, chosen, choose, wide, signal }) => {
  const by = question.by;
  const samples = (name, of = "conversions") => (name === "(other)" ? undefined : () => {
    const { minimum: _, order: __, ...asked } = question;
    return json("/v1/impact/samples", { ...asked, name, of, as_of: new Date(found.as_of).toISOString() }, signal);
  });
  const paths = { unattributed: "unattributed", unattributed_minor: "unattributed", null_paths: "null_paths", pending_paths: "pending_paths" };
  const from = (name) => ({ sql: found.evidence[name].sql, parameters: found.evidence[name].parameters });
  const total = (name, value) => ({ title: w(`page.impact.${name}`), value, about: [w("page.everything")], definition: w(`define.impact.${name}`), ...from("totals"), samples: samples("", paths[name]) });
  const credit = (model, one, title, value) => ({ title, value, about: [called(one.name, by), w(`model.${model}`)], definition: `${w(`define.model.${model}`)} ${w("define.impact.credit")}`, ...from(model === "markov" ? "chain" : "credits"), samples: samples(one.name) });
  const tiles = [
    ["conversions", number(found.conversions)], ["unattributed", number(found.unattributed)], ["null_paths", number(found.null_paths)], ["pending_paths", number(found.pending_paths)],
    ...found.revenue.filter((one) => one.currency).flatMap((one) => [["revenue", money(one.value_minor, one.currency)], ["attributed", money(one.attributed_minor, one.currency)], ["unattributed_minor", money(one.unattributed_minor, one.currency)]]),
  ];
  const part = [h("div", { class: "tiles" }, tiles.map(([name, value]) => h("div", { class: "tile" }, h("span", {}, w(`page.impact.${name}`)), opening(total(name, value), "link strong"))))];
  const notes = h("div", { class: "notes" }, found.notes.filter((one) => one.code !== "impact_few").map((one) => h("p", {}, capital(said(one))))); // bars say who has too few
  if (!found.names.length) return [...part, h("p", { class: "card" }, w("page.impact.nobody")), notes];
  return [...part, oneModel(found, { by, credit, chosen, choose, wide }), sideBySide(found, { by, credit }), spent(found, { by, credit }), notes];
};

/** One model: its shares with their intervals, and what they come to. */
const oneModel = (found, { by, credit, chosen, choose, wide }) => {
  const place = h("div", {});
  let model = found.models.find((one) => one.model === chosen) ?? found.models[0];
  const names = new Map(found.names.map((one) => [one.name, one]));
  const rows = () => [...model.credits].filter((one) => one.conversions > 0 || names.get(one.name).conversions).sort((a, b) => b.conversions - a.conversions);
  const least = found.asked.minimum ?? 30;
  const shareText = (one) => (one.share === null ? w("page.impact.few", { n: number(names.get(one.name).conversions), least: number(least) }) : percent(one.share));
  const span = (one) => (one.low === null ? "–" : `${percent(one.low)} – ${percent(one.high)}`);
  let svg = null;
  const draw = () => {
    const some = rows();
    svg = drawing(some, model, { by, shareText, span, wide });
    opened(svg, [...svg.querySelectorAll(".point")], (one) => {
      const told = some[Number(one.dataset.place)];
      openEvidence(credit(model.model, told, w("page.share"), shareText(told)));
    });
    const heads = [w(`page.impact.by.${by}`), w("page.share"), w("page.impact.interval"), w("page.impact.credited"), w("page.impact.money"), w("page.impact.part_in"), w("page.impact.assisted")];
    const open = (one, title, value) => opening(credit(model.model, one, title, value));
    const cells = some.map((one) => [called(one.name, by), open(one, heads[1], shareText(one)), open(one, heads[2], span(one)), open(one, heads[3], number(one.conversions, 1)), open(one, heads[4], minors(one.value_minor)), open(one, heads[5], number(names.get(one.name).conversions)), open(one, heads[6], number(names.get(one.name).assisted))]);
    place.replaceChildren(
      h("p", { class: "model-definition" }, w(`define.model.${model.model}`)),
      h("figure", { class: "plain-figure" }, svg),
      h("p", { class: "hint" }, w("page.impact.note", { least: number(least) })),
      h("details", {}, h("summary", {}, w("page.as_table")), table(w(`model.${model.model}`), heads, cells, "plain-table numbers credit-table")));
  };
  const file = () => [["model", "name", "share", "low", "high", "conversions", "value_minor", "part_in", "assisted"],
    ...found.models.flatMap((one) => one.credits.map((told) => [one.model, told.name, told.share, told.low, told.high, told.conversions, minorsFile(told.value_minor), names.get(told.name).conversions, names.get(told.name).assisted]))];
  const tabs = h("div", { class: "row model-tabs", role: "group", "aria-label": w("page.impact.model") }, found.models.map((one) =>
    h("button", { type: "button", class: "small", "aria-pressed": String(one === model), onclick: (event) => {
      model = one;
      for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab === event.currentTarget));
      choose(one.model);
      draw();
    } }, w(`model.${one.model}`))));
  draw();
  return h("section", { class: "card", "aria-label": w("page.impact.credits") },
    h("div", { class: "row between" }, h("h2", {}, w("page.impact.credits")), saves("impact", { svg: () => svg, rows: file })), tabs, place);
};

const minorsFile = (all) => Object.entries(all).map(([currency, minor]) => `${currency} ${minor}`).join("; ");

/** Bars of shares; the line over a bar is its interval. Names with too few sales have none. */
const drawing = (some, model, { by, shareText, span, wide }) => {
  const narrow = wide < SMALL;
  const [left, right, row] = narrow ? [0, 0, 54] : [170, 230, 34];
  const room = wide - left - right;
  const most = Math.max(...some.map((one) => one.high ?? one.share ?? 0), 0.01);
  const x = (share) => left + (share / most) * room;
  const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
  return s("svg", { viewBox: `0 0 ${wide} ${some.length * row + 4}`, class: "credits", role: "group", "aria-label": `${w("page.impact.credits")}, ${w(`model.${model.model}`)}` },
    some.map((one, place) => {
      const top = place * row;
      const bar = top + (narrow ? 22 : 7);
      const name = called(one.name, by);
      const told = one.share === null ? shareText(one) : `${percent(one.share)} · ${minors(one.value_minor)}`;
      const label = [name, shareText(one), one.low === null ? "" : `${w("page.impact.interval")} ${span(one)}`, minors(one.value_minor)].filter(Boolean).join(", ");
      return s("g", { class: "point", "data-place": place, "aria-label": label }, s("title", {}, label),
        s("rect", { x: 0, y: top + 1, width: wide, height: row - 2, rx: 4, class: "hit" }),
        s("text", { x: 0, y: top + (narrow ? 15 : 22), class: "name" }, cut(name, narrow ? 20 : 22)),
        s("text", { x: wide, y: top + (narrow ? 15 : 22), class: "amount", "text-anchor": "end" }, told),
        s("rect", { x: left, y: bar, width: room, height: 20, rx: 4, class: "track" }),
        one.share === null ? "" : s("rect", { x: left, y: bar, width: Math.max(x(one.share) - left, one.share ? 2 : 0).toFixed(1), height: 20, rx: 4, class: "fill" }),
        one.low === null ? "" : [s("line", { x1: x(one.low).toFixed(1), y1: bar + 10, x2: x(one.high).toFixed(1), y2: bar + 10, class: "span-halo" }), s("path", { d: `M${x(one.low).toFixed(1)} ${bar + 5}v10m0 -5H${x(one.high).toFixed(1)}m0 -5v10`, class: "span-line" })]);
    }));
};

/** All models: how much the answer owes to the choice of one. */
const sideBySide = (found, { by, credit }) => {
  const heads = [w(`page.impact.by.${by}`), ...found.models.map((one) => w(`model.${one.model}`))];
  const credits = (name) => found.models.map((model) => [model.model, model.credits.find((one) => one.name === name)]);
  const rows = found.names.filter((one) => one.conversions).map((one) => [called(one.name, by), ...credits(one.name).map(([model, told]) => opening(credit(model, told, w("page.impact.money"), minors(told.value_minor))))]);
  const file = () => [["name", ...found.models.map((one) => one.model)], ...found.names.map((one) => [one.name, ...credits(one.name).map(([, told]) => minorsFile(told.value_minor))])];
  return h("section", { class: "card" },
    h("div", { class: "row between" }, h("h2", {}, w("page.impact.models")), saves("models", { rows: file }, w("page.impact.save_models"))),
    h("p", { class: "hint" }, w("page.impact.models_note")), table(w("page.impact.models"), heads, rows));
};

/** What contacts cost, and what came back for it, where costs are known. */
const spent = (found, { by, credit }) => {
  if (!found.spend.length) return "";
  const returned = (one, model) => Object.entries(one.returned[model] ?? {}).map(([currency, over]) => `${number(over, 2)} (${currency})`).join(" · ") || "–";
  const heads = [w(`page.impact.by.${by}`), w("page.impact.cost"), ...found.models.map((one) => w(`model.${one.model}`))];
  const cost = (one) => ({ title: w("page.impact.cost"), value: minors(one.cost_minor), about: [called(one.name, by)], definition: w("define.impact.cost") });
  const back = (one, model) => ({ ...credit(model, one, w("page.impact.spend"), returned(one, model)), definition: `${w("define.impact.returned")} ${w(`define.model.${model}`)}` });
  const rows = found.spend.map((one) => [called(one.name, by), opening(cost(one)), ...found.models.map(({ model }) => opening(back(one, model)))]);
  const file = () => [["name", "cost_minor", ...found.models.map((one) => one.model)], ...found.spend.map((one) => [one.name, minorsFile(one.cost_minor), ...found.models.map(({ model }) => returned(one, model))])];
  return h("section", { class: "card" },
    h("div", { class: "row between" }, h("h2", {}, w("page.impact.spend")), saves("spend", { rows: file }, w("page.impact.save_spend"))),
    h("p", { class: "hint" }, w("page.impact.spend_note")), table(w("page.impact.spend"), heads, rows));
};

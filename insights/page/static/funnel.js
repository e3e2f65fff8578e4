// View 2: build a funnel, and see who gets how far.

import { post } from "/page/api.js";
import { choice, field, h, speak } from "/page/dom.js";
import { openEvidence } from "/page/evidence.js";
import { choices } from "/page/scope.js";
import { capital, everyType, lasted, number, percent, said, thing, w } from "/page/words.js";

const USUAL = ["product_viewed", "cart_product_added", "checkout_started", "order_completed"];
const UNITS = ["person", "session", "cart", "order", "ticket"];
const ORDERS = ["ordered", "strict", "any"];
const BREAKDOWNS = ["", "channel", "store_id", "device_class", "campaign_name", "campaign_source", "campaign_medium"];
const MOST_STEPS = 8;
const MOST_LISTED = 200;

export const showFunnel = async ({ main, asked, remember, signal, fail }) => {
  await choices(signal);
  let steps = asked.steps ? asked.steps.split(",") : USUAL;
  const answer = h("section", { class: "answer", "aria-live": "off" });
  const list = h("ol", { class: "steps" });
  const types = everyType();
  const set = (more) => {
    asked = { ...asked, ...more, steps: steps.join(",") };
    remember(asked);
  };
  const redraw = (focus) => {
    set({});
    list.replaceChildren(...steps.map((type, place) => step(type, place)));
    add.disabled = steps.length >= MOST_STEPS;
    if (focus !== undefined) list.children[focus]?.querySelector("select").focus();
  };
  const move = (place, by) => {
    [steps[place], steps[place + by]] = [steps[place + by], steps[place]];
    redraw(place + by);
  };
  const step = (type, place) => {
    const known = types.some(([name]) => name === type) ? types : [[type, thing(type)], ...types];
    const select = choice(known, type, { "aria-label": w("page.step_n", { n: place + 1 }), onchange: () => {
      steps[place] = select.value;
      set({});
    } });
    const act = (name, sign, work, disabled) =>
      h("button", { type: "button", class: "plain", disabled, "aria-label": `${w(`page.${name}`)} ${place + 1}`, onclick: work }, sign);
    return h("li", {}, select,
      act("earlier", "↑", () => move(place, -1), place === 0),
      act("later", "↓", () => move(place, 1), place === steps.length - 1),
      act("remove", "×", () => {
        steps = steps.filter((_, other) => other !== place);
        redraw(Math.max(0, place - 1));
      }, steps.length < 2));
  };
  const add = h("button", { type: "button", onclick: () => {
    steps = [...steps, "order_completed"];
    redraw(steps.length - 1);
  } }, w("page.add_step"));
  const kept = (name, input) => {
    input.addEventListener("change", () => set({ [name]: input.value }));
    return input;
  };
  const options = {
    window: kept("window", choice(["1h", "24h", "7d", "14d", "30d", "90d", "365d"].map((one) => [one, spanName(one)]), asked.window ?? "30d")),
    unit: kept("unit", choice(UNITS.map((one) => [one, w(`page.unit.${one}`)]), asked.unit ?? "person")),
    order: kept("order", choice(ORDERS.map((one) => [one, w(`page.order.${one}`)]), asked.order ?? "ordered")),
    by: kept("by", choice(BREAKDOWNS.map((one) => [one, one ? w(`page.by.${one}`) : w("page.by.nothing")]), asked.by ?? "")),
  };
  const period = (name) => {
    const input = h("input", { type: "date", value: asked[name] ?? "" });
    return field(w(`page.${name}`), kept(name, input));
  };
  const spec = () => {
    const told = { steps: steps.map((type) => ({ type })), window: options.window.value, unit: options.unit.value, order: options.order.value };
    if (asked.from) told.from = asked.from;
    if (asked.to) told.to = asked.to;
    if (options.by.value) told.breakdown = { property: options.by.value, attribution: "first_touch", limit: 8 };
    return told;
  };
  const run = async () => {
    answer.setAttribute("aria-busy", "true");
    try {
      const found = await post("/v1/funnels", spec(), {}, signal);
      answer.replaceChildren(...shown(found, spec(), signal, fail));
      speak(w("page.answered"));
    } catch (error) {
      answer.replaceChildren(h("p", { class: "refused", role: "alert" }, error.message));
    }
    answer.removeAttribute("aria-busy");
  };
  main.replaceChildren(
    h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.funnel")), h("p", { class: "lead" }, w("page.funnel_lead")))),
    h("div", { class: "split" },
      h("form", { class: "card builder", "aria-label": w("page.funnel"), onsubmit: (event) => { event.preventDefault(); run(); } },
        h("h2", {}, w("page.steps")), list, add,
        h("div", { class: "grid" }, Object.entries(options).map(([name, input]) => field(w(`page.${name}`), input))),
        h("div", { class: "grid" }, period("from"), period("to")),
        h("button", { class: "primary wide" }, w("page.ask"))),
      answer));
  redraw();
  await run();
};

const spanName = (one) => `${number(parseInt(one, 10))} ${w(one.endsWith("h") ? "page.hours" : "page.days")}`;

const shown = (found, spec, signal, fail) => {
  const first = found.steps[0]?.units ?? 0;
  const why = (step, title, value) => openEvidence({
    title, value, about: [step.name], definition: w("define.funnel"), sql: found.evidence[0].sql, parameters: found.evidence[0].parameters });
  const open = (step, title, value, kind = "link") =>
    h("button", { class: kind, onclick: () => why(step, title, value) }, value);
  const rows = found.steps.map((step) => {
    const share = first ? step.units / first : 0;
    return h("li", { class: "funnel-step" },
      h("div", { class: "funnel-name" }, h("span", { class: "count" }, String(step.step)), h("strong", {}, stepName(step)),
        h("span", { class: "soft" }, step.step > 1 ? `${w("page.median_time")} ${lasted(step.seconds_from_previous?.median)}` : w(`page.unit.${found.unit}`))),
      bar(share),
      h("div", { class: "funnel-numbers" },
        open(step, w("page.reached"), number(step.units), "link big"),
        h("span", {}, open(step, w("page.of_first"), percent(step.from_first)), " ", h("span", { class: "soft" }, w("page.of_first"))),
        step.step > 1 ? h("span", {}, open(step, w("page.of_previous"), percent(step.from_previous)), " ", h("span", { class: "soft" }, w("page.of_previous"))) : "",
        step.dropped ? h("span", { class: "dropped" }, open(step, w("page.dropped"), number(step.dropped)), ` ${w("page.dropped")} `, listing(step, spec, signal)) : "",
        step.pending ? h("span", {}, open(step, w("page.pending"), number(step.pending)), h("span", { class: "soft" }, ` ${w("page.pending").toLowerCase()}`)) : ""));
  });
  const total = [["entered", found.entered ?? first], ["converted", found.converted], ["dropped_out", found.dropped], ["pending", found.pending], ["excluded", found.excluded || undefined]];
  return [
    h("div", { class: "tiles" }, total.filter(([, value]) => value !== undefined && value !== null).map(([name, value]) =>
      h("div", { class: "tile" }, h("span", {}, w(`page.${name}`)), h("strong", {}, number(value)))),
      h("div", { class: "tile strong" }, h("span", {}, w("page.rate")), h("strong", {}, percent(found.rate ?? found.steps.at(-1)?.from_first)))),
    h("ol", { class: "card funnel" }, rows),
    broken(found),
    h("div", { class: "notes" }, [...found.notes.map((one) => capital(said(one))), `${w("page.left_out")}: ${found.left_out.map(said).join(", ")}`].map((one) => h("p", {}, one))),
  ];
};

const stepName = (step) => step.name.split(" | ").map(thing).join(" / ");

const bar = (share) => {
  const meter = h("div", { class: "meter", role: "presentation" });
  const inner = h("div", { class: "meter-in" });
  inner.style.width = `${Math.max(share * 100, share ? 0.4 : 0)}%`;
  meter.append(inner);
  return meter;
};

const broken = (found) => {
  if (!found.breakdown?.length) return "";
  const heads = [w("page.value"), ...found.steps.map(stepName), w("page.rate")];
  return h("section", { class: "card" }, h("h2", {}, w("page.breakdown")),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": w("page.breakdown") },
      h("table", { class: "plain-table numbers" },
        h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))),
        h("tbody", {}, found.breakdown.map((one) => {
          const told = one.kind === "value" ? thing(one.value) : w(`page.bucket.${one.kind}`);
          const first = one.steps[0]?.units;
          return h("tr", {}, h("th", { scope: "row" }, told), one.steps.map((step) => h("td", {}, number(step.units))),
            h("td", {}, h("strong", {}, percent(one.rate ?? (first ? one.steps.at(-1).units / first : null)))));
        })))));
};

/** Who dropped out after a step: the same predicate as the count. */
const listing = (step, spec, signal) => {
  const place = h("span", {});
  const button = h("button", { class: "small", onclick: async () => {
    try {
      const found = await post("/v1/funnels/persons", spec, { step: step.step, state: "dropped", limit: MOST_LISTED }, signal);
      place.replaceChildren(h("ul", { class: "persons" }, found.members.map(({ unit }) =>
        h("li", {}, spec.unit === "person" ? h("a", { href: `#person?who=${encodeURIComponent(unit)}` }, unit) : unit))),
        found.more ? h("span", { class: "soft" }, w("page.more_there")) : "");
    } catch (error) {
      place.replaceChildren(h("span", { class: "refused" }, error.message));
    }
  } }, w("page.who"));
  place.append(button);
  return place;
};

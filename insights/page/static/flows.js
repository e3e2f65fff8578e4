// View 3: what customers do after something, or before it.

import { json } from "/page/api.js";
import { choice, field, h, s, speak } from "/page/dom.js";
import { openEvidence } from "/page/evidence.js";
import { choices, phaseName, SCOPE, scopeForm } from "/page/scope.js";
import { curve, layout } from "/page/sankey.js";
import { everyType, has, lasted, number, percent, thing, w } from "/page/words.js";

const NARROW = matchMedia("(max-width: 760px)");

export const showFlows = async ({ main, asked, remember, signal, fail }) => {
  await choices(signal);
  const answer = h("section", { class: "answer" });
  const now = () => ({ anchor: "product_viewed", direction: "after", of: "type", steps: NARROW.matches ? "2" : "3", window: "30d", ...asked });
  const run = async () => {
    answer.setAttribute("aria-busy", "true");
    const { anchor, direction, of, steps, window, ...scope } = now();
    const part = Object.fromEntries(SCOPE.map((name) => [name, scope[name]]));
    try {
      const found = await json("/v1/paths", { ...part, anchor: of === "phase" && !asked.anchor ? "" : anchor, direction, of, steps, window, breadth: NARROW.matches ? 6 : 8, collapse: true, acts: true, top: 10 }, signal);
      answer.replaceChildren(...shown(found));
      speak(w("page.answered"));
    } catch (error) {
      if (signal.aborted) return;
      answer.replaceChildren(h("p", { class: "refused", role: "alert" }, error.message));
    }
    answer.removeAttribute("aria-busy");
  };
  const change = (more) => {
    asked = { ...asked, ...more };
    remember(asked);
    run();
  };
  const pick = (name, pairs) => {
    const select = choice(pairs, now()[name], { onchange: (event) => {
      event.stopPropagation();
      change({ [name]: select.value });
    } });
    return field(w(`page.${name}`), select);
  };
  const worded = (names, kind) => names.map((one) => [one, w(`page.${kind}.${one}`)]);
  main.replaceChildren(
    h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.flows")), h("p", { class: "lead" }, w("page.flows_lead")))),
    scopeForm(asked, change, { more: [
      pick("anchor", everyType()),
      pick("direction", worded(["after", "before"], "direction")),
      pick("of", worded(["type", "channel", "phase"], "of")),
      pick("steps", ["2", "3", "4", "5", "6"].map((one) => [one, one])),
      pick("window", ["1h", "24h", "7d", "30d", "90d"].map((one) => [one, `${parseInt(one, 10)} ${w(one.endsWith("h") ? "page.hours" : "page.days")}`])),
    ] }),
    answer);
  await run();
};

const nodeName = (name, of) => {
  if (name.startsWith("(")) return w(`page.node.${name.slice(1, -1)}`);
  return of === "phase" ? phaseName(name) : has(`type.${name}`) || of === "channel" ? thing(name) : thing(name);
};

const shown = (found) => {
  const { of } = found.asked;
  const told = (name) => nodeName(name, of);
  const why = (part, title, value, about) => openEvidence({ title, value, about, definition: w(`define.paths_${part}`), ...pick(found.evidence[part]) });
  if (!found.paths) return [h("p", { class: "card" }, w("page.no_paths"))];
  return [
    h("div", { class: "tiles" }, [["paths", found.paths], ["different", found.different], ["persons_n", found.persons], ["open", found.open]].map(([name, value]) =>
      h("div", { class: "tile" }, h("span", {}, w(`page.${name}`)),
        h("button", { class: "link strong", onclick: () => why("totals", w(`page.${name}`), number(value), [w("page.everything")]) }, number(value))))),
    h("figure", { class: "card sankey" }, drawing(found, told, why), h("figcaption", { class: "soft" }, w("page.sankey_note"))),
    h("section", { class: "card" }, h("h2", {}, w("page.top_paths")),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": w("page.top_paths") },
        h("table", { class: "plain-table numbers" },
          h("thead", {}, h("tr", {}, ["way", "paths", "share", "persons_n", "median_time"].map((one) => h("th", { scope: "col" }, w(`page.${one}`))))),
          h("tbody", {}, found.top.map((one) =>
            h("tr", {}, h("th", { scope: "row" }, `${one.names.map(told).join(" → ")}${has(`page.ending.${one.ending}`) ? ` ${w(`page.ending.${one.ending}`)}` : ""}`),
              h("td", {}, number(one.paths)), h("td", {}, percent(one.share)), h("td", {}, number(one.persons)), h("td", {}, lasted(one.median_seconds)))))))),
  ];
};

const pick = ({ sql, parameters }) => ({ sql, parameters });

const drawing = (found, told, why) => {
  const narrow = NARROW.matches;
  const columns = new Set(found.nodes.map((one) => one.depth)).size;
  const width = narrow ? 340 : Math.max(720, columns * 230);
  const height = narrow ? 420 : 460;
  const { nodes, bands } = layout(found.nodes, found.links, { width, height, bar: 12, label: narrow ? 110 : 150 });
  const bottom = Math.max(...nodes.map((one) => one.y + one.high)) + 6;
  const first = Math.min(...nodes.map((one) => one.depth));
  const room = narrow ? 12 : 22;
  const cut = (text) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
  const opens = (element, title, value, about) => {
    const open = () => why("links", title, value, about);
    element.addEventListener("click", open);
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open();
    });
    return element;
  };
  return s("svg", { viewBox: `-2 -4 ${width + 4} ${bottom + 8}`, class: "flow", role: "group", "aria-label": w("page.flows") },
    bands.map((band) => {
      const name = `${told(band.from.name)} → ${told(band.to.name)}`;
      return s("path", { d: curve(band), class: band.to.name.startsWith("(") ? "band quiet" : "band", "stroke-width": band.high.toFixed(1) },
        s("title", {}, `${name}: ${number(band.paths)} · ${lasted(band.seconds?.median)}`));
    }),
    nodes.map((one) => {
      const name = told(one.name);
      const kind = one.name.startsWith("(") ? "node quiet" : one.depth === 0 ? "node anchor" : "node";
      return opens(s("g", { class: kind, role: "button", tabindex: "0", "aria-label": `${name}, ${number(one.paths)} ${w("page.paths")}, ${w("page.position")} ${one.depth - first + 1}` },
        s("title", {}, `${name}: ${number(one.paths)}`),
        s("rect", { x: one.x, y: one.y.toFixed(1), width: one.bar, height: one.high.toFixed(1), rx: 2 }),
        one.high > 9 ? s("text", { x: one.x + one.bar + 6, y: (one.y + one.high / 2 + (one.high > 28 ? -2 : 4)).toFixed(1) }, cut(name),
          one.high > 28 ? s("tspan", { x: one.x + one.bar + 6, dy: 15, class: "amount" }, number(one.paths)) : narrow ? "" : ` ${number(one.paths)}`) : ""),
        name, number(one.paths), [`${w("page.position")} ${one.depth - first + 1}`]);
    }));
};

// View 3: what customers do after something, or before it.

import { json, tenant } from "/page/api.js";
import { choice, coded, field, h, s, speak } from "/page/dom.js";
import { openEvidence } from "/page/evidence.js";
import { choices, phaseName, SCOPE, scopeForm } from "/page/scope.js";
import { curve, layout } from "/page/sankey.js";
import { saves } from "/page/saves.js";
import { nothingStored, refusedText, waiting } from "/page/states.js";
import { capital, has, lasted, lasts, number, percent, said, thing, typeChoices, w } from "/page/words.js";

const NARROW = matchMedia("(max-width: 760px)");

export const show = async ({ main, asked, remember, again, signal, fail }) => {
  const known = await choices(signal);
  const lead = h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.flows")), h("p", { class: "lead" }, w("page.flows_lead"))));
  if (known.newest === null) {
    main.replaceChildren(lead, nothingStored());
    return;
  }
  let latest = 0;
  const answer = h("section", { class: "answer" }, waiting(w("page.counted_now")));
  const now = () => ({ anchor: known.types.includes("product_viewed") ? "product_viewed" : known.types[0], direction: "after", of: "type", steps: NARROW.matches ? "2" : "3", window: "30d", ...asked });
  const run = async () => {
    const mine = ++latest; // an answer that comes late must not replace a newer one
    answer.setAttribute("aria-busy", "true");
    const { anchor, direction, of, steps, window, ...scope } = now();
    const part = Object.fromEntries(SCOPE.map((name) => [name, scope[name]]));
    const question = { ...part, anchor: of === "phase" && !asked.anchor ? "" : anchor, direction, of, steps, window };
    try {
      const found = await json("/v1/paths", { ...question, breadth: NARROW.matches ? 6 : 8, collapse: true, acts: true, top: 10 }, signal);
      if (mine !== latest) return;
      answer.replaceChildren(...shown(found, { fail, command: command(question), stored: known.types, choose: (type) => leave({ anchor: type }), clear: () => leave({ ...asked, ...Object.fromEntries(SCOPE.map((name) => [name, ""])) }) }));
      speak(w("page.answered"));
    } catch (error) {
      if (signal.aborted || mine !== latest) return;
      answer.replaceChildren(refusedText(error));
    }
    answer.removeAttribute("aria-busy");
  };
  const leave = (more) => {
    remember(more);
    again();
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
    return field(w(name === "window" ? "page.within_window" : `page.${name}`), select);
  };
  const worded = (names, kind) => names.map((one) => [one, w(`page.${kind}.${one}`)]);
  main.replaceChildren(
    lead,
    scopeForm(asked, change, { more: [
      pick("anchor", typeChoices(known.types, now().anchor).map((one) => ({ ...one, pairs: one.pairs.filter(([type]) => type !== "*") }))),
      pick("direction", worded(["after", "before"], "direction")),
      pick("of", worded(["type", "channel", "phase"], "of")),
      pick("steps", ["2", "3", "4", "5", "6"].map((one) => [one, one])),
      pick("window", ["1h", "24h", "7d", "30d", "90d"].map((one) => [one, lasts(one)])),
    ] }),
    answer);
  await run();
};

const quoted = (text) => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The command that counts the same. */
const command = ({ anchor, direction, ...options }) => {
  const told = Object.entries({ ...options, tenant }).filter(([, value]) => value).map(([name, value]) => ` --${name} ${quoted(value)}`);
  return `parcours paths${anchor && ` ${quoted(anchor)}`} --collapse --acts${direction === "before" ? " --before" : ""}${told.join("")}`;
};

const nodeName = (name, of) => {
  if (name.startsWith("(")) return w(`page.node.${name.slice(1, -1)}`);
  return of === "phase" ? phaseName(name) : thing(name);
};

const shown = (found, { fail, command, stored, choose, clear }) => {
  const { of } = found.asked;
  const told = (name) => nodeName(name, of);
  const why = (part, title, value, about) => openEvidence({ title, value, about, definition: w(`define.paths_${part}`), ...pick(found.evidence[part]) });
  if (!found.paths) return [nobody(found, { stored, choose, clear })];
  const flow = drawing(found, told, why);
  return [
    h("div", { class: "tiles" }, [["paths", found.paths], ["different", found.different], ["persons_n", found.persons], ["open", found.open]].map(([name, value]) =>
      h("div", { class: "tile" }, h("span", {}, w(`page.${name}`)),
        h("button", { class: "link strong", "aria-label": `${number(value)} ${w(`page.${name}`)}`, onclick: () => why("totals", w(`page.${name}`), number(value), [w("page.everything")]) }, number(value))))),
    h("figure", { class: "card sankey" },
      h("div", { class: "row between" }, h("figcaption", { class: "soft" }, w("page.sankey_note")), saves("flows", { svg: () => flow, rows: () => [["source", "target", "paths"], ...bands(found).map((one) => [one.source, one.target, one.paths])] }, fail)),
      flow,
      h("p", { class: "hint" }, coded(w("page.flows_count", { command }))),
      h("details", {}, h("summary", {}, w("page.as_table")), linkTable(found, told))),
    h("section", { class: "card" },
      h("div", { class: "row between" }, h("h2", {}, w("page.top_paths")), saves("paths", { rows: () => [["path", "ending", "paths", "share", "persons", "median_seconds"], ...found.top.map((one) => [one.names.join(" > "), one.ending, one.paths, one.share, one.persons, one.median_seconds])] }, fail, w("page.save_paths"))),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": w("page.top_paths") },
        h("table", { class: "plain-table numbers" },
          h("thead", {}, h("tr", {}, ["way", "paths", "share", "persons_n", "median_time"].map((one) => h("th", { scope: "col" }, w(`page.${one}`))))),
          h("tbody", {}, found.top.map((one) =>
            h("tr", {}, h("th", { scope: "row" }, `${one.names.map(told).join(" → ")}${has(`page.ending.${one.ending}`) ? ` ${w(`page.ending.${one.ending}`)}` : ""}`),
              h("td", {}, number(one.paths)), h("td", {}, percent(one.share)), h("td", {}, number(one.persons)), h("td", {}, one.names.length > 1 ? lasted(one.median_seconds) : "–"))))))),
    h("div", { class: "notes" }, found.notes.map((one) => h("p", {}, capital(said(one)))), h("p", {}, w("page.left_out", { what: found.left_out.map(said).join(", ") }))),
  ];
};

const pick = ({ sql, parameters }) => ({ sql, parameters });

/** Nobody had it here: say so, and offer what there is. */
const nobody = (found, { stored, choose, clear }) => {
  const anchor = found.asked.anchor?.type;
  return h("section", { class: "card empty" },
    h("p", {}, w("page.no_paths", { name: anchor ? thing(anchor) : w("page.everything") })),
    found.notes.map((one) => h("p", { class: "soft" }, capital(said(one)))),
    h("p", { class: "row" }, h("button", { type: "button", onclick: clear }, w("page.clear_filters")),
      stored.filter((one) => one !== anchor).slice(0, 6).map((one) => h("button", { type: "button", class: "small", onclick: () => choose(one) }, thing(one)))));
};

/** Links with the names of their nodes and the position that they leave. */
const bands = (found) => {
  const nodes = new Map(found.nodes.map((one) => [one.id, one]));
  return found.links.map((one) => ({ ...one, source: nodes.get(one.source)?.name ?? one.source, target: nodes.get(one.target)?.name ?? one.target, depth: nodes.get(one.source)?.depth ?? 0 }))
    .sort((a, b) => a.depth - b.depth || b.paths - a.paths);
};

/** The table behind the diagram. */
const linkTable = (found, told) => {
  const first = Math.min(...found.nodes.map((one) => one.depth));
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": w("page.as_table") },
    h("table", { class: "plain-table numbers link-table" },
      h("thead", {}, h("tr", {}, ["link_from", "link_to", "position_n", "paths", "median_time"].map((one) => h("th", { scope: "col" }, w(`page.${one}`))))),
      h("tbody", {}, bands(found).map((one) => h("tr", {}, h("th", { scope: "row" }, told(one.source)), h("td", {}, told(one.target)), h("td", {}, `${one.depth - first + 1} → ${one.depth - first + 2}`), h("td", {}, number(one.paths)), h("td", {}, lasted(one.seconds?.median)))))));
};

const drawing = (found, told, why) => {
  const narrow = NARROW.matches;
  const columns = new Set(found.nodes.map((one) => one.depth)).size;
  const width = narrow ? 340 : Math.max(720, columns * 230);
  const height = narrow ? 440 : 480;
  const { nodes, bands } = layout(found.nodes, found.links, { width, height, bar: 12, label: narrow ? 118 : 190 });
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
        s("text", { x: one.x + one.bar + 6, y: (one.y + one.high / 2 + (one.high > 30 ? -2 : 4)).toFixed(1) }, cut(name),
          one.high > 30 ? s("tspan", { x: one.x + one.bar + 6, dy: 15, class: "amount" }, number(one.paths)) : narrow ? "" : s("tspan", { dx: 5, class: "amount" }, number(one.paths)))),
        name, number(one.paths), [`${w("page.position")} ${one.depth - first + 1}`]);
    }));
};

// View 3: what customers do after something, or before it.

import { json, tenant } from "/page/api.js";
import { choice, coded, field, h, offer, opened, s, speak, table } from "/page/dom.js";
import { opening, openEvidence } from "/page/evidence.js";
import { choices, phaseName, SCOPE, scopeForm, scopeOf, untilStored } from "/page/scope.js";
import { curve, layout } from "/page/sankey.js";
import { saves } from "/page/saves.js";
import { oneAtATime, refusedText, waiting } from "/page/states.js";
import { capital, has, lasted, lasts, number, percent, said, thing, typeChoices, w } from "/page/words.js";

const NARROW = matchMedia("(max-width: 760px)");
const FIRST = "first"; // the anchor of paths that begin with whatever came first

export const show = async ({ main, asked, remember, again, signal }) => {
  const known = await choices(signal);
  const lead = h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.flows")), h("p", { class: "lead" }, w("page.flows_lead"))));
  if (known.newest === null) {
    main.replaceChildren(lead, untilStored({ again, signal }));
    return;
  }
  const next = oneAtATime(signal);
  const answer = h("section", { class: "answer" }, waiting(w("page.counted_now")));
  const now = () => {
    const told = { direction: "after", of: "type", steps: NARROW.matches ? "2" : "3", window: "30d", ...asked };
    // Paths to something need it; the others may begin with whatever came first, and through phases they mostly do.
    const usual = told.of === "phase" && told.direction === "after" ? FIRST : known.types.includes("product_viewed") ? "product_viewed" : known.types[0];
    return { ...told, anchor: !asked.anchor || (asked.anchor === FIRST && told.direction === "before") ? usual : asked.anchor };
  };
  const run = async () => {
    const mine = next();
    answer.setAttribute("aria-busy", "true");
    const { anchor, direction, of, steps, window } = now();
    const question = { ...scopeOf(asked), anchor: anchor === FIRST ? "" : anchor, direction, of, steps, window };
    try {
      const found = await json("/v1/paths", { ...question, breadth: NARROW.matches ? 6 : 8, collapse: true, acts: true, top: 10 }, mine);
      if (mine.aborted) return;
      answer.replaceChildren(...shown(found, { command: command(question), stored: known.types, choose: (type) => leave({ anchor: type }), clear: () => leave({ ...asked, ...Object.fromEntries(SCOPE.map((name) => [name, ""])) }) }));
      speak(w("page.answered"));
    } catch (error) {
      if (mine.aborted) return;
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
  const selecting = (name, pairs) => {
    const select = choice(pairs, now()[name], { onchange: (event) => {
      event.stopPropagation();
      change({ [name]: select.value });
      offer(around, anchors(), now().anchor); // it depends on the others what there is
    } });
    return select;
  };
  const anchors = () => [
    ...(now().direction === "after" ? [[FIRST, w("page.first_touchpoint")]] : []),
    ...typeChoices(known.types, now().anchor === FIRST ? "*" : now().anchor).map((one) => ({ ...one, pairs: one.pairs.filter(([type]) => type !== "*") }))];
  const around = selecting("anchor", anchors());
  const pick = (name, pairs) => field(w(name === "window" ? "page.within_window" : `page.${name}`), selecting(name, pairs));
  const worded = (names, kind) => names.map((one) => [one, w(`page.${kind}.${one}`)]);
  main.replaceChildren(
    lead,
    scopeForm(asked, change, { more: [
      field(w("page.anchor"), around),
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

const shown = (found, { command, stored, choose, clear }) => {
  const { of } = found.asked;
  const told = (name) => nodeName(name, of);
  const why = (part, title, value, about) => ({ title, value, about, definition: w(`define.paths_${part}`), ...pick(found.evidence[part]) });
  if (!found.paths) return [nobody(found, { stored, choose, clear })];
  const flow = drawing(found, told, why);
  return [
    h("div", { class: "tiles" }, [["paths", found.paths, "top"], ["different", found.different, "top"], ["persons_n", found.persons, "reached"], ["open", found.open, "top"]].map(([name, value, part]) =>
      h("div", { class: "tile" }, h("span", {}, w(`page.${name}`)),
        opening({ ...why(part, w(`page.${name}`), number(value), [w("page.everything")]), definition: w("define.paths_totals") }, "link strong")))),
    h("figure", { class: "card sankey" },
      h("div", { class: "row between" }, h("figcaption", { class: "soft" }, w("page.sankey_note")), saves("flows", { svg: () => flow, rows: () => [["source", "target", "paths"], ...bands(found).map((one) => [one.source, one.target, one.paths])] })),
      flow,
      h("p", { class: "hint" }, coded(w("page.flows_count", { command }))),
      h("details", {}, h("summary", {}, w("page.as_table")), linkTable(found, told, why))),
    h("section", { class: "card" },
      h("div", { class: "row between" }, h("h2", {}, w("page.top_paths")), saves("paths", { rows: () => [["path", "ending", "paths", "share", "persons", "median_seconds"], ...found.top.map((one) => [one.names.join(" > "), one.ending, one.paths, one.share, one.persons, one.median_seconds])] }, w("page.save_paths"))),
      topTable(found, told, why)),
    h("div", { class: "notes" }, found.notes.map((one) => h("p", {}, capital(said(one)))), h("p", {}, w("page.left_out", { what: found.left_out.map(said).join(", ") }))),
  ];
};

/** The most frequent paths; every number opens. */
const topTable = (found, told, why) => {
  const heads = ["way", "paths", "share", "persons_n", "median_time"].map((one) => w(`page.${one}`));
  const rows = found.top.map((one) => {
    const way = `${one.names.map(told).join(" → ")}${has(`page.ending.${one.ending}`) ? ` ${w(`page.ending.${one.ending}`)}` : ""}`;
    const values = [number(one.paths), percent(one.share), number(one.persons), one.names.length > 1 ? lasted(one.median_seconds) : "–"];
    return [way, ...values.map((value, place) => opening(why("top", heads[place + 1], value, [way])))];
  });
  return table(w("page.top_paths"), heads, rows, "plain-table numbers stacked");
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
const linkTable = (found, told, why) => {
  const first = Math.min(...found.nodes.map((one) => one.depth));
  const heads = ["link_from", "link_to", "position_n", "paths", "median_time"].map((one) => w(`page.${one}`));
  const rows = bands(found).map((one) => {
    const position = `${one.depth - first + 1} → ${one.depth - first + 2}`;
    const open = (place, value) => opening(why("links", heads[place], value, [`${told(one.source)} → ${told(one.target)}`, `${w("page.position")} ${position}`]));
    return [told(one.source), told(one.target), position, open(3, number(one.paths)), open(4, lasted(one.seconds?.median))];
  });
  return table(w("page.as_table"), heads, rows, "plain-table numbers link-table stacked");
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
  const evidence = new Map(); // of each part that opens
  const opens = (element, title, value, position) => {
    evidence.set(element, why("links", title, value, [`${w("page.position")} ${position}`]));
    element.setAttribute("aria-label", `${title}, ${value} ${w("page.paths")}, ${w("page.position")} ${position}`);
    return element;
  };
  const ribbons = bands.map((band) => {
    const name = `${told(band.from.name)} → ${told(band.to.name)}`;
    const at = band.from.depth - first + 1;
    return opens(s("path", { d: curve(band), class: band.to.name.startsWith("(") ? "band quiet" : "band", "stroke-width": band.high.toFixed(1) },
      s("title", {}, `${name}: ${number(band.paths)} · ${lasted(band.seconds?.median)}`)), name, number(band.paths), `${at} → ${at + 1}`);
  });
  const stops = nodes.map((one) => {
    const name = told(one.name);
    const kind = one.name.startsWith("(") ? "node quiet" : one.depth === 0 ? "node anchor" : "node";
    return opens(s("g", { class: kind },
      s("title", {}, `${name}: ${number(one.paths)}`),
      s("rect", { x: one.x, y: one.y.toFixed(1), width: one.bar, height: one.high.toFixed(1), rx: 2 }),
      s("text", { x: one.x + one.bar + 6, y: (one.y + one.high / 2 + (one.high > 30 ? -2 : 4)).toFixed(1) }, cut(name),
        one.high > 30 ? s("tspan", { x: one.x + one.bar + 6, dy: 15, class: "amount" }, number(one.paths)) : narrow ? "" : s("tspan", { dx: 5, class: "amount" }, number(one.paths)))),
      name, number(one.paths), one.depth - first + 1);
  });
  const svg = s("svg", { viewBox: `-2 -4 ${width + 4} ${bottom + 8}`, class: "flow", role: "group", "aria-label": w("page.flows") }, ribbons, stops);
  return opened(svg, [...stops, ...ribbons], (one) => openEvidence(evidence.get(one)));
};

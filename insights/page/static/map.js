// View 1: the journey map, as the server draws it.

import { json, text } from "/page/api.js";
import { download, h, opened, speak } from "/page/dom.js";
import { openEvidence } from "/page/evidence.js";
import { choices, phaseName, SCOPE, scopeForm } from "/page/scope.js";
import { saves } from "/page/saves.js";
import { nothingHere, nothingStored, refusedText, waiting } from "/page/states.js";
import { has, spoken, thing, w } from "/page/words.js";

const NARROW = matchMedia("(max-width: 760px)");
const TITLE = 40;

export const show = async ({ main, asked, remember, again, signal, fail }) => {
  const { models, newest } = await choices(signal);
  const { phases } = models.find((one) => one.name === (asked.model || "default")) ?? models[0];
  let drawing = "";
  let latest = 0;
  const figure = h("figure", { class: "map-figure", "aria-busy": "true" }, waiting(w("page.counted_now")));
  const twin = h("div", { class: "twin" });
  const phase = () => (NARROW.matches ? asked.phase || phases[0].id : "");
  const scope = () => Object.fromEntries(SCOPE.map((name) => [name, asked[name]]));
  const how = () => ({ ...scope(), lang: spoken(), planned: asked.planned });

  const draw = async () => {
    const mine = ++latest; // an answer that comes late must not replace a newer one
    figure.setAttribute("aria-busy", "true");
    try {
      const found = await text("/v1/map.svg", { ...how(), only: phase() }, signal);
      if (mine !== latest) return;
      drawing = found;
      const svg = inserted(drawing, scope());
      const some = svg.querySelector("[data-query]");
      figure.replaceChildren(some ? svg : nothingHere(w("map.nothing"), () => leave()));
      speak(w("page.drawn"));
    } catch (error) {
      if (signal.aborted || mine !== latest) return;
      figure.replaceChildren(refusedText(error));
    }
    figure.removeAttribute("aria-busy");
    twin.replaceChildren();
    table.open = false;
  };
  const change = (more) => {
    asked = { ...asked, ...more };
    remember(asked);
    tabs.replaceChildren(...phaseTabs());
    draw();
  };
  const leave = () => {
    remember({ planned: asked.planned, phase: asked.phase });
    again();
  };
  const phaseTabs = () => phases.map((one) =>
    h("button", { "aria-pressed": String(one.id === phase()), onclick: () => {
      change({ phase: one.id });
      [...tabs.children][phases.indexOf(one)].focus();
    } }, phaseName(one.id, asked.model || "default")));

  const whole = async () => (phase() ? text("/v1/map.svg", how(), signal) : drawing);
  const table_as = (name, type) => h("button", { class: "small", "data-save": name, "aria-label": `${w("page.save")}: ${w(`page.save_${name}`)}`, onclick: async () => {
    try {
      download(`parcours-map.${name}`, await text(`/v1/map.${name}`, how(), signal), type);
    } catch (error) {
      fail(error);
    }
  } }, w(`page.save_${name}`));
  const planned = h("label", { class: "field check" },
    h("input", { type: "checkbox", checked: asked.planned !== "no", onchange: (event) => {
      event.stopPropagation();
      change({ planned: event.target.checked ? "" : "no" });
    } }), h("span", {}, w("page.planned")));
  const tabs = h("div", { class: "phase-tabs", role: "group", "aria-label": w("page.phases") });
  const table = h("details", { class: "card", ontoggle: async () => {
    if (!table.open || twin.childElementCount) return;
    try {
      twin.replaceChildren(await tableTwin(how(), scope(), signal));
    } catch (error) {
      fail(error);
    }
  } }, h("summary", {}, w("page.table_twin")), twin);

  const lead = h("div", {}, h("h1", {}, w("map.title")), h("p", { class: "lead" }, w("page.map_lead")));
  if (newest === null) {
    main.replaceChildren(h("div", { class: "head" }, lead), nothingStored());
    return;
  }
  main.replaceChildren(
    h("div", { class: "head" }, lead,
      h("div", { class: "row" }, saves("map", { svg: whole }, fail, w("page.save")), table_as("csv", "text/csv"), table_as("html", "text/html"))),
    scopeForm(asked, change, { more: planned }),
    tabs, figure, table);
  tabs.replaceChildren(...phaseTabs());
  NARROW.addEventListener("change", () => change({}), { signal });
  await draw();
};

/** Without its own looks: the page has them. */
const plain = (text) => text.replaceAll(/<style>[^]*?<\/style>/g, "");

/** The drawing in the page: its looks are the page's own, its numbers open. */
const inserted = (drawing, scope) => {
  const root = new DOMParser().parseFromString(plain(drawing), "image/svg+xml").documentElement;
  const queries = JSON.parse(root.querySelector("metadata").textContent);
  root.querySelector("metadata").remove();
  const [, , wide, high] = root.getAttribute("viewBox").split(" ").map(Number);
  root.setAttribute("viewBox", `8 ${TITLE} ${wide - 16} ${high - TITLE}`); // the page has its own heading
  root.removeAttribute("width");
  root.removeAttribute("height");
  const svg = document.importNode(root, true);
  const numbers = [...svg.querySelectorAll("[data-query]")];
  for (const one of numbers) one.setAttribute("aria-label", label(one));
  return opened(svg, numbers, (one) => openEvidence(evidence(one, queries, scope)));
};

const shownText = (one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
const place = (row) => [row.phase && phaseName(row.phase), row.channel && thing(row.channel), row.type && thing(row.type)].filter(Boolean);
const label = (one) => {
  const row = Object.fromEntries(new URLSearchParams(one.getAttribute("data-row")));
  return [...place(row), named(one), shownText(one)].join(", ");
};
const named = (one) => {
  const name = one.getAttribute("data-query");
  return has(`measure.${name}`) ? w(`measure.${name}`) : w(`map.${name}`);
};

const evidence = (one, queries, scope) => {
  const name = one.getAttribute("data-query");
  const row = Object.fromEntries(new URLSearchParams(one.getAttribute("data-row")));
  const told = queries[name];
  const felt = name === "coverage" ? "yes" : /^(observed|inferred)/.exec(name)?.[1];
  const where = { ...scope, phase: row.phase, on: row.channel, type: row.type, felt };
  return {
    title: named(one),
    value: shownText(one),
    about: place(row).length ? place(row) : [w("page.everything")],
    definition: has(`define.${name}`) ? w(`define.${name}`) : told.definition,
    sql: told.sql,
    parameters: told.parameters,
    samples: name === "in_no_phase" ? undefined : () => json("/v1/map/samples", where),
  };
};

const tableTwin = async (how, scope, signal) => {
  const page = new DOMParser().parseFromString(plain(await text("/v1/map.html", how, signal)), "text/html");
  const table = document.importNode(page.querySelector("table"), true);
  table.className = "plain-table";
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": w("table.caption") }, table);
};

// View 1: the journey map, as the server draws it.

import { json, text } from "/page/api.js";
import { download, h, opened, speak } from "/page/dom.js";
import { openEvidence } from "/page/evidence.js";
import { choices, phaseName, scopeForm, scopeOf, untilStored } from "/page/scope.js";
import { saveButton, saves } from "/page/saves.js";
import { nothingHere, oneAtATime, refusedText, waiting } from "/page/states.js";
import { has, spoken, thing, w } from "/page/words.js";

const NARROW = matchMedia("(max-width: 760px)");
const TITLE = 40;

export const show = async ({ main, asked, remember, again, signal }) => {
  const { models, newest } = await choices(signal);
  const lead = h("div", {}, h("h1", {}, w("map.title")), h("p", { class: "lead" }, w("page.map_lead")));
  if (newest === null) {
    main.replaceChildren(h("div", { class: "head" }, lead), untilStored({ again, signal }));
    return;
  }
  const { phases } = models.find((one) => one.name === (asked.model || "default")) ?? models[0];
  const next = oneAtATime(signal);
  let now = signal; // of the question in hand: aborted once there is another one
  let drawing = ""; // its answer, once it is whole
  const figure = h("figure", { class: "map-figure", "aria-busy": "true" }, waiting(w("page.counted_now")));
  const phase = () => (NARROW.matches ? asked.phase || phases[0].id : "");
  const how = () => ({ ...scopeOf(asked), lang: spoken(), planned: asked.planned });

  const draw = async () => {
    const mine = next();
    [now, drawing] = [mine, ""];
    const [question, scope] = [how(), scopeOf(asked)];
    const ask = (findings) => text("/v1/map.svg", { ...question, only: phase(), findings }, mine);
    figure.setAttribute("aria-busy", "true");
    twin.forget();
    try {
      // The numbers come first: what decides and what hurts takes most of the time.
      const numbers = inserted(await ask("later"), scope);
      if (mine.aborted) return;
      figure.removeAttribute("aria-busy");
      if (!numbers.querySelector("[data-query]")) return void figure.replaceChildren(nothingHere(w("map.nothing"), leave));
      numbers.setAttribute("aria-busy", "true");
      put(figure, numbers);
      const whole = await ask("yes");
      if (mine.aborted) return;
      drawing = whole;
      await unread();
      if (!mine.aborted) put(figure, inserted(whole, scope));
      speak(w("page.drawn"));
    } catch (error) {
      if (mine.aborted) return;
      figure.removeAttribute("aria-busy");
      failed(figure, error);
    }
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

  const whole = async () => (phase() || !drawing ? text("/v1/map.svg", how(), signal) : drawing);
  const file = (name, type) => saveButton(name, w("page.save"), async () => download(`parcours-map.${name}`, await text(`/v1/map.${name}`, how(), signal), type));
  const planned = h("label", { class: "field check" },
    h("input", { type: "checkbox", checked: asked.planned !== "no", onchange: (event) => {
      event.stopPropagation();
      change({ planned: event.target.checked ? "" : "no" });
    } }), h("span", {}, w("page.planned")));
  const tabs = h("div", { class: "phase-tabs", role: "group", "aria-label": w("page.phases") });
  const twin = twinOf(() => ({ how: how(), scope: scopeOf(asked), signal: now }));

  main.replaceChildren(
    h("div", { class: "head" }, lead,
      h("div", { class: "row" }, saves("map", { svg: whole }, w("page.save")), file("csv", "text/csv"), file("html", "text/html"))),
    scopeForm(asked, change, { more: planned }),
    tabs, figure, twin.element);
  tabs.replaceChildren(...phaseTabs());
  NARROW.addEventListener("change", () => change({}), { signal });
  await draw();
};

/** The table of the map, which is asked for when it is opened. */
const twinOf = (current) => {
  const place = h("div", { class: "twin" });
  const element = h("details", { class: "card", ontoggle: async () => {
    if (!element.open || place.childElementCount) return;
    const { how, scope, signal } = current();
    place.replaceChildren(waiting(w("page.counted_now")));
    try {
      const found = await tableTwin(how, scope, signal);
      if (!signal.aborted) place.replaceChildren(found);
    } catch (error) {
      if (!signal.aborted) place.replaceChildren(refusedText(error));
    }
  } }, h("summary", {}, w("page.table_twin")), place);
  const forget = () => {
    place.replaceChildren();
    element.open = false;
  };
  return { element, forget };
};

/** Whoever reads what stands behind a number is not disturbed. */
const unread = () => {
  const dialog = document.getElementById("evidence");
  return dialog.open ? new Promise((done) => dialog.addEventListener("close", done, { once: true })) : null;
};

/** A drawing in the place of another: what was in sight stays where it is, and so does the focus. */
const put = (figure, svg) => {
  const all = numbersOf(figure);
  const head = document.querySelector("header.top").getBoundingClientRect().bottom; // what is under it is not in sight
  const seen = all.find((one) => one.getBoundingClientRect().top > head);
  const top = seen?.getBoundingClientRect().top;
  const focused = all.find((one) => one === document.activeElement);
  const same = (one) => one && numbersOf(svg).find((other) => ["data-query", "data-behind", "data-row"].every((name) => other.getAttribute(name) === one.getAttribute(name)));
  figure.replaceChildren(svg);
  const moved = same(seen);
  if (moved) scrollBy({ top: moved.getBoundingClientRect().top - top, behavior: "instant" });
  same(focused)?.focus({ preventScroll: true });
};

/** What is there stays, and what is lacking is told. */
const failed = (figure, error) => {
  const svg = figure.querySelector("svg[aria-busy]");
  if (!svg) return figure.replaceChildren(refusedText(error));
  svg.removeAttribute("aria-busy");
  for (const one of svg.querySelectorAll(".later")) one.textContent = "–";
  figure.prepend(refusedText(error));
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
  return opening(svg, numbersOf(svg), queries, scope);
};

/** Numbers, and what stands beside one and is answered by its query: its interval, the money at stake. */
const numbersOf = (element) => [...element.querySelectorAll("[data-query], [data-behind]")];

/** Numbers that open what stands behind them. */
const opening = (element, numbers, queries, scope) => {
  for (const one of numbers) one.setAttribute("aria-label", label(one));
  return opened(element, numbers, (one) => openEvidence(evidence(one, queries, scope)));
};

const shownText = (one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("").trim();
const queryOf = (one) => one.getAttribute("data-query") ?? one.getAttribute("data-behind");
const rowOf = (one) => Object.fromEntries(new URLSearchParams(one.getAttribute("data-row")));
const place = (row) => [row.phase && phaseName(row.phase), row.channel && thing(row.channel), row.pain && thing(row.pain), row.type && thing(row.type)].filter((name, at, all) => name && all.indexOf(name) === at);
const label = (one) => [...place(rowOf(one)), named(one), shownText(one)].join(", ");
const named = (one) => {
  const name = queryOf(one);
  return has(`measure.${name}`) ? w(`measure.${name}`) : w(`map.${name}`);
};

const FRICTION = "friction:";

/** Which touchpoints are behind a number. */
const behind = (name, row) => {
  const felt = name === "coverage" ? "yes" : /^(observed|inferred)/.exec(name)?.[1];
  const friction = row.type?.startsWith(FRICTION); // an opportunity may be less of a friction
  return { phase: row.phase, on: row.channel, felt, type: friction ? "" : row.type, pain: friction ? row.type.slice(FRICTION.length) : row.pain };
};

const evidence = (one, queries, scope) => {
  const name = queryOf(one);
  const row = rowOf(one);
  const told = queries[name];
  return {
    title: named(one),
    value: shownText(one),
    about: place(row).length ? place(row) : [w("page.everything")],
    definition: has(`define.${name}`) ? w(`define.${name}`) : told.definition,
    sql: told.sql,
    parameters: told.parameters,
    samples: name === "in_no_phase" ? undefined : () => json("/v1/map/samples", { ...scope, ...behind(name, row) }),
  };
};

const tableTwin = async (how, scope, signal) => {
  const page = new DOMParser().parseFromString(plain(await text("/v1/map.html", how, signal)), "text/html");
  const table = document.importNode(page.querySelector("table"), true);
  table.className = "plain-table";
  // A number in its cell, so that the cell stays one of a table.
  const numbers = [...table.querySelectorAll("[data-query]")].map((cell) => {
    const number = h("span", { class: "opens", "data-query": cell.dataset.query, "data-row": cell.dataset.row }, cell.textContent);
    cell.replaceChildren(number);
    return number;
  });
  opening(table, numbers, JSON.parse(page.querySelector("metadata").textContent), scope);
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": w("table.caption") }, table);
};

// Elements made of plain data; texts are always texts, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element: attributes, listeners under `on…`, children. */
export const h = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, tag), attributes, children);

const filled = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return element;
};

/** A label over its field. */
export const field = (label, input, extra = "") =>
  h("label", { class: `field ${extra}` }, h("span", {}, label), input);

/** A choice of [value, text] pairs, or of groups of them: { label, pairs }. */
export const choice = (offered, chosen, attributes = {}) => {
  const options = (pairs) => pairs.map(([value, text]) => h("option", { value }, text));
  const element = h("select", attributes, offered.map((one) => (one.pairs ? h("optgroup", { label: one.label }, options(one.pairs)) : options([one]))));
  element.value = chosen;
  if (element.selectedIndex < 0) element.selectedIndex = 0;
  return element;
};

/** Offer something else than before. */
export const offer = (element, offered, chosen) => {
  element.replaceChildren(...choice(offered, chosen).children);
  element.value = chosen;
};

/** A text in which what stands between backticks is code. */
export const coded = (text) => text.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Parts of a drawing that open: one stop of the tab key, arrows lead from one to the next. */
export const opened = (svg, parts, open) => {
  parts.forEach((one, place) => {
    one.setAttribute("role", "button");
    one.setAttribute("tabindex", place ? "-1" : "0");
  });
  svg.addEventListener("click", (event) => {
    const one = parts.find((part) => part.contains(event.target));
    if (one) open(one);
  });
  svg.addEventListener("keydown", (event) => {
    const at = parts.indexOf(event.target);
    if (at < 0) return;
    const next = { Home: 0, End: parts.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? 0);
    if (event.key === "Enter" || event.key === " ") open(parts[at]);
    else if (next === at || !parts[next]) return;
    else {
      parts[at].setAttribute("tabindex", "-1");
      parts[next].setAttribute("tabindex", "0");
      parts[next].focus();
    }
    event.preventDefault();
  });
  return svg;
};

/** A table of texts or elements; the first cell of a row names it. Of the kind `stacked`, a row is a list on a phone. */
export const table = (label, heads, rows, kind = "plain-table numbers", caption = "") =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", { class: kind }, caption ? h("caption", {}, caption) : "",
      h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one)))),
      h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((one, place) => h("td", { "data-head": heads[place + 1] }, one)))))));

/** Tell what has happened to those who do not see it. */
export const speak = (text) => {
  document.getElementById("spoken").textContent = text;
};

/** Hand a text or blob to the reader as a file. */
export const download = (name, content, type) => {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
};

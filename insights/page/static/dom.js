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

/** A choice of [value, text] pairs. */
export const choice = (pairs, chosen, attributes = {}) => {
  const element = h("select", attributes, pairs.map(([value, text]) => h("option", { value }, text)));
  element.value = chosen;
  if (element.selectedIndex < 0) element.selectedIndex = 0;
  return element;
};

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

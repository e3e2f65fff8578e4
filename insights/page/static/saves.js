// Graphics as files: a drawing that needs nothing else, a picture of it, its numbers.

import { download, h, speak } from "/page/dom.js";
import { w } from "/page/words.js";

const SHARP = 2;
const LARGEST = 8000;

/** A button that saves a file; what goes wrong is said beside it, and what is shown stays. */
export const saveButton = (kind, label, work) => {
  const wrong = h("span", { class: "unsaved", role: "alert" });
  const button = h("button", { type: "button", class: "small", "data-save": kind, "aria-label": `${label}: ${w(`page.save_${kind}`)}`, onclick: async () => {
    button.disabled = true;
    wrong.textContent = "";
    try {
      await work();
      speak(w("page.saved"));
    } catch (error) {
      wrong.textContent = w("page.not_saved", { why: error.message });
    }
    button.disabled = false;
  } }, w(`page.save_${kind}`));
  return [button, wrong];
};

/**
 * Buttons that save a graphic.
 * @param {string} name of the files, and of the group
 * @param {{svg?: () => SVGElement | string | Promise<string>, rows?: () => any[][]}} what
 */
export const saves = (name, { svg, rows }, label = w("page.save_graphic")) => {
  const button = (kind, work) => saveButton(kind, label, work);
  const drawn = async () => {
    const drawing = await svg();
    return typeof drawing === "string" ? lit(drawing) : standalone(drawing);
  };
  return h("div", { class: "row saves", role: "group", "aria-label": label },
    svg ? button("svg", async () => download(`parcours-${name}.svg`, await drawn(), "image/svg+xml")) : "",
    svg ? button("png", async () => download(`parcours-${name}.png`, await picture(await drawn()))) : "",
    rows ? button("csv", async () => download(`parcours-${name}.csv`, csv(rows()), "text/csv")) : "");
};

/** A table as CSV; no cell is taken for a formula by a spreadsheet. */
export const csv = (rows) =>
  rows.map((row) => row.map((cell) => {
    const text = cell === null || cell === undefined ? "" : String(cell);
    const safe = typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }).join(",")).join("\n") + "\n";

/** The light that the reader sees. */
const theme = () => document.documentElement.getAttribute("data-theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** A drawing of the server in the light that the reader sees. */
const lit = (drawing) => drawing.replace("<svg ", `<svg data-theme="${theme()}" `);

/** A drawing of the page as a file: with its looks, its size and its ground. */
const standalone = async (element) => {
  const looks = await Promise.all(["tokens.css", "graphics.css"].map(async (name) => (await fetch(`/page/${name}`)).text()));
  const copy = element.cloneNode(true);
  const [left, top, wide, high] = copy.getAttribute("viewBox").split(" ").map(Number);
  const edge = 16;
  copy.setAttribute("viewBox", `${left - edge} ${top - edge} ${wide + 2 * edge} ${high + 2 * edge}`);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", wide + 2 * edge);
  copy.setAttribute("height", high + 2 * edge);
  copy.setAttribute("data-theme", theme());
  for (const one of copy.querySelectorAll("[tabindex]")) for (const name of ["tabindex", "role", "aria-label"]) one.removeAttribute(name);
  const style = document.createElementNS(copy.namespaceURI, "style");
  style.textContent = looks.join("");
  const ground = document.createElementNS(copy.namespaceURI, "rect");
  for (const [name, value] of Object.entries({ class: "ground", x: left - edge, y: top - edge, width: wide + 2 * edge, height: high + 2 * edge })) ground.setAttribute(name, value);
  copy.prepend(style, ground);
  return new XMLSerializer().serializeToString(copy);
};

const picture = async (drawing) => {
  const url = URL.createObjectURL(new Blob([drawing], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(SHARP, LARGEST / Math.max(image.width, image.height));
    const canvas = h("canvas", { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
};

// The page: which view is shown, in which language and light. The address holds the rest.

import { askFor, hasToken, keepToken, Refusal, tenant } from "/page/api.js";
import { h, speak } from "/page/dom.js";
import { refusedText } from "/page/states.js";
import { LANGUAGES, speakIn, spoken, w } from "/page/words.js";
import { askedIn, inZone } from "/page/zone.js";

/** What a token has to open for each view, whose module is read when it is first shown. */
const VIEWS = {
  map: ["answers:read"], funnel: ["answers:read", "persons:read"], flows: ["answers:read"], impact: ["answers:read"],
  objectives: ["answers:read"], person: ["answers:read", "persons:read"], live: ["answers:read", "live:read"],
};
const THEMES = ["auto", "light", "dark"];
const main = document.getElementById("main");
let leaving = new AbortController();

/** The address behind #: a view, and what it is asked. */
const address = () => {
  const [name, asked = ""] = location.hash.slice(1).split("?");
  return { name: name in VIEWS ? name : "map", asked: Object.fromEntries(new URLSearchParams(asked)) };
};

/** What goes from view to view: whose data it is, and where days begin. */
const kept = () => ({ tenant, timezone: askedIn() === "UTC" ? "" : askedIn() });

/** What says something, as it stands in an address. */
const written = (asked) => new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== "" && value !== undefined)).toString();

/** Keep what a view is asked in the address, so that it can be sent to a colleague. */
const remember = (asked) => {
  const { name } = address();
  const told = written({ ...asked, ...kept() });
  history.replaceState(null, "", `#${name}${told ? `?${told}` : ""}`);
};

const frame = () => {
  const { name } = address();
  document.getElementById("skip").textContent = w("page.skip");
  const nav = document.getElementById("views");
  nav.setAttribute("aria-label", w("page.views"));
  nav.replaceChildren(h("ul", {}, Object.keys(VIEWS).map((one) =>
    h("li", {}, h("a", { href: `#${[one, written({ tenant })].filter(Boolean).join("?")}`, "aria-current": one === name ? "page" : undefined }, w(`page.${one}`))))));
  document.getElementById("switches").replaceChildren(languages(), themes());
  document.title = `${w(`page.${name}`)} · Parcours`;
};

const languages = () =>
  h("div", { class: "switch", role: "group", "aria-label": w("page.language") },
    Object.entries(LANGUAGES).map(([code, name]) =>
      h("button", { lang: code, "aria-label": name, "aria-pressed": String(code === spoken()), onclick: async () => {
        localStorage.setItem("parcours.language", code);
        await speakIn(code);
        show();
        document.querySelector(`#switches [lang=${code}]`).focus();
      } }, code.toUpperCase())));

const theme = () => localStorage.getItem("parcours.theme") ?? "auto";

const themes = () =>
  h("button", { class: "switch theme", "aria-label": `${w("page.theme")}: ${w(`page.theme.${theme()}`)}`, onclick: () => {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
    localStorage.setItem("parcours.theme", next);
    light();
    frame();
    document.querySelector("#switches .theme").focus();
    speak(w(`page.theme.${next}`));
  } }, h("span", { "aria-hidden": "true" }, { auto: "◐", light: "☀", dark: "☾" }[theme()]), h("span", { class: "wide-only" }, w(`page.theme.${theme()}`)));

const light = () => {
  if (theme() === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", theme());
};

/** What went wrong; where a token is missing, or opens something else, the way in. */
const refused = (error) => {
  if (error instanceof Refusal && [401, 403].includes(error.status)) return entrance(error);
  const said = refusedText(error);
  said.append(h("button", { onclick: show }, w("page.again")));
  return said;
};

/** What a token is, where it comes from, and the fields for it. A first visit is no error. */
const entrance = (error) => {
  const token = h("input", { type: "password", autocomplete: "off", id: "token" });
  const whose = h("input", { autocomplete: "off", spellcheck: "false", id: "tenant", value: tenant, placeholder: "default" });
  const enter = (event) => {
    event.preventDefault();
    if (token.value) keepToken(token.value);
    askFor(whose.value.trim());
    remember(address().asked);
    show();
  };
  const tried = hasToken() || tenant;
  return h("section", { class: "card entrance" },
    h("h1", {}, w("page.entrance")),
    tried ? h("p", { class: "refused", role: "alert" }, error.status === 401 ? w("page.token_unknown") : error.message) : "",
    h("p", {}, w("page.token_what")), h("p", {}, w("page.token_where"), " ", h("code", {}, `parcours api token NAME --tenant ${tenant || "default"} ${VIEWS[address().name].map((one) => `--scope ${one}`).join(" ")}`)),
    h("form", { class: "entry", onsubmit: enter },
      h("label", { class: "field grow", for: "token" }, h("span", {}, w("page.token")), token),
      h("label", { class: "field", for: "tenant" }, h("span", {}, w("page.tenant")), whose),
      h("button", { class: "primary" }, w("page.enter"))),
    h("p", { class: "hint" }, w("page.token_kept")));
};

const show = async () => {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { name, asked } = address();
  if (asked.tenant !== undefined) askFor(asked.tenant);
  // Days without a zone are those of UTC, whatever this tab was asked in before.
  if (asked.timezone !== undefined || asked.from || asked.to) inZone(asked.timezone);
  if (Object.entries(kept()).some(([name, value]) => value && asked[name] === undefined)) remember(asked); // a link within the page is about the same tenant
  delete asked.tenant;
  delete asked.timezone;
  frame();
  const fail = (error) => {
    if (signal.aborted) return;
    main.replaceChildren(refused(error));
    document.getElementById("token")?.focus();
  };
  try {
    const view = await import(`/page/${name}.js`);
    if (signal.aborted) return;
    await view.show({ main, asked, remember, again: show, signal, fail });
  } catch (error) {
    fail(error);
  }
};

// What has the focus is not covered by the head of the page, as high as that may be.
const head = document.querySelector("header.top");
new ResizeObserver(() => {
  document.documentElement.style.scrollPaddingTop = getComputedStyle(head).position === "sticky" ? `${head.offsetHeight + 8}px` : "";
}).observe(head);

addEventListener("hashchange", () => {
  show();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

askFor(new URLSearchParams(location.search).get("tenant") ?? "");
light();
await speakIn(localStorage.getItem("parcours.language") ?? (navigator.language.startsWith("fr") ? "fr" : "en"));
show();

// View 2: build a funnel, and see who gets how far. The address is the question.

import { post, tenant } from "/page/api.js";
import { builder } from "/page/builder.js";
import { coded, download, h, speak } from "/page/dom.js";
import { copyable } from "/page/evidence.js";
import { answered } from "/page/funnel_answer.js";
import { option, plain, read, usual, yaml } from "/page/question.js";
import { choices, untilStored } from "/page/scope.js";
import { oneAtATime, refusedText, waiting } from "/page/states.js";
import { w } from "/page/words.js";
import { askedIn, inZone } from "/page/zone.js";

export const show = async ({ main, asked, remember, again, signal }) => {
  const known = await choices(signal);
  const linked = read(asked.q);
  let question = plain(asked.q && linked ? linked : { ...usual(), timezone: askedIn() });
  inZone(option(question, "timezone")); // a question brings its own
  const next = oneAtATime(signal);
  const answer = h("section", { class: "answer", "aria-label": w("page.answer") });
  const file = h("pre", { class: "yaml" });
  let answering = question; // what the answer on the page is to
  const changed = h("p", { class: "card changed", role: "status" }, w("page.question_changed"));
  const compare = () => {
    const same = yaml(answering) === yaml(question);
    answer.toggleAttribute("data-outdated", !same);
    if (same) changed.remove();
    else if (!changed.isConnected && answer.childElementCount) answer.before(changed);
  };
  const told = () => (tenant ? { ...question, tenant } : question);
  const change = (more) => {
    question = plain({ ...question, ...more });
    asked = { ...asked, q: JSON.stringify(question) };
    inZone(option(question, "timezone"));
    remember(asked);
    file.textContent = yaml(told());
    compare();
  };
  const run = async () => {
    const mine = next();
    const asking = answering = question; // the answer is to this, whatever is changed meanwhile
    compare();
    answer.setAttribute("aria-busy", "true");
    if (!answer.childElementCount) answer.append(waiting(w("page.counted_now")));
    try {
      const found = await post("/v1/funnels", asking, {}, mine);
      if (mine.aborted) return;
      answer.replaceChildren(...answered(found, asking, { period: asked.period, choose: (period) => {
        asked = { ...asked, period };
        remember(asked);
      }, signal: mine }));
      speak(w("page.answered"));
    } catch (error) {
      if (mine.aborted) return;
      answer.replaceChildren(refusedText(error));
    }
    answer.removeAttribute("aria-busy");
  };
  const share = h("section", { class: "card" },
    h("h2", {}, w("page.yaml")), h("p", { class: "soft" }, coded(w("page.yaml_hint"))),
    h("div", { class: "code", tabindex: "0", role: "region", "aria-label": w("page.yaml") }, file),
    h("p", { class: "row" },
      h("button", { class: "copy-yaml", onclick: () => copyable(file.textContent) }, w("page.copy_yaml")),
      h("button", { onclick: () => download("funnel.yaml", file.textContent, "application/yaml") }, w("page.download_sql")),
      h("button", { onclick: () => copyable(location.href) }, w("page.copy_link"))));
  file.textContent = yaml(told());
  const head = h("div", { class: "head" }, h("div", {}, h("h1", {}, w("page.funnel")), h("p", { class: "lead" }, w("page.funnel_lead"))));
  if (known.newest === null) {
    main.replaceChildren(head, untilStored({ again, signal }));
    return;
  }
  main.replaceChildren(head,
    linked ? "" : h("p", { class: "card refused", role: "alert" }, w("page.link_unreadable")),
    h("div", { class: "split" }, builder({ known, question: () => question, change, ask: run }), h("div", {}, answer, share)));
  await run();
};

// View 2: build a funnel, and see who gets how far. The address is the question.

import { post, tenant } from "/page/api.js";
import { builder } from "/page/builder.js";
import { coded, download, h, speak } from "/page/dom.js";
import { copyable } from "/page/evidence.js";
import { answered } from "/page/funnel_answer.js";
import { plain, read, usual, yaml } from "/page/question.js";
import { choices } from "/page/scope.js";
import { nothingStored, refusedText } from "/page/states.js";
import { w } from "/page/words.js";

export const show = async ({ main, asked, remember, signal, fail }) => {
  const known = await choices(signal);
  const linked = read(asked.q);
  let question = plain(linked ?? usual());
  const answer = h("section", { class: "answer", "aria-label": w("page.answer") });
  const file = h("pre", { class: "yaml" });
  const told = () => (tenant ? { ...question, tenant } : question);
  const change = (more) => {
    question = plain({ ...question, ...more });
    asked = { ...asked, q: JSON.stringify(question) };
    remember(asked);
    file.textContent = yaml(told());
  };
  const run = async () => {
    answer.setAttribute("aria-busy", "true");
    try {
      const found = await post("/v1/funnels", question, {}, signal);
      answer.replaceChildren(...answered(found, question, { period: asked.period, choose: (period) => {
        asked = { ...asked, period };
        remember(asked);
      }, signal, fail }));
      speak(w("page.answered"));
    } catch (error) {
      if (signal.aborted) return;
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
    main.replaceChildren(head, nothingStored());
    return;
  }
  main.replaceChildren(head,
    linked ? "" : h("p", { class: "card refused", role: "alert" }, w("page.link_unreadable")),
    h("div", { class: "split" }, builder({ known, question: () => question, change, ask: run }), h("div", {}, answer, share)));
  await run();
};

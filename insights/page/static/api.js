// Questions to the process that served this page, and to nobody else.

import { capital, has, said, w } from "/page/words.js";

/** A refusal, with what the API says about it, in the reader's language. */
export class Refusal extends Error {
  constructor(status, problem, retry = 0) {
    super(told(status, problem));
    this.status = status;
    this.retry = retry; // seconds after which to ask again, where the API says so
    const kind = `problem.${problem.type?.split("#")[1]}`;
    this.title = has(kind) ? w(kind) : w("page.refused");
  }
}

const told = (status, { detail, title, code, values, parameters = [] }) => {
  const wrong = parameters.map((one) => [one.key, one.message].filter(Boolean).join(": "));
  return [capital(said({ code, values, text: detail ?? title ?? `status ${status}` })), ...wrong].join("\n");
};

const TOKEN = "parcours.token";

/** Whose data every question is about; the API's own choice where it is empty. */
export let tenant = "";

const headers = (more = {}) => {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
};

export const hasToken = () => sessionStorage.getItem(TOKEN) !== null;
export const keepToken = (token) => sessionStorage.setItem(TOKEN, token);

export const askFor = (name) => {
  tenant = name;
};

/** Only what says something. */
const query = (parameters) =>
  new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined && value !== null)).toString();

const asked = async (path, options = {}) => {
  const response = await fetch(path, { ...options, headers: headers(options.headers) }).catch((error) => {
    throw error.name === "AbortError" ? error : new Refusal(0, { type: "#unreachable", detail: w("page.unreachable") });
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(response.status, problem, Number(response.headers.get("Retry-After")) || 0);
};

const got = (path, parameters, signal) => asked(`${path}?${query({ tenant, ...parameters })}`, { signal });

export const json = async (path, parameters = {}, signal) => (await got(path, parameters, signal)).json();
export const text = async (path, parameters = {}, signal) => (await got(path, parameters, signal)).text();

/** A question in a body, which names the tenant itself. */
export const post = async (path, body, parameters = {}, signal) =>
  (await asked(`${path}?${query(parameters)}`, { method: "POST", signal, body: JSON.stringify(tenant ? { ...body, tenant } : body), headers: { "Content-Type": "application/json" } })).json();

/** What passes: nobody answers, too many ask, or the process is about to begin or to end. */
const PASSING = [0, 429, 502, 503, 504];
const SOON = 1_000;
const LATEST = 30_000;

/** Wait; less where nobody wants to wait any longer. */
export const pause = (ms, signal) =>
  new Promise((done) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      done();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener("abort", over);
  });

/**
 * Server-sent events, by fetch: so that a token can go with the question.
 * `line` is told whether there is one: true once it is open, false when it is cut, and is
 * to be made anew.
 */
export async function* events(path, parameters, signal, line) {
  let last = "";
  let wait = SOON;
  for (;;) {
    let after = 0;
    try {
      const more = last ? { "Last-Event-ID": last } : {};
      const response = await asked(`${path}?${query({ tenant, ...parameters })}`, { signal, headers: { Accept: "text/event-stream", ...more } });
      wait = SOON;
      line(true);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let waiting = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const blocks = (waiting + value).replaceAll("\r\n", "\n").split("\n\n");
        waiting = blocks.pop();
        for (const block of blocks) {
          const lines = block.split("\n").map((line) => line.split(/:\s?(.*)/s));
          last = lines.find(([name]) => name === "id")?.[1] ?? last;
          const data = lines.filter(([name]) => name === "data").map(([, told]) => told).join("\n");
          if (data) yield JSON.parse(data);
        }
      }
    } catch (error) {
      if (signal.aborted || (error instanceof Refusal && !PASSING.includes(error.status))) throw error;
      after = (error.retry ?? 0) * 1000;
      line(false);
    }
    await pause(Math.max(after, wait), signal);
    wait = Math.min(wait * 2, LATEST);
    if (signal.aborted) return;
  }
}

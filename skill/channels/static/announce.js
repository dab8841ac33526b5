// What a screen reader is told by itself: one status line, and an alert for emergencies alone.
// Whatever the page's own voice is about to say is shown there silently, so that nobody hears two
// voices at once; if that voice fails, it is announced after all.
import { $ } from "./dom.js";

function put(region, live, nodes) {
  region.setAttribute("aria-live", live);
  region.replaceChildren(...nodes);
}

function again(region, live) {
  if (region.getAttribute("aria-live") !== "off" || !region.hasChildNodes()) return;
  const nodes = [...region.childNodes];
  put(region, live, []);
  setTimeout(() => put(region, live, nodes), 100); // readers notice what comes, not what stays
}

export function status(text, { voiced = false } = {}) {
  put($("status"), voiced ? "off" : "polite", [text]);
}

export function guidance(nodes, { voiced = false } = {}) {
  put($("guidance"), voiced && nodes.length ? "off" : "assertive", nodes);
}

export function voiceFailed() {
  again($("guidance"), "assertive");
  again($("status"), "polite");
}

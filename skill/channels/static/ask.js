// Asks the server and shows what it answers. Typed questions are answered in silence unless the
// user chose otherwise; spoken ones aloud.
import { $, config, words } from "./dom.js";
import { status } from "./announce.js";
import { show } from "./answer.js";
import { remember, remembered } from "./kept.js";
import { load, play, rate, stop } from "./player.js";

let latest;

// go: take the user to the answer, as a link would.
export async function ask(text, { aloud = remembered("aloud", false), go = false } = {}) {
  const turn = (latest = {});
  stop();
  status(words.looking);
  let answer, body;
  try {
    answer = await fetch(config.ask, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text, locale: config.locale, rate: rate() }),
    });
    body = await answer.json();
  } catch {
    if (turn === latest) status(words.unreachable);
    return;
  }
  if (turn !== latest) return;
  if (!answer.ok && !body.emergency) return status(body.error ?? words.unreachable);
  if (body.rate && body.rate !== rate()) remember("rate", body.rate); // they said "slower"
  const voiced = Boolean(aloud && body.audio);
  load(body.audio ?? null, show(body, { voiced }));
  status(words.answer_ready, { voiced });
  if (voiced) play();
  if (go && !body.emergency) $("answer").focus();
}

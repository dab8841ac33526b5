// The server's recogniser: record here, send it as WAV, get the words.
import { config } from "./dom.js";
import { record } from "./record.js";

const named = (name) => Object.assign(new Error(name), { name });

async function send(wav, tries = 3) {
  const answer = await fetch(config.listen, {
    method: "POST",
    headers: { "Content-Type": "audio/wav" },
    body: wav,
  });
  if (answer.status === 503 && answer.headers.has("Retry-After") && tries > 1) {
    await new Promise((wake) => setTimeout(wake, 1000));
    return send(wav, tries - 1);
  }
  if (!answer.ok) throw named(answer.headers.has("Retry-After") ? "busy" : "cannot");
  return answer.json();
}

async function work({ onready, onworking }, done, cancelled) {
  const ready = fetch(config.listen).then((answer) => answer.json()); // loads while they speak
  ready.catch(() => {});
  const recording = await record();
  cancelled.then(() => recording.stop());
  onready();
  await done;
  onworking();
  const wavs = await recording.stop();
  if (!(await ready).ready) throw named("cannot");
  const all = [];
  for (const wav of wavs) all.push(await send(wav)); // one by one: others want to be heard too
  return {
    heard: all.map((one) => one.heard).filter(Boolean).join(" "),
    sure: all.some((one) => one.heard) && all.every((one) => one.sure || !one.heard),
  };
}

export function open(tell) {
  let finish, cancel;
  const done = new Promise((resolve) => (finish = resolve));
  const cancelled = new Promise((resolve) => (cancel = resolve));
  return { result: work(tell, done, cancelled), finish, cancel };
}

// Toggle to talk: press Speak, say it, press again. No deadline. Whatever fails is said aloud and
// shown, with a way on; nothing of the emergency advice waits for it.
import { $, config, words } from "./dom.js";
import { status } from "./announce.js";
import { ask } from "./ask.js";
import * as browserEar from "./browser_ear.js";
import { remember, remembered } from "./kept.js";
import { say, stop as stopVoice } from "./player.js";
import * as siteEar from "./site_ear.js";

const WHY = {
  NotAllowedError: "mic_denied", SecurityError: "mic_denied", "not-allowed": "mic_denied",
  NotFoundError: "mic_missing", "audio-capture": "mic_missing", "no-speech": "not_heard",
  busy: "busy",
};

let ear; // who is listening now

const listener = () => (browserEar.available ? remembered("listener") : "site");

function pressed(on) {
  $("speak").setAttribute("aria-pressed", String(on));
}

export function heard(text) {
  if (text) $("text").value = text;
  $("heard").hidden = !text;
  $("text").setAttribute("aria-describedby", text ? "heard" : "hint");
}

export function toggle() {
  if (ear) return ear.finish();
  stopVoice();
  if (!listener()) {
    $("choose").hidden = false;
    return status(words.listener_first);
  }
  begin();
}

export function choose(who) {
  remember("listener", who);
  document.querySelector(`[name=listener][value=${who}]`).checked = true;
  $("choose").hidden = true;
  $("speak").focus(); // the button that had the focus is gone
  begin();
}

async function begin() {
  pressed(true);
  status(words.starting);
  const mine = (ear = (listener() === "browser" ? browserEar : siteEar).open({
    onready: () => mine === ear && status(words.listening),
    onworking: () => mine === ear && (pressed(false), status(words.recognising)),
  }));
  let result;
  try {
    result = await mine.result;
  } catch (error) {
    result = { failed: error };
  }
  if (mine !== ear) return; // cancelled
  ear = null;
  pressed(false);
  if (result.failed) fail(result.failed);
  else if (!result.heard) say(config.prompts.not_heard);
  else {
    heard(result.heard);
    if (result.sure) ask(result.heard, { aloud: true });
    else say(config.prompts.not_sure);
  }
}

function fail(error) {
  if (error.name === "insecure") return status(words.insecure);
  if (["network", "service-not-allowed", "language-not-supported"].includes(error.name)) {
    remember("listener", "site"); // the browser's cannot be reached; ours may
  }
  say(config.prompts[WHY[error.name]] ?? config.prompts.cannot_listen);
}

// Whether there was anything to cancel. What was said so far is dropped.
export function cancel() {
  const was = ear;
  ear = null;
  was?.cancel();
  pressed(false);
  return Boolean(was);
}

$("speak").hidden = false;

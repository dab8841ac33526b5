// Plays the answer in hand: whole, from a sentence, slower, faster, with whichever voice is chosen.
import { $, config, words } from "./dom.js";
import { status, voiceFailed } from "./announce.js";
import { mark } from "./answer.js";
import { available, BrowserVoice } from "./browser_voice.js";
import { remember, remembered } from "./kept.js";
import { SiteVoice } from "./site_voice.js";

const tell = {
  sentence: (index) => {
    if (saying !== sentences) return;
    at = index;
    mark(sentences[index]);
  },
  done: () => { become("idle"); at = 0; mark(); },
  failed: () => { become("idle"); mark(); voiceFailed(); },
};
const site = new SiteVoice(tell);
const browser = available ? new BrowserVoice(tell) : null;
let voice = site;
let state = "idle"; // idle, playing, paused
let address = null;
let sentences = [];
let at = 0;
let saying = sentences;

export const rate = () =>
  config.rates.includes(remembered("rate")) ? remembered("rate") : config.rate;
export const loaded = () => Boolean(address);

function become(next) {
  state = next;
  $("play").classList.toggle("playing", state === "playing");
  $("play").lastElementChild.textContent = state === "playing" ? words.pause : words.play;
}

// A new answer, not yet spoken. Only an answer has an address.
export function load(audio, spoken) {
  halt();
  [address, sentences, at] = [audio, spoken, 0];
  for (const id of ["play", "back"]) $(id).hidden = !address;
}

function speak(audio, spoken, from) {
  halt();
  voice = browser && remembered("voice") === "browser" ? browser : site;
  saying = spoken;
  voice.play(audio, rate(), from, spoken);
}

export function play(from = 0) {
  if (!address) return;
  at = Math.max(0, Math.min(from, sentences.length - 1));
  speak(address, sentences, at);
  become("playing");
}

export function playOrPause() {
  if (state === "playing") {
    voice.pause();
    become("paused");
  } else if (state === "paused") {
    become("playing");
    voice.resume(at);
  } else {
    play(at);
  }
}

export const back = () => play(at - 1);

// One step: -1 slower, 1 faster; goes on from the sentence being said.
export function changeRate(step) {
  const faster = config.rates.find((r) => r > rate()) ?? rate();
  const slower = config.rates.findLast((r) => r < rate()) ?? rate();
  remember("rate", step > 0 ? faster : slower);
  status(words.rate.replace("{0}", rate()));
  if (state === "playing") play(at);
  else halt(); // paused: Play goes on from this sentence
}

export const follow = (spoken) => remember("rate", spoken);

// Words that are no answer: why listening failed, say. The answer in hand stays in hand.
export function say(prompt) {
  status(prompt.text, { voiced: true });
  speak(prompt.audio, [{ text: prompt.text }], 0);
}

function halt() {
  site.pause();
  browser?.pause();
  mark();
  become("idle");
}

// Whether there was something to stop.
export function stop() {
  const spoke = state !== "idle" || site.speaking || Boolean(browser?.speaking);
  halt();
  at = 0;
  return spoke;
}

// Joins the page's parts: forms ask without a reload, buttons act, Escape stops.
import { $, words } from "./dom.js";
import { status } from "./announce.js";
import { ask } from "./ask.js";
import * as browserEar from "./browser_ear.js";
import { available as browserVoice } from "./browser_voice.js";
import { remember, remembered } from "./kept.js";
import { cancel, choose, heard, toggle } from "./listen.js";
import * as player from "./player.js";

const acts = {
  play: player.playOrPause,
  back: player.back,
  repeat: () => player.play(),
  slower: () => player.changeRate(-1),
  faster: () => player.changeRate(1),
  stop: () => { halt(); status(words.stopped); },
};

function halt() {
  const listened = cancel();
  return player.stop() || listened;
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter?.name === "text" ? event.submitter : null;
  const act = acts[button?.dataset.do];
  if (act && player.loaded()) return act();
  cancel();
  if (button && "go" in button.dataset) $("text").value = button.value;
  heard("");
  ask(button?.value ?? $("text").value, { go: Boolean(button && "go" in button.dataset) });
});
for (const name of ["play", "back"]) $(name).addEventListener("click", acts[name]);
$("speak").addEventListener("click", toggle);
$("choose").addEventListener("click", ({ target }) => target.value && choose(target.value));
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && halt()) status(words.stopped);
});

$("aloud").checked = remembered("aloud", false);
$("aloud").addEventListener("change", ({ target }) => remember("aloud", target.checked));
for (const [name, there] of [["voice", browserVoice], ["listener", browserEar.available]]) {
  $(name).hidden = !there;
  const radios = [...$(name).querySelectorAll("input")];
  for (const radio of radios) {
    radio.checked = radio.value === remembered(name, name === "voice" ? "site" : "");
    radio.addEventListener("change", () => remember(name, radio.value));
  }
}
$("choices").hidden = !browserVoice && !browserEar.available;
for (const id of ["aloud-choice", "keys"]) $(id).hidden = false;
$("ask").after($("answer-block")); // an answer that comes later must not push the question down

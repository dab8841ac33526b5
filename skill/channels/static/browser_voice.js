// The browser's own voice, for those who choose it: sentence by sentence, since not every browser
// can pause or tell where it is.
import { rates } from "./address.js";
import { sayAs } from "./answer.js";

export const available = "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;
const NORMAL = 175; // words a minute of a browser's voice at rate 1, more or less

export class BrowserVoice {
  constructor(tell) {
    this.tell = tell;
  }

  play(address, rate, from, sentences) {
    this.now = { address, rate, sentences };
    this.#say(from);
  }

  pause() {
    this.turn = {};
    speechSynthesis.cancel();
  }

  get speaking() {
    return speechSynthesis.speaking;
  }

  resume(at) {
    this.#say(at);
  }

  #say(index) {
    const turn = (this.turn = {});
    const { address, rate, sentences } = this.now;
    speechSynthesis.cancel();
    if (index >= sentences.length) return this.tell.done();
    const part = sentences.slice(0, index + 1).filter((s, i, all) => s.id !== all[i - 1]?.id);
    const said = new SpeechSynthesisUtterance(sayAs(sentences[index].text));
    said.lang = document.documentElement.lang;
    said.rate = rates(address, rate)[part.length - 1] / NORMAL;
    said.onend = () => turn === this.turn && this.#say(index + 1);
    said.onerror = () => turn === this.turn && this.tell.failed();
    this.tell.sentence(index);
    speechSynthesis.speak(said);
  }
}

// The server's voice: one audio file, and beside it the second at which each sentence begins.
import { at, formats } from "./address.js";

export class SiteVoice {
  constructor(tell) {
    this.tell = tell; // sentence(index), done(), failed()
    this.audio = new Audio();
    this.audio.preload = "auto";
    this.audio.addEventListener("ended", () => this.tell.done());
    this.audio.addEventListener("error", () => this.#fail());
    this.audio.addEventListener("playing", () => this.#follow());
    this.formats = [...formats];
  }

  // From the start the sound does not wait for the times.
  async play(address, rate, from) {
    const run = (this.run = {});
    this.now = { address, rate, from };
    this.starts = [];
    const timed = this.#times(this.now);
    if (from) {
      await timed;
      if (run !== this.run) return;
    }
    const begin = this.starts[from] ?? 0;
    this.audio.src = at(address, rate, this.formats[0]) + (begin ? `#t=${begin}` : "");
    this.#start();
  }

  pause() {
    this.run = {};
    this.audio.pause();
  }

  resume() {
    this.#start();
  }

  get speaking() {
    return !this.audio.paused;
  }

  async #times(now) {
    try {
      const answer = await fetch(at(now.address, now.rate, "json"));
      const parts = answer.ok ? await answer.json() : [];
      if (now === this.now) {
        this.starts = parts.flatMap((part) => part.sentences.map((sentence) => sentence.start));
      }
    } catch { /* the sound goes on without captions */ }
  }

  async #start() {
    const run = (this.run = {});
    try {
      await this.audio.play();
    } catch (error) {
      if (run === this.run && error.name !== "AbortError") this.#fail();
    }
  }

  // One format may be what this browser only says it takes: the next is tried before giving up.
  #fail() {
    if (!this.audio.getAttribute("src")) return;
    this.audio.removeAttribute("src");
    if (this.formats.length > 1) {
      this.formats.shift();
      this.play(this.now.address, this.now.rate, this.now.from);
    } else {
      this.tell.failed();
    }
  }

  #follow() {
    const run = this.run;
    const step = () => {
      if (run !== this.run || this.audio.paused) return;
      const next = this.starts.findIndex((start) => start > this.audio.currentTime + 0.02);
      if (this.starts.length) this.tell.sentence((next < 0 ? this.starts.length : next) - 1);
      requestAnimationFrame(step);
    };
    step();
  }
}

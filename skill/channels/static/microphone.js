// An AudioWorklet that hands on what the microphone hears, and makes no sound.
registerProcessor("microphone", class extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
});

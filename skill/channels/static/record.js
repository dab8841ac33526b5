// Records the microphone and makes WAV files of it: 16 kHz, mono, 16 bit, each short enough for the
// server. A long speech is cut where it is quietest; silence is left out.
const RATE = 16000;
const LONGEST = 14 * RATE;
const SILENT = 0.004; // of full scale; a quiet room is below

// What makes a call pleasant takes from a recogniser what it goes by.
const PLAIN = {
  channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false,
};

export async function record() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw Object.assign(new Error(), { name: "insecure" });
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: PLAIN });
  const context = new AudioContext();
  const pieces = [];
  try {
    await context.audioWorklet.addModule(new URL("./microphone.js", import.meta.url));
    const microphone = new AudioWorkletNode(context, "microphone");
    microphone.port.onmessage = ({ data }) => pieces.push(data);
    context.createMediaStreamSource(stream).connect(microphone).connect(context.destination);
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }

  function close() {
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== "closed") context.close();
  }

  return {
    async stop() {
      close();
      return cut(await resampled(pieces, context.sampleRate)).map(wav);
    },
  };
}

async function resampled(pieces, from) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (!length) return new Float32Array();
  const offline = new OfflineAudioContext(1, Math.ceil((length * RATE) / from), RATE);
  const buffer = offline.createBuffer(1, length, from);
  let at = 0;
  for (const piece of pieces) {
    buffer.copyToChannel(piece, 0, at);
    at += piece.length;
  }
  const source = offline.createBufferSource();
  source.buffer = buffer;
  source.connect(offline.destination);
  source.start();
  return (await offline.startRendering()).getChannelData(0);
}

const loudness = (samples) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

function cut(samples) {
  const parts = [];
  for (let at = 0; at < samples.length; ) {
    const end = samples.length - at <= LONGEST ? samples.length : quietest(samples, at);
    const part = trimmed(samples.subarray(at, end));
    if (part.length) parts.push(part);
    at = end;
  }
  return parts;
}

// Without the silence at both ends, but for a moment of it; nothing where all is silence.
function trimmed(samples) {
  const step = RATE / 10;
  const quiet = Math.max(SILENT, loudness(samples) / 20);
  const loud = [];
  for (let i = 0; i < samples.length; i += step) {
    if (loudness(samples.subarray(i, i + step)) > quiet) loud.push(i);
  }
  return loud.length ? samples.subarray(Math.max(0, loud[0] - 4 * step), loud.at(-1) + 5 * step) : loud;
}

// Where to cut, in the second half of what would fit.
function quietest(samples, at) {
  const step = RATE / 10;
  let best = at + LONGEST;
  let least = Infinity;
  for (let i = at + LONGEST / 2; i + step <= at + LONGEST; i += step) {
    const loud = loudness(samples.subarray(i, i + step));
    if (loud < least) [least, best] = [loud, i + step / 2];
  }
  return best;
}

function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    view.setInt16(44 + 2 * i, Math.max(-1, Math.min(1, sample)) * 32767, true);
  });
  return new Blob([view], { type: "audio/wav" });
}

// Audio addresses, /api/speech/<locale>/<rate>/<passages>.<format>: they name what is said.
import { config } from "./dom.js";

const PARTS = /^(.*\/)(\d+)(\/)([^/]*)\.\w+$/;

const types = { mp3: "audio/mpeg", wav: "audio/wav" };
const taken = config.formats.filter((kind) => new Audio().canPlayType(types[kind]));
export const formats = taken.length ? taken : ["wav"];

export const at = (address, rate, kind) => address.replace(PARTS, `$1${rate}$3$4.${kind}`);

// The rates at which its passages are said: some keep their own.
export const rates = (address, rate) =>
  decodeURIComponent(address.match(PARTS)[4])
    .split("+")
    .map((passage) => Number(passage.split("@")[1] ?? rate));

// What this device remembers of how its user likes to listen. Never a word that was said.
const KEY = "spasm-guide";
let kept = {};
try {
  kept = JSON.parse(localStorage.getItem(KEY)) ?? {};
} catch { /* storage is off or spoilt: nothing is remembered */ }

export const remembered = (name, otherwise) => kept[name] ?? otherwise;

export function remember(name, value) {
  kept[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch { /* it lasts as long as the page */ }
}

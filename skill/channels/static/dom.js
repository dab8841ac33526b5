// The page's elements, and what the server told its scripts.
export const $ = (id) => document.getElementById(id);
export const config = JSON.parse($("config").textContent);
export const words = config.words;

// Do something to the page without moving, on the screen, what the user is at.
export function keepStill(change) {
  const at = document.activeElement;
  const before = at.getBoundingClientRect().top;
  change();
  if (at !== document.body) scrollBy(0, at.getBoundingClientRect().top - before);
}

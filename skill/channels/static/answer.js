// Shows an answer, sentence by sentence, and hands the sentences to whoever speaks them.
import { $, config, keepStill, words } from "./dom.js";
import { guidance } from "./announce.js";

const SENTENCE = /[^.?!]+[.?!]*/g; // as the server splits them

// Each part as a paragraph; adds its sentences to `spoken`, in the order they are said.
function paragraph(part, spoken) {
  const p = document.createElement("p");
  for (const text of part.text.match(SENTENCE) ?? [part.text]) {
    const span = document.createElement("span");
    span.textContent = text.trim();
    p.append(span, " ");
    spoken.push({ span, text: text.trim(), id: part.id });
  }
  return p;
}

function important() {
  const prefix = document.createElement("span");
  prefix.className = "unseen";
  prefix.textContent = `${words.important} `;
  return prefix;
}

export function show(body, { voiced }) {
  const parts = body.parts ?? [{ id: body.emergency ? "emergency." : "", text: body.speech ?? body.error }];
  const spoken = [];
  const urgent = [];
  const rest = [];
  for (const part of parts) {
    const first = body.emergency && !rest.length && part.id.startsWith("emergency.");
    (first ? urgent : rest).push(paragraph(part, spoken));
  }
  const box = document.createElement("div");
  box.className = "urgent";
  box.append(...urgent);
  urgent[0]?.prepend(important());
  keepStill(() => {
    guidance(urgent.length ? [box] : [], { voiced });
    $("call").hidden = !urgent.length;
    $("answer").textContent = body.source ? `${words.answer}: ${body.title}` : words.answer;
    $("words").replaceChildren(...rest);
    $("facts").textContent = body.source ? `${words.source} ${body.source}` : body.audio ? "" : words.no_audio;
    $("native")?.remove();
    $("answer-section").hidden = !rest.length;
    $("controls").hidden = false;
    $("to-answer").hidden = false;
    $("to-answer").firstElementChild.setAttribute("href", rest.length ? "#answer" : "#guidance");
  });
  return spoken;
}

// The caption: of all sentences the one that is being said.
let marked;
export function mark(sentence) {
  if (marked === sentence) return;
  marked?.span.classList.remove("now");
  sentence?.span.classList.add("now");
  marked = sentence;
}

// How a voice that is not ours must say what is written: "911" as "nine one one".
const written = new RegExp(`\\b(?:${Object.keys(config.say_as).join("|")})\\b`, "g");
export const sayAs = (text) => text.replace(written, (word) => config.say_as[word]);

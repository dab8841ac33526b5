// The browser's own speech recognition, where it has one and the user chose it.
const Recognition = window.SpeechRecognition ?? window.webkitSpeechRecognition;
export const available = Boolean(Recognition);

export function open({ onready, onworking }) {
  const recognition = new Recognition();
  recognition.lang = document.documentElement.lang;
  recognition.continuous = true; // until the user is done
  let text = "";
  const result = new Promise((resolve, reject) => {
    recognition.onstart = onready;
    recognition.onresult = (event) => {
      const finals = [...event.results].filter((r) => r.isFinal);
      text = finals.map((r) => r[0].transcript.trim()).join(" ");
    };
    recognition.onerror = (event) => {
      if (!text) reject(Object.assign(new Error(), { name: event.error }));
    };
    recognition.onend = () => resolve({ heard: text, sure: true });
  });
  recognition.start();
  return {
    result,
    finish: () => { onworking(); recognition.stop(); },
    cancel: () => recognition.abort(),
  };
}

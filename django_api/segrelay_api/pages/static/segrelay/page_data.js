// What Django handed over with the page: texts in the reader's language, addresses, requests.

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const texts = read("texts");
export const addresses = read("addresses");
export const requests = read("requests");

/** Puts values in place of the names in braces. */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// Names of models and series are foreign text: it goes into text nodes only, never into HTML.

function make(tag, name, ...contents) {
  const element = document.createElement(tag);
  element.className = "segrelay-" + name;
  element.append(...contents);
  return element;
}

// "data-role" keeps jQuery Mobile from putting a button of its own over it.
function makeButton(name, text, whenPressed) {
  const button = make("button", name, text);
  button.type = "button";
  button.dataset.role = "none";
  button.addEventListener("click", whenPressed);
  return button;
}

// "data-ajax" leaves it to the browser: jQuery Mobile does not go from one series to another.
function makeLink(text, address) {
  const link = make("a", "link", text);
  link.href = address;
  link.dataset.ajax = "false";
  return link;
}

function makeParagraph(text) {
  return make("p", "sentence", text);
}

function makeList(lines) {
  return make("ul", "list", ...lines.map((line) => make("li", "line", line)));
}

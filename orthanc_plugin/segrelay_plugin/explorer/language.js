// SPDX-License-Identifier: AGPL-3.0-or-later
// The first of the browser's languages that there are texts in, as the plugin's routes choose too.

const language = navigator.languages.map((tag) => tag.slice(0, 2)).find((two) => two in TEXTS) || "en";
const texts = TEXTS[language];

const style = document.createElement("style");
style.textContent = STYLE;
document.head.append(style);

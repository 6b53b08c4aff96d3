// SPDX-License-Identifier: AGPL-3.0-or-later
// The first of the browser's languages that there are texts in, as the plugin's routes choose too.

const languages = navigator.languages.map((tag) => tag.split("-")[0]);
const texts = TEXTS[languages.find((language) => language in TEXTS) || "en"];

const style = document.createElement("style");
style.textContent = STYLE;
document.head.append(style);

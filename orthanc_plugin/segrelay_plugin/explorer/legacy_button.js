// SPDX-License-Identifier: AGPL-3.0-or-later
// Puts the panel on the series and study pages of Orthanc Explorer (jQuery Mobile, the same in
// Orthanc 1.10 and 1.12), above the actions that it offers itself.

const PAGES = { series: "series", study: "studies" };
let panel = null;
let shownAddress = "";

function openPanel(page) {
  const id = $.mobile.pageData && $.mobile.pageData.uuid;
  const address = page + "/" + id;
  if (!id || (panel && shownAddress === address)) return;
  closePanel();
  const actions = document.getElementById(page + "-delete").closest("ul");
  panel = new Panel({ kind: PAGES[page], id, linkTo });
  shownAddress = address;
  actions.before(panel.element);
  panel.open();
}

function closePanel() {
  if (panel) panel.close();
  panel = null;
}

// Inside Orthanc Explorer; "page" is "series" or "study".
function linkTo(page, id) {
  return "#" + page + "?uuid=" + encodeURIComponent(id);
}

for (const page of Object.keys(PAGES)) {
  $("#" + page).live("pagebeforeshow", () => openPanel(page));
  $("#" + page).live("pagehide", closePanel);
}

// From one series to another the page stays, and only the address changes.
window.addEventListener("hashchange", () => {
  setTimeout(() => {
    const page = $.mobile.pageData && $.mobile.pageData.active;
    if (panel && page in PAGES) openPanel(page);
  }, 0);
});

// SPDX-License-Identifier: AGPL-3.0-or-later
// A page of panels, for archives whose own pages take no script (Orthanc Explorer 2): the address
// names what they are about, as ?series=…, ?study=… or ?studies=…,…
// Who comes here may have pressed a moment ago, on another page: the archive may not know it yet.

const KINDS = { series: "series", study: "studies", studies: "studies" };
const PAGES = { series: "series", studies: "study" };
const ORTHANC_ID = /^[0-9a-f-]+$/;

function linkTo(page, id) {
  return "../app/explorer.html#" + page + "?uuid=" + encodeURIComponent(id);
}

function chosen() {
  return [...new URLSearchParams(location.search)]
    .filter(([name]) => name in KINDS)
    .flatMap(([name, ids]) => ids.split(",").map((id) => ({ kind: KINDS[name], id })))
    .filter(({ id }) => ORTHANC_ID.test(id));
}

// Whose it is, by the archive's own words; where it has none, the number has to do.
async function describe(heading, kind, id) {
  try {
    const answer = await fetch("../" + kind + "/" + id, { cache: "no-store" });
    const { MainDicomTags: tags, PatientMainDicomTags: patient = {} } = await answer.json();
    const name = (patient.PatientName || "").replaceAll("^", " ").trim();
    const date = (tags.StudyDate || "").replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
    const known = [name, date, tags.StudyDescription || tags.SeriesDescription];
    const text = known.filter(Boolean).join(" · ");
    if (text) heading.append(": " + text);
  } catch (error) {
    return; // the panel below says what is wrong
  }
}

// One after another: the archive refuses more than a few questions at a time.
async function openAll(wanted, main) {
  for (const [place, { kind, id }] of wanted.entries()) {
    const heading = document.createElement("h2");
    const text = texts.headings[kind].replace("{number}", wanted.length > 1 ? place + 1 : "");
    heading.append(makeLink(text.trim(), linkTo(PAGES[kind], id)));
    const panel = new Panel({ kind, id, linkTo, mayBePressedElsewhere: true });
    main.append(heading, panel.element);
    await Promise.all([panel.open(), describe(heading, kind, id)]);
  }
}

document.title = texts.button;
document.documentElement.lang = texts.language;
const main = document.querySelector("main");
const heading = document.createElement("h1");
heading.append(texts.button);
main.append(heading);
const wanted = chosen();
if (wanted.length) openAll(wanted, main);
else main.append(makeParagraph(texts.nothing_chosen));

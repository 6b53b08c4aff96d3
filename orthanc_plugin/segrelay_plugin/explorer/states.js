// SPDX-License-Identifier: AGPL-3.0-or-later
// How far the requests are, with links to what came out.

const ACTIVE = ["pending", "processing"];

// Of one series as it is; of a study once each, though every input series carries its state.
function requestsOf(answer) {
  const found = new Map();
  for (const series of answer.series || [answer]) {
    for (const state of series.states || []) {
      const results = (series.results || []).filter((one) => one.request_id === state.request_id);
      const known = found.get(state.request_id);
      if (!known) found.set(state.request_id, { ...state, series_id: series.series_id, results });
      else known.results = withoutRepeats([...known.results, ...results]);
    }
  }
  return [...found.values()];
}

function withoutRepeats(results) {
  return [...new Map(results.map((result) => [result.series_id, result])).values()];
}

function isActive(request) {
  return ACTIVE.includes(request.status);
}

function describeRequest(request, { linkTo, again }) {
  const item = make("li", "state", make("strong", "name", request.model || texts.any_model), ": ");
  item.dataset.status = request.status;
  item.append(make("span", "text", request.text || request.status));
  if (request.error) item.append(makeParagraph(request.error));
  if (request.outdated) item.append(makeParagraph(texts.outdated));
  for (const result of request.results) item.append(describeResult(result, linkTo));
  if (request.status === "completed") {
    const button = makeButton("again", texts.again, () => again(request));
    button.title = texts.again_title;
    item.append(button);
  }
  return item;
}

function describeResult(result, linkTo) {
  const name = texts.kinds[result.kind] || result.kind;
  const line = make("p", "result", makeLink(name, linkTo("series", result.series_id)));
  line.dataset.kind = result.kind;
  if (result.superseded_by) {
    line.append(" – " + texts.superseded + " ");
    line.append(makeLink(texts.newer, linkTo("series", result.superseded_by)));
  }
  return line;
}

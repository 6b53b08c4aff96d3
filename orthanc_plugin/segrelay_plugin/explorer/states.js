// SPDX-License-Identifier: AGPL-3.0-or-later
// How far the requests are, with links to what came out.

const ACTIVE = ["pending", "processing"];

// Of one series as it is; of a study once each, though every input series carries its state.
// `earlier`: results of requests whose place a newer one of the same model took.
function reportOf(answer) {
  const requests = new Map();
  const results = new Map();
  for (const series of answer.series || [answer]) {
    for (const state of series.states || []) {
      if (requests.has(state.request_id)) continue;
      requests.set(state.request_id, { ...state, series_id: series.series_id });
    }
    for (const result of series.results || []) results.set(result.series_id, result);
  }
  const all = [...results.values()];
  return {
    requests: [...requests.values()].map((request) => ({
      ...request,
      results: all.filter((result) => result.request_id === request.request_id),
    })),
    earlier: all.filter((result) => !requests.has(result.request_id)),
  };
}

function isActive(request) {
  return ACTIVE.includes(request.status);
}

function describeRequest(request, { linkTo, again }) {
  const item = make("li", "state", make("strong", "name", request.model || texts.any_model), ": ");
  item.dataset.status = request.status;
  item.dataset.outdated = request.outdated;
  item.append(make("span", "text", request.text || request.status));
  if (request.error) item.append(makeParagraph(request.error));
  for (const result of request.results) item.append(describeResult(result, linkTo));
  if (request.status === "completed") {
    const button = makeButton("again", texts.again, () => again(request));
    button.title = texts.again_title;
    item.append(make("div", "actions", button));
  }
  return item;
}

function describeEarlier(results, linkTo) {
  const lines = results.map((result) => describeResult(result, linkTo));
  return make("li", "earlier", make("span", "word", texts.earlier), ...lines);
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

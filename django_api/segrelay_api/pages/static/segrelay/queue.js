// The calls to the queue's API.

import { addresses, fill } from "./page_data.js";

/** The queue answered, but with an error: its sentence and, where there are some, its reasons. */
export class Refusal extends Error {
  constructor(httpStatus, answer) {
    super(answer.error);
    this.isPassing = httpStatus >= 500;
    this.reasons = (answer.reasons ?? []).map((reason) => reason.error);
  }
}

/** Asks for a segmentation; the answer says whether it is a new request. */
export async function press(seriesId, body = {}) {
  const address = fill(addresses.segment, { series_id: encodeURIComponent(seriesId) });
  const headers = { "Content-Type": "application/json" };
  return call(address, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The same work of the same series in a run of its own, although its result is there. */
export async function pressAgain({ series_id, model, threshold, worker_label, inputs }) {
  const sequence_series_ids = byRole(inputs);
  return press(series_id, { model, threshold, worker_label, sequence_series_ids, force: true });
}

// A model of one series names none, and there is nothing to choose.
function byRole(inputs) {
  const named = inputs.filter(({ role }) => role);
  return Object.fromEntries(named.map(({ role, series_id }) => [role, series_id]));
}

/** Cancels a request, or tries a failed one again; gives it as it is then. */
export async function change(action, requestId) {
  const address = fill(addresses[action], { request_id: requestId });
  const answer = await call(address, { method: "POST" });
  return answer.request;
}

/** One request as it is now. */
export async function readRequest(requestId) {
  const answer = await call(fill(addresses.request, { request_id: requestId }));
  return answer.request;
}

async function call(address, options) {
  const response = await fetch(address, options);
  const answer = await response.json();
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}

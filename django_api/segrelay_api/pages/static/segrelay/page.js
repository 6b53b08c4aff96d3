// Does what the buttons say and follows each request until it ends.

import { isConfirmed } from "./confirmation.js";
import { Follower } from "./follower.js";
import { requests, texts } from "./page_data.js";
import { Refusal, change, press, pressAgain, readRequest } from "./queue.js";
import { Row, isActive } from "./row.js";

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15000;

for (const element of document.querySelectorAll(".series")) {
  const row = new Row(element);
  row.button.addEventListener("click", () => analyse(row));
  row.onAction((action) => act(row, action));
  const request = requests[row.seriesId];
  if (request) row.showRequest(request);
  if (request && isActive(request)) follow(row, request.request_id);
}

async function analyse(row) {
  if (row.isBusy) return;
  row.showSending();
  try {
    const { request_id, status, deduplicated } = await press(row.seriesId);
    const isOld = deduplicated && status === "completed";
    follow(row, request_id, isOld ? texts.deduplicated : "");
  } catch (error) {
    const message = error instanceof Refusal ? error.message : texts.unreachable;
    row.showRefusal(texts.not_started, message, error.reasons);
  }
}

async function act(row, action) {
  const { request } = row;
  if (isAsked(action, request) && !(await isConfirmed(texts.questions[action]))) return;
  row.showActing();
  try {
    if (action === "again") {
      follow(row, (await pressAgain(request)).request_id);
      return;
    }
    row.showRequest(await change(action, request.request_id));
    if (action === "retry") follow(row, request.request_id);
  } catch (error) {
    row.showRefusedAction(error instanceof Refusal ? error.message : texts.unreachable);
  }
}

// What only waits has lost nothing yet.
function isAsked(action, request) {
  return action === "again" || (action === "cancel" && request.status === "processing");
}

async function follow(row, requestId, note) {
  const follower = new Follower(requestId);
  row.followed = requestId;
  try {
    await showUntilItEnds(row, requestId, note, follower);
  } finally {
    follower.stop();
  }
}

async function showUntilItEnds(row, requestId, note, follower) {
  for (let retryMs = FIRST_RETRY_MS; ; ) {
    const request = await readRequest(requestId).catch((error) => error);
    if (row.followed !== requestId) return; // somebody pressed anew in the meantime
    if (request instanceof Refusal && !request.isPassing) {
      row.showRefusal(texts.not_followed, request.message);
      return;
    }
    if (request instanceof Error) {
      row.showConnectionLost();
      await follower.next(retryMs);
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
      continue;
    }
    row.showRequest(request, note);
    if (!isActive(request)) return;
    await follower.next();
    retryMs = FIRST_RETRY_MS;
  }
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// The calls to the plugin's own routes. The address is relative: Orthanc may lie below a path.

const ROUTES = "../segrelay/";
const LONGEST_CALL_MS = 30000;

// An answer that is an error: its sentence and, where there are some, its reasons.
class Refusal extends Error {
  constructor(sentence, reasons = []) {
    super(sentence);
    this.reasons = reasons.map((reason) => reason.error || String(reason));
  }
}

async function call(path, options = {}) {
  let response;
  try {
    const signal = AbortSignal.timeout(LONGEST_CALL_MS);
    response = await fetch(ROUTES + path, { cache: "no-store", signal, ...options });
  } catch (error) {
    throw new Refusal(texts.archive_silent);
  }
  const answer = await response.json().catch(() => null);
  if (answer && answer.success === true) return answer;
  throw new Refusal(
    (answer && answer.error) || texts.foreign_answer.replace("{status}", response.status),
    (answer && answer.reasons) || [],
  );
}

// Each press has a key of its own, so that a press which is sent twice counts once.
function segment(path, wish) {
  return call(path + "/segment", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": newKey() },
    body: JSON.stringify(wish),
  });
}

// crypto.randomUUID exists only under https, which not every hospital has inside.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

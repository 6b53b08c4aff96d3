// Shows in one row of the page how its request is.

import { addresses, fill, texts } from "./page_data.js";

const language = document.documentElement.lang;
const oneDecimal = new Intl.NumberFormat(language, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const twoDigits = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });

/** Whether a worker has it or will have it. */
export function isActive(request) {
  return request.status === "pending" || request.status === "processing";
}

const STATES_OF_ACTIONS = {
  cancel: ["pending", "processing"],
  retry: ["failed"],
  again: ["completed"],
};

/** One series of the page; `request` is the one it shows. */
export class Row {
  request = null;

  constructor(element) {
    this.element = element;
    this.button = element.querySelector(".press");
    this.actions = [...element.querySelectorAll("[data-action]")];
    element.querySelector(".picture img").addEventListener("error", () => this.#withoutPicture());
  }

  get seriesId() {
    return this.element.dataset.seriesId;
  }

  get isBusy() {
    return this.button.getAttribute("aria-disabled") === "true";
  }

  /** Calls back with the name of each action that is pressed. */
  onAction(callback) {
    for (const button of this.actions) {
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") callback(button.dataset.action);
      });
    }
  }

  /** An action is on its way. */
  showActing() {
    this.#write(".refused", "");
    for (const button of this.actions) button.setAttribute("aria-disabled", "true");
  }

  /** The queue did not do it; the request is as it was. */
  showRefusedAction(message) {
    this.#write(".refused", message);
    this.#offer(this.request.status);
  }

  /** The press is on its way. */
  showSending() {
    this.#clear("sending", texts.sending);
    this.#setBusy(true);
  }

  /** A request, new or old. */
  showRequest(request, note = "") {
    if (request.status !== this.request?.status) this.#write(".refused", "");
    this.request = request;
    this.#clear(request.status, headline(request), detail(request) || note);
    this.#setBusy(isActive(request) && !request.outdated);
    this.#write(".outdated", request.outdated ? texts.outdated : "");
    this.#offer(request.status);
    if (request.status === "processing") this.#showProgress(request.progress);
    // A worker of the old protocol reports no segments; then the headline says all there is.
    if (request.result) this.#showResult(request);
  }

  /** The queue said no, or nothing at all. */
  showRefusal(headlineText, message, reasons = []) {
    this.#clear("failed", headlineText, message);
    this.#list(".problems", reasons);
    this.#setBusy(false);
  }

  /** The queue did not answer; what is shown of the request may be old. */
  showConnectionLost() {
    this.#write(".detail", texts.no_connection);
  }

  #clear(state, headlineText, detailText = "") {
    this.element.dataset.state = state;
    this.#write(".headline", headlineText);
    this.#write(".detail", detailText);
    this.#write(".outdated", "");
    this.#list(".problems", []);
    this.#find("progress").hidden = true;
    this.#find(".result").hidden = true;
    this.#offer("");
  }

  #offer(status) {
    for (const button of this.actions) {
      button.hidden = !STATES_OF_ACTIONS[button.dataset.action].includes(status);
      button.setAttribute("aria-disabled", "false");
    }
  }

  // Not `disabled`: that would take the keyboard's focus away from who just pressed.
  #setBusy(isBusy) {
    this.button.setAttribute("aria-disabled", String(isBusy));
  }

  #showProgress(progress) {
    const bar = this.#find("progress");
    bar.hidden = false;
    if (progress > 0) bar.value = progress;
    else bar.removeAttribute("value");
  }

  #showResult(request) {
    const { segments, model, seconds, warnings } = request.result;
    const total = Object.values(seconds).reduce((sum, stage) => sum + stage, 0);
    this.#find("tbody").replaceChildren(...segments.map(segmentLine));
    this.#write(".model", `${model.name} ${model.version}`);
    this.#write(".seconds", fill(texts.seconds, { seconds: oneDecimal.format(total) }));
    this.#list(".warnings", warnings.map((warning) => warning.sentence));
    this.#showPicture(request);
    this.#find(".result").hidden = false;
  }

  #showPicture({ request_id, result }) {
    const link = this.#find(".picture");
    link.hidden = !result.objects.some((stored) => stored.kind === "SC");
    if (link.hidden) return;
    const image = link.querySelector("img");
    const labels = result.segments.map((segment) => segment.label).join(", ");
    link.href = fill(addresses.picture, { request_id });
    image.alt = fill(texts.picture, { segments: labels });
    image.src = link.href;
  }

  #withoutPicture() {
    this.#find(".picture").hidden = true;
    this.#write(".detail", texts.picture_missing);
  }

  #list(selector, sentences) {
    const list = this.#find(selector);
    list.hidden = sentences.length === 0;
    list.replaceChildren(...sentences.map((sentence) => textElement("li", sentence)));
  }

  // Only what changed, or a screen reader says the same again every second.
  #write(selector, text) {
    const element = this.#find(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  #find(selector) {
    return this.element.querySelector(`.state ${selector}`);
  }
}

function headline(request) {
  if (request.status !== "processing") return texts[request.status];
  return texts.stages[request.stage] ?? texts.starting;
}

function detail(request) {
  if (request.status === "pending") return waiting(request);
  if (request.status === "completed") return texts.outcomes[request.outcome];
  return request.problem?.error ?? "";
}

function waiting({ position, model, worker_label, eta_seconds, waiting_for: reason }) {
  const place = fill(texts.position, { position });
  const why = texts.waiting_for[reason?.reason] ?? "";
  const values = { model, label: worker_label, requests_ahead: reason?.requests_ahead };
  return `${place} ${fill(why, values)} ${expected(eta_seconds)}`.trim();
}

function expected(seconds) {
  if (seconds === null || seconds === undefined) return "";
  return fill(texts.expected, { minutes: Math.max(1, Math.ceil(seconds / 60)) });
}

function segmentLine(segment) {
  const line = document.createElement("tr");
  const label = textElement("th", segment.label);
  label.scope = "row";
  const volume = fill(texts.volume, { volume: volumeText(segment.volume_ml) });
  line.append(label, textElement("td", volume));
  return line;
}

// One decimal is what volumes are reported with; below that a small finding must not read as 0.
function volumeText(volumeMl) {
  return (volumeMl > 0 && volumeMl < 0.1 ? twoDigits : oneDecimal).format(volumeMl);
}

function textElement(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// "AI analysis" of one series or study, until it is closed.

const ASK_AGAIN_MS = 2000;
const MOST_ASKS_UNSEEN = 90; // the archive hears of a new request at once, or is cut off
const MOST_ASKS_PRESSED_ELSEWHERE = 15; // it is not known that there is a new request
const PRESSED_ELSEWHERE = Symbol("a request whose number is not known here");

class Panel {
  constructor({ kind, id, linkTo, mayBePressedElsewhere = false }) {
    this.path = kind + "/" + encodeURIComponent(id);
    this.linkTo = linkTo;
    this.unseen = new Map(); // new requests, by how often their state is still asked for
    if (mayBePressedElsewhere) this.unseen.set(PRESSED_ELSEWHERE, MOST_ASKS_PRESSED_ELSEWHERE);
    this.report = { requests: [], earlier: [] };
    this.shown = "";
    this.isBusy = false;
    this.isActive = false;
    this.hasRequested = false;
    this.isClosed = false;
    this.choice = new Choice({ mayTakeAll: kind === "studies" });
    this.button = makeButton("press", texts.button, () => this.press());
    this.button.setAttribute("aria-describedby", this.choice.why.id);
    this.news = make("div", "news");
    this.news.setAttribute("role", "status");
    this.states = make("ul", "states");
    this.states.setAttribute("aria-live", "polite");
    const parts = [this.choice.element, this.button, this.news, this.states];
    this.element = make("section", "panel", ...parts);
    this.element.setAttribute("aria-label", texts.button);
    this.whenSeen = () => document.visibilityState === "visible" && this.followStates();
    this.whenBack = () => document.visibilityState === "visible" && this.look();
  }

  // Returns when the models are known: the archive lets few such questions wait at a time.
  open() {
    document.addEventListener("visibilitychange", this.whenBack);
    return this.look();
  }

  close() {
    this.isClosed = true;
    document.removeEventListener("visibilitychange", this.whenBack);
    clearTimeout(this.timer);
    this.element.remove();
  }

  // What could not be pressed may have become pressable while the reader was away.
  async look() {
    this.followStates();
    if (this.choice.isKnown && !this.choice.isHopeless) return;
    await this.whileBusy(() => this.learnModels());
  }

  async learnModels() {
    this.choice.learn(await call(this.path + "/models"));
  }

  press() {
    return this.whileBusy(async () => {
      if (!this.choice.isKnown) {
        await this.learnModels();
        if (this.choice.models.length !== 1) return; // now there is something to choose, or to read
      }
      this.tell(await segment(this.path, this.choice.wish));
    });
  }

  // Asks for the request's series, not the study: that may have another one for the model by now.
  again({ model, series_id }) {
    const path = "series/" + encodeURIComponent(series_id);
    return this.whileBusy(async () => this.tell(await segment(path, { model, force: true })));
  }

  // One thing at a time: a second click while the first is asked does nothing.
  async whileBusy(work) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.hasRequested = false;
    this.news.replaceChildren();
    this.enable();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.news.replaceChildren(makeParagraph(error.message));
      if (error.reasons.length) this.news.append(makeList(error.reasons));
    } finally {
      this.isBusy = false;
      this.enable();
    }
  }

  enable() {
    this.button.disabled = this.isBusy || this.choice.isHopeless;
    this.element.setAttribute("aria-busy", String(this.isBusy));
    for (const button of this.states.querySelectorAll("button")) button.disabled = this.isBusy;
  }

  tell(answer) {
    const pressed = answer.requests || [answer];
    const isOld = pressed.every((one) => one.deduplicated && one.status === "completed");
    const isUnderWay = pressed.every((one) => one.deduplicated);
    const text = isOld ? texts.done_before : isUnderWay ? texts.under_way : texts.requested;
    this.hasRequested = !isOld; // says so until it has ended
    this.news.replaceChildren(makeParagraph(text));
    for (const one of pressed) this.unseen.set(one.request_id, MOST_ASKS_UNSEEN);
    this.followStates();
  }

  // One chain of questions; it ends where nothing is under way or nobody looks.
  async followStates() {
    clearTimeout(this.timer);
    const turn = (this.turn = {});
    let report = this.report;
    let problem = "";
    try {
      report = reportOf(await call(this.path));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problem = error.message;
    }
    if (turn !== this.turn || this.isClosed) return;
    this.report = report;
    this.showStates(problem);
    if (!problem) this.note(report.requests);
    if (this.isActive || this.unseen.size) this.timer = setTimeout(this.whenSeen, ASK_AGAIN_MS);
  }

  note(requests) {
    const wasWaiting = this.isActive || requests.some((one) => this.unseen.has(one.request_id));
    for (const { request_id } of requests) this.unseen.delete(request_id);
    for (const [request, asks] of this.unseen) {
      if (asks > 0) this.unseen.set(request, asks - 1);
      else this.unseen.delete(request);
    }
    this.isActive = requests.some(isActive);
    if (wasWaiting && !this.isActive && this.hasRequested) this.news.replaceChildren();
  }

  // Only what is new is drawn: else the reader's place and voice would be lost every two seconds.
  showStates(problem) {
    const { linkTo, report } = this;
    const now = JSON.stringify([report, problem]);
    if (now === this.shown) return;
    this.shown = now;
    const again = (request) => this.again(request);
    const items = report.requests.map((request) => describeRequest(request, { linkTo, again }));
    if (report.earlier.length) items.push(describeEarlier(report.earlier, linkTo));
    if (problem) items.push(make("li", "problem", problem));
    this.states.replaceChildren(...items);
    this.enable();
  }
}

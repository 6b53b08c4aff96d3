// Says when it is time to look at a request again: told by the queue's events, else after a pause.

import { addresses } from "./page_data.js";

const POLL_MS = 1000;
// Told of events, a page asks now and then all the same: a proxy may hold events back, and the
// progress within a stage is no event.
const SAFETY_MS = 15000;

const followers = new Set();
let events = null; // one stream for all, and only while something is followed

function open() {
  const source = new EventSource(addresses.events);
  source.onopen = () => tellAll(0); // what happened before was not told
  source.onmessage = ({ data }) => tellAll(POLL_MS, JSON.parse(data).request_id);
  source.onerror = () => tellAll(POLL_MS);
  return source;
}

function tellAll(withinMs, requestId) {
  for (const follower of followers) follower.hear(withinMs, requestId);
}

/** Follows one request until it is stopped. */
export class Follower {
  #requestId;
  #dueAt = Infinity;
  #timer;
  #resume = null;

  constructor(requestId) {
    this.#requestId = requestId;
    followers.add(this);
    events ??= open();
  }

  /** Until its request changed, or the pause is over; others change its place in the queue. */
  async next(pauseMs = events.readyState === EventSource.OPEN ? SAFETY_MS : POLL_MS) {
    await new Promise((resolve) => {
      this.#resume = resolve;
      this.#hurry(pauseMs);
    });
    this.#resume = null;
    this.#dueAt = Infinity;
  }

  /** Something happened, to the request named or to nobody knows which. */
  hear(withinMs, requestId) {
    this.#hurry(requestId === this.#requestId ? 0 : withinMs);
  }

  stop() {
    followers.delete(this);
    clearTimeout(this.#timer);
    if (followers.size > 0) return;
    events.close();
    events = null;
  }

  #hurry(withinMs) {
    this.#dueAt = Math.min(this.#dueAt, performance.now() + withinMs);
    clearTimeout(this.#timer);
    if (this.#resume) this.#timer = setTimeout(this.#resume, this.#dueAt - performance.now());
  }
}

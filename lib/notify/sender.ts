import type { Layout } from "../disk/layout.ts";

let start: (layout: Layout) => void = () => {};

/**
 * Makes `startSending()` call `begin` from now on. A program without a sender
 * leaves its messages to the next command.
 */
export function setSender(begin: (layout: Layout) => void): void {
  start = begin;
}

/** Has the messages in the outbox of `layout` sent, without waiting for it. */
export function startSending(layout: Layout): void {
  start(layout);
}

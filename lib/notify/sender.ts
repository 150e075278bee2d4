import type { Layout } from "../disk/layout.ts";
import { configPath, MAX_CONFIG_BYTES } from "../settings.ts";
import { runtime } from "../system/mod.ts";

/** The key of the targets; their module is loaded only if there are some. */
const NOTIFY_KEY = "notify";

/**
 * Whether the settings of `layout` may have targets. Quick: parsing them would
 * take longer.
 */
export async function mayHaveTargets({ root }: Layout): Promise<boolean> {
  try {
    const bytes = await runtime.files.read(configPath(root), MAX_CONFIG_BYTES);
    return new TextDecoder().decode(bytes).includes(NOTIFY_KEY);
  } catch {
    return false; // the commands that need the settings report why
  }
}

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

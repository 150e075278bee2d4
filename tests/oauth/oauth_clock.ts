import { REQUEST_LIMIT_MS } from "../../lib/oauth/wire.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import { NOW } from "../support/account_folder.ts";

/** A system whose time passes only in sleeps, which return immediately. */
export interface OAuthClock {
  /** It has the real network and predictable bytes. */
  system: System;
  /** The length of each pause, milliseconds, without limits of requests. */
  pauses: number[];
  /** Lets the pending request time out. */
  endRequest(): void;
}

/** Creates a clock that stands at `NOW`; `onPause` is called in each pause. */
export function oauthClock(
  onPause: (pauses: readonly number[]) => void = () => {},
): OAuthClock {
  const pauses: number[] = [];
  let endRequest = () => {};
  const sleep = (ms: number, signal?: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => reject(signal.reason));
    if (ms === REQUEST_LIMIT_MS) {
      endRequest = resolve;
    } else {
      pauses.push(ms);
      onPause(pauses);
      if (!signal?.aborted) setTimeout(resolve); // lets other code run
    }
    return promise;
  };
  return {
    system: {
      ...realSystem,
      now: () => pauses.reduce((sum, it) => sum + it, NOW),
      elapsed: () => pauses.reduce((sum, it) => sum + it, 0),
      sleep,
      env: () => undefined,
      randomBytes: (length) => new Uint8Array(length).fill(0xff),
    },
    pauses,
    endRequest: () => endRequest(),
  };
}

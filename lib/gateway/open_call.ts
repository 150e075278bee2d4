import type { ByteSource } from "../system/byte_source.ts";
import { filtered } from "./filtered.ts";
import type { Call } from "./upstream.ts";

/** A request whose reply has not ended. */
export interface OpenCall extends Pick<Call, "signal" | "abort" | "onEnd"> {
  /**
   * Returns the body of the reply. The call ends when the body has ended, failed
   * or been canceled; the body fails when the call aborts.
   */
  passOn(body: ByteSource): ByteSource;
  /** Ends the call; may be called again. */
  end(): void;
}

/**
 * Opens a call that aborts when its `client` leaves. Calls `onClosed` when it has
 * ended.
 */
export function openCall(client: AbortSignal, onClosed: () => void): OpenCall {
  const aborting = new AbortController();
  const { signal } = aborting;
  let passed: ByteSource | undefined;
  let onEnd = () => {};
  const onLeave = () => abort(client.reason);
  client.addEventListener("abort", onLeave);
  if (client.aborted) onLeave();
  return { signal, abort, onEnd: (action) => onEnd = action, passOn, end };

  function abort(reason: unknown): void {
    aborting.abort(reason);
    const body = passed;
    if (!body) return;
    end();
    body.cancel(reason).catch(() => {}); // it fails, too
  }

  function end(): void {
    passed = undefined;
    client.removeEventListener("abort", onLeave);
    onEnd();
    onClosed();
  }

  function passOn(body: ByteSource): ByteSource {
    passed = body;
    if (signal.aborted) abort(signal.reason);
    const onBodyEnd = () => {
      signal.throwIfAborted();
      end();
    };
    return filtered(body, {
      push(bytes) {
        signal.throwIfAborted();
        return bytes;
      },
      end: onBodyEnd,
      fail: onBodyEnd,
      cancel: end,
    });
  }
}

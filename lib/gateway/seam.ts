/**
 * One reply from several accounts. Until the client has received part of an
 * answer, and not just comments or a role, an account that fails is replaced by
 * another within the same reply.
 *
 * @module
 */

import type { ApiError } from "../verdict/api_error.ts";
import type { Verdict } from "../verdict/classify.ts";
import { type ByteSource, joinBytes } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";
import { eventIn, type StreamEvent } from "./event_stream.ts";
import { errorEventOf } from "./error_reply.ts";
import { EventBlocks } from "./event_blocks.ts";
import { isEventStream } from "./headers.ts";
import { isSuccess } from "./reply.ts";
import type { Wire } from "./wire/wire.ts";

/** A reply to pass on. */
export interface Part {
  /** The reply. */
  response: Reply;
  /** How to continue if the answer has not begun yet. */
  opening?: Opening | undefined;
}

/** A reply whose answer has not begun. */
export interface Opening {
  /** Classifies an error event. */
  classify: (error: ApiError) => Verdict | undefined;
  /** Called when the answer begins: the reply can no longer be replaced. */
  onAnswer: () => void;
  /**
   * Called if this reply fails, to get another one.
   *
   * @throws If the client has disconnected, or the gateway itself failed.
   */
  onFailure: (failure: { verdict?: Verdict; error?: unknown }) => Promise<Part>;
}

/** Longer events are passed on as they arrive, bytes. */
const LONGEST_OPENING = 256 * 1024;

/** The format of a seamless body, and its observers. */
export interface SeamlessOptions {
  /** The format. */
  wire: Wire;
  /** Called when no other reply will be requested; may be called again. */
  onEnd: () => void;
  /** Called if the client disconnects while another reply is requested. */
  onDisconnect: (reason: unknown) => void;
}

/**
 * Returns the body of `first`. If it fails before the answer begins, continues
 * with the body of the next reply.
 */
export function seamless(
  first: Part & { opening: Opening },
  { wire, onEnd, onDisconnect }: SeamlessOptions,
): ByteSource {
  const head = wire.createHead();
  let opening: Opening | undefined = first.opening;
  let source = first.response.body;
  let blocks = new EventBlocks();
  /** Whether blocks go through the head even after the opening. */
  let continues = false;
  let isCancelled = false;

  let hasEnded = false;
  return {
    async read() {
      while (!hasEnded && !isCancelled) {
        const { bytes, isLast } = await step();
        hasEnded = isLast;
        if (isLast) onEnd();
        if (bytes.length > 0 && !isCancelled) return bytes;
      }
      return undefined;
    },
    async cancel(reason) {
      isCancelled = true;
      onEnd();
      if (!source) return onDisconnect(reason);
      await source.cancel(reason);
    },
  };

  /** Reads once, and returns the bytes for the client. */
  async function step(): Promise<{ bytes: Uint8Array; isLast: boolean }> {
    let isLast = false;
    let read: Uint8Array[] = [];
    try {
      const value = await source?.read();
      isLast = !value;
      if (!opening && !continues) {
        const rest = blocks.takeRest();
        return { bytes: joinBytes([rest, value ?? NOTHING]), isLast };
      }
      read = value ? blocks.push(value) : [blocks.takeRest()];
    } catch (error) {
      if (!opening || isCancelled) throw error;
      return await replace([], { error });
    }
    const passed: Uint8Array[] = [];
    for (const block of read) {
      const event = eventIn(block);
      const verdict = event && failureIn(event);
      if (verdict) return await replace(passed, { verdict });
      passed.push(
        ...head.pass({ bytes: block, event, isOpening: !!opening }),
      );
    }
    const held = head.heldLength + blocks.restLength;
    if (opening && held > LONGEST_OPENING) begin();
    if (isLast || !opening) passed.push(...head.takeHeld());
    return { bytes: joinBytes(passed), isLast };
  }

  /**
   * Returns what an event before the answer means for the account. Records the
   * beginning of the answer.
   */
  function failureIn(event: StreamEvent): Verdict | undefined {
    if (!opening) return undefined;
    const error = wire.parseEvent(event);
    const verdict = error && opening.classify(error);
    if (verdict) return verdict;
    if (!error && !wire.hasContent(event)) return undefined;
    if (!error) opening.onAnswer();
    begin();
    return undefined;
  }

  function begin(): void {
    opening = undefined;
    onEnd();
  }

  async function replace(
    passed: Uint8Array[],
    failure: { verdict?: Verdict; error?: unknown },
  ): Promise<{ bytes: Uint8Array; isLast: boolean }> {
    const failed = opening;
    source?.cancel().catch(() => {}); // it may have failed already
    source = null;
    continues = head.restart();
    const next = await failed?.onFailure(failure);
    if (!next) return { bytes: joinBytes(passed), isLast: true };
    const { response } = next;
    if (isCancelled) {
      response.body?.cancel().catch(() => {});
      return { bytes: NOTHING, isLast: true };
    }
    if (!isSuccess(response) || !isEventStream(response.headers)) {
      passed.push(await errorEventOf(wire, response));
      return { bytes: joinBytes(passed), isLast: true };
    }
    opening = next.opening;
    if (!opening) onEnd();
    source = response.body;
    blocks = new EventBlocks();
    return { bytes: joinBytes(passed), isLast: false };
  }
}

const NOTHING = new Uint8Array();

/**
 * One reply from several accounts. Until the client has received part of an
 * answer, and not just comments or a role, an account that fails is replaced by
 * another within the same reply.
 *
 * @module
 */

import { type ApiError, parseErrorEvent } from "../verdict/api_error.ts";
import type { Verdict } from "../verdict/classify.ts";
import { hasContent, type StreamEvent } from "./event_stream.ts";
import { errorEventOf } from "./error_reply.ts";
import { EventBlocks } from "./event_blocks.ts";
import { isEventStream } from "./headers.ts";
import { AnswerHead, eventIn } from "./spliced_events.ts";

/** A reply to pass on. */
export interface Part {
  /** The reply. */
  response: Response;
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

/** The observers of a seamless body. */
export interface SeamlessOptions {
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
  { onEnd, onDisconnect }: SeamlessOptions,
): ReadableStream<Uint8Array> {
  const head = new AnswerHead();
  let opening: Opening | undefined = first.opening;
  let reader = readerOf(first.response);
  let blocks = new EventBlocks();
  /**
   * Whether the client has received the head of this answer from another
   * account.
   */
  let continues = false;
  let isCancelled = false;

  return new ReadableStream({
    async pull(controller) {
      while (true) {
        const { bytes, isLast } = await step();
        if (isCancelled) return;
        if (bytes.length > 0) controller.enqueue(bytes);
        if (isLast) {
          onEnd();
          return controller.close();
        }
        if (bytes.length > 0) return;
      }
    },
    async cancel(reason) {
      isCancelled = true;
      onEnd();
      if (!reader) return onDisconnect(reason);
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });

  /** Reads once, and returns the bytes for the client. */
  async function step(): Promise<{ bytes: Uint8Array; isLast: boolean }> {
    let isLast = false;
    let read: Uint8Array[] = [];
    try {
      const { done, value } = await reader?.read() ?? { done: true };
      isLast = done;
      if (!opening && !continues) {
        const rest = blocks.takeRest();
        return { bytes: joined([rest, value ?? NOTHING]), isLast };
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
      const bytes = event && continues ? head.continuedBy(block, event) : block;
      if (event && opening) head.note(event);
      if (bytes) passed.push(bytes);
    }
    if (opening && blocks.restLength > LONGEST_OPENING) begin();
    return { bytes: joined(passed), isLast };
  }

  /**
   * Returns what an event before the answer means for the account. Records the
   * beginning of the answer.
   */
  function failureIn({ data, name }: StreamEvent): Verdict | undefined {
    if (!opening) return undefined;
    const error = parseErrorEvent(data, name);
    const verdict = error && opening.classify(error);
    if (verdict) return verdict;
    if (!error && !hasContent(data)) return undefined;
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
    reader?.cancel().catch(() => {}); // it may have failed already
    reader = undefined;
    const next = await failed?.onFailure(failure);
    if (!next) return { bytes: joined(passed), isLast: true };
    const { response } = next;
    if (isCancelled) {
      response.body?.cancel().catch(() => {});
      return { bytes: NOTHING, isLast: true };
    }
    if (!response.ok || !isEventStream(response.headers)) {
      passed.push(await errorEventOf(response));
      return { bytes: joined(passed), isLast: true };
    }
    opening = next.opening;
    if (!opening) onEnd();
    reader = readerOf(response);
    blocks = new EventBlocks();
    continues = head.isBegun;
    return { bytes: joined(passed), isLast: false };
  }
}

const NOTHING = new Uint8Array();

function readerOf({ body }: Response) {
  return body?.getReader();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only = NOTHING, ...others] = parts;
  if (others.length === 0) return only;
  const whole = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of parts) {
    whole.set(it, at);
    at += it.length;
  }
  return whole;
}

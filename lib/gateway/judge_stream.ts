import { SIGNS_OF_FAILURE } from "../verdict/api_error.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { ByteSource } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";
import { readBeginning } from "./beginning.ts";
import { ByteSearch } from "./byte_search.ts";
import { concealed, isUnmistakable } from "./conceal.ts";
import { EventStreamParser, type StreamEvent } from "./event_stream.ts";
import {
  CUT_OFF,
  type Judge,
  type Judged,
  textOf,
  withBody,
  withOtherBody,
} from "./judged.ts";

/**
 * Decides what an event stream means. Holds it until the first event that is an
 * error or part of an answer, or until a limit. Later events are inspected as
 * they pass, and not kept.
 *
 * @throws The error that the stream failed with before such an event.
 */
export async function judgeStream(
  response: Reply,
  body: ByteSource,
  { classify, limits, wire, secret }: Judge,
): Promise<Judged> {
  const parser = new EventStreamParser();
  const later = Promise.withResolvers<Verdict | undefined>();
  let verdict: Verdict | undefined;
  let isEmpty = true;
  let isHeld = true;
  let hasBegun = false;
  let isDone = false; // nothing more to report

  const isConcealed = isUnmistakable(secret);
  const read = await readBeginning(
    isConcealed ? concealed(body, secret) : body,
    (it) => look(parser.push(it)),
    limits,
  );
  if (read.end !== "open") look(parser.end());
  if (read.end === "ended" && isEmpty) {
    // A JSON error that was declared as an event stream.
    look([{ name: "message", data: textOf(read.chunks, limits.maxBytes) }]);
  }
  if (read.end === "broken" && !verdict && !hasBegun) throw read.reason;
  isDone ||= verdict !== undefined || read.end === "ended";
  if (isDone) later.resolve(undefined);
  isHeld = false;
  return {
    verdict,
    classify: isDone || hasBegun ? undefined : classify,
    response: (isConcealed ? withOtherBody : withBody)(response, read, {
      onChunk(chunk) {
        if (isDone) return;
        look(hasBegun ? parser.find(chunk, mayFail) : parser.push(chunk));
      },
      onEnd(hasBroken) {
        if (!isDone) look(parser.end());
        later.resolve(hasBroken && hasBegun ? CUT_OFF : undefined);
      },
    }),
    later: later.promise,
  };

  /** Returns whether the meaning of the reply is known. */
  function look(events: readonly StreamEvent[]): boolean {
    for (const event of events) {
      isEmpty = false;
      const error = wire.parseEvent(event);
      const said = error && classify(error);
      if (said && isHeld && !hasBegun) {
        verdict = said;
        return true;
      }
      if (said) {
        isDone = true;
        later.resolve(hasBegun ? said : undefined);
        return true;
      }
      hasBegun ||= error !== undefined || wire.hasContent(event);
    }
    return hasBegun;
  }
}

const failures = new ByteSearch(SIGNS_OF_FAILURE);

const mayFail = (bytes: Uint8Array) => failures.isIn(bytes);

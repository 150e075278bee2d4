import { parseErrorEvent } from "../verdict/api_error.ts";
import type { Verdict } from "../verdict/classify.ts";
import { readBeginning } from "./beginning.ts";
import { concealed, isUnmistakable } from "./conceal.ts";
import { hasContent } from "./content.ts";
import { EventStreamParser, type StreamEvent } from "./event_stream.ts";
import {
  BROKEN_OFF,
  type Judge,
  type Judged,
  textOf,
  withBody,
  withOtherBody,
} from "./judged.ts";

/**
 * Decides what an event stream means. It is held until the first event that is
 * an error or gives something of an answer, or a limit; what comes after is
 * looked at while it goes by, and not kept.
 *
 * @throws What the stream broke with before such an event.
 */
export async function judgeStream(
  response: Response,
  body: ReadableStream<Uint8Array>,
  { classify, limits, secret }: Judge,
): Promise<Judged> {
  const parser = new EventStreamParser();
  const later = Promise.withResolvers<Verdict | undefined>();
  let verdict: Verdict | undefined;
  let isEmpty = true;
  let isHeld = true;
  let hasBegun = false;
  let isDone = false; // nothing more is to be told

  const isConcealed = isUnmistakable(secret);
  const read = await readBeginning(
    isConcealed ? concealed(body, secret) : body,
    (it) => look(parser.push(it)),
    limits,
  );
  if (read.end !== "open") look(parser.end());
  if (read.end === "ended" && isEmpty) {
    // A JSON error that was called an event stream.
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
        if (!isDone) look(parser.push(chunk));
      },
      onEnd(hasBroken) {
        if (!isDone) look(parser.end());
        later.resolve(hasBroken && hasBegun ? BROKEN_OFF : undefined);
      },
    }),
    later: later.promise,
  };

  /** Tells whether it is known what the reply is. */
  function look(events: readonly StreamEvent[]): boolean {
    for (const { data, name } of events) {
      isEmpty = false;
      const error = parseErrorEvent(data, name);
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
      hasBegun ||= error !== undefined || hasContent(data);
    }
    return hasBegun;
  }
}

import { parseRecord } from "../verdict/api_error.ts";
import { joinBytes } from "../disk/bytes.ts";
import type { ByteSource } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";
import { EventBlocks } from "./event_blocks.ts";
import { eventIn, EventStreamParser } from "./event_stream.ts";
import { isEventStream, isJson } from "./headers.ts";
import { isSuccess } from "./reply.ts";
import type { Usage, Wire } from "./wire/wire.ts";

/** The longest document or event that is searched for counts, characters. */
const LONGEST = 1_048_576;

/** What an answer counts, and where to report it. */
export interface UsageOptions {
  /** The format of the answer. */
  wire: Wire;
  /** Called with the counts when the answer ends, if it has any. */
  onUsage: (usage: Usage) => void;
  /** Called if the answer is cut off. @default not called */
  onCut?: (() => void) | undefined;
  /**
   * Whether to leave out the event that only has counts, for a client that did
   * not ask for it. @default false
   */
  hidesExtra?: boolean | undefined;
}

/** Returns `reply`, reporting the tokens that it counts when it ends. */
export function withUsage(reply: Reply, options: UsageOptions): Reply {
  const { wire, onUsage, onCut, hidesExtra = false } = options;
  const { headers, body } = reply;
  if (!body || !isSuccess(reply)) return reply;
  const usage: Partial<Usage> = {};
  const note = (document: Record<string, unknown>) =>
    Object.assign(usage, wire.usageIn(document));
  const isStream = isEventStream(headers);
  const meter = !isStream
    ? isJson(headers) ? documentMeter(note) : undefined
    : hidesExtra
    ? hidingMeter(note, wire)
    : eventMeter(note);
  if (!meter) return reply;
  if (isStream && hidesExtra) headers.delete("content-length");
  let hasEnded = false;
  const end = (): Uint8Array => {
    hasEnded = true;
    const rest = meter.end();
    if (Object.keys(usage).length > 0) onUsage({ ...NO_USAGE, ...usage });
    return rest;
  };
  const counted: ByteSource = {
    async read() {
      while (!hasEnded) {
        let bytes: Uint8Array | undefined;
        try {
          bytes = await body.read();
        } catch (error) {
          end();
          onCut?.();
          throw error;
        }
        const passed = bytes ? meter.push(bytes) : end();
        if (passed.length > 0) return passed;
      }
      return undefined;
    },
    cancel(reason) {
      if (!hasEnded) end();
      return body.cancel(reason);
    },
  };
  return { ...reply, body: counted };
}

const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
};

const NOTHING = new Uint8Array();

/** Most events of an answer do not match it, so they need not be parsed. */
const MAY_COUNT = /"usage"\s*:\s*\{/;

/** Reads the bytes of an answer, and returns those to pass on. */
interface Meter {
  push(bytes: Uint8Array): Uint8Array;
  /** Returns bytes that were held back. */
  end(): Uint8Array;
}

type Note = (document: Record<string, unknown>) => void;

function eventMeter(note: Note): Meter {
  const parser = new EventStreamParser(LONGEST);
  const noteAll = (events: { data: string }[]) => {
    for (const { data } of events) {
      if (MAY_COUNT.test(data)) note(parseRecord(data));
    }
  };
  return {
    push(bytes) {
      noteAll(parser.find(bytes, MAY_COUNT));
      return bytes;
    },
    end() {
      noteAll(parser.end());
      return NOTHING;
    },
  };
}

/** Passes whole events on, except the one that only has counts. */
function hidingMeter(note: Note, { usageOption }: Wire): Meter {
  const blocks = new EventBlocks();
  const isHidden = (block: Uint8Array) => {
    if (!MAY_COUNT.test(texts.decode(block))) return false;
    const document = parseRecord(eventIn(block)?.data ?? "");
    note(document);
    return usageOption?.isExtra(document) === true;
  };
  return {
    push(bytes) {
      const passed = blocks.push(bytes).filter((it) => !isHidden(it));
      if (blocks.restLength > LONGEST) passed.push(blocks.takeRest());
      return joinBytes(passed);
    },
    end() {
      const rest = blocks.takeRest();
      return isHidden(rest) ? NOTHING : rest;
    },
  };
}

function documentMeter(note: Note): Meter {
  const decoder = new TextDecoder();
  let text = "";
  return {
    push(bytes) {
      if (text.length <= LONGEST) text += decoder.decode(bytes, STREAMING);
      return bytes;
    },
    end() {
      if (MAY_COUNT.test(text)) note(parseRecord(text));
      return NOTHING;
    },
  };
}

const STREAMING = { stream: true };

/** Decodes whole events. */
const texts = new TextDecoder();

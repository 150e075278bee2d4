import { parseRecord } from "../json.ts";
import { joinBytes } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";
import { ByteSearch } from "./byte_search.ts";
import { EventBlocks } from "./event_blocks.ts";
import { endsEvent, eventIn, EventStreamParser } from "./event_stream.ts";
import { filtered } from "./filtered.ts";
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
    if (hasEnded) return NOTHING;
    hasEnded = true;
    const rest = meter.end();
    if (Object.keys(usage).length > 0) onUsage({ ...NO_USAGE, ...usage });
    return rest;
  };
  const counted = filtered(body, {
    push: (bytes) => meter.push(bytes),
    end,
    fail() {
      end();
      onCut?.();
    },
    cancel: () => void end(),
  });
  return { status: reply.status, headers, body: counted };
}

const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
};

const NOTHING = new Uint8Array();

const counts = new ByteSearch(['"usage"']);

const COLON = 0x3a;
const OBJECT = 0x7b;

/** Whitespace in JSON (RFC 8259, section 2). */
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Whether `bytes` may have counts. Most events of an answer do not, so they need
 * not be decoded; some services send a `usage` of `null` with each.
 */
function mayCount(bytes: Uint8Array): boolean {
  const after = (from: number) => {
    let at = from;
    while (BLANKS.has(bytes[at] ?? 0)) at++;
    return at;
  };
  let at = counts.endIn(bytes);
  while (at >= 0) {
    const colon = after(at);
    if (bytes[colon] === COLON && bytes[after(colon + 1)] === OBJECT) {
      return true;
    }
    at = counts.endIn(bytes, at);
  }
  return false;
}

/** The same in the data of an event. */
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
      noteAll(parser.find(bytes, mayCount));
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
    if (!mayCount(block)) return false;
    const document = parseRecord(eventIn(block)?.data ?? "");
    note(document);
    return usageOption?.isExtra(document) === true;
  };
  return {
    push(bytes) {
      const isWhole = blocks.restLength === 0 && endsEvent(bytes);
      if (isWhole && !mayCount(bytes)) return bytes;
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

import { parseRecord } from "../verdict/api_error.ts";
import type { ByteSource } from "../system/byte_source.ts";
import type { Reply } from "../system/network.ts";
import { EventStreamParser } from "./event_stream.ts";
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
}

/** Returns `reply`, reporting the tokens that it counts when it ends. */
export function withUsage(
  reply: Reply,
  { wire, onUsage }: UsageOptions,
): Reply {
  const { headers, body } = reply;
  const meter = isEventStream(headers)
    ? eventMeter()
    : isJson(headers)
    ? documentMeter()
    : undefined;
  if (!body || !isSuccess(reply) || !meter) return reply;
  const usage: Partial<Usage> = {};
  const note = (document: string) => {
    if (!document.includes('"usage"')) return;
    Object.assign(usage, wire.usageIn(parseRecord(document)));
  };
  let isReported = false;
  const report = () => {
    if (isReported) return;
    isReported = true;
    meter.end().forEach(note);
    const { inputTokens = 0, outputTokens = 0, cachedTokens = 0 } = usage;
    if (Object.keys(usage).length === 0) return;
    onUsage({ inputTokens, outputTokens, cachedTokens });
  };
  const counted: ByteSource = {
    async read() {
      let bytes: Uint8Array | undefined;
      try {
        bytes = await body.read();
      } finally {
        if (bytes) meter.push(bytes).forEach(note);
        else report();
      }
      return bytes;
    },
    cancel(reason) {
      report();
      return body.cancel(reason);
    },
  };
  return { ...reply, body: counted };
}

/** Returns the documents in the bytes of an answer. */
interface Meter {
  push(bytes: Uint8Array): string[];
  end(): string[];
}

function eventMeter(): Meter {
  const parser = new EventStreamParser(LONGEST);
  return {
    push: (bytes) => parser.push(bytes).map((it) => it.data),
    end: () => parser.end().map((it) => it.data),
  };
}

function documentMeter(): Meter {
  const decoder = new TextDecoder();
  let text = "";
  return {
    push(bytes) {
      if (text.length <= LONGEST) text += decoder.decode(bytes, STREAMING);
      return [];
    },
    end: () => [text],
  };
}

const STREAMING = { stream: true };

import type { Usage } from "../../../lib/gateway/wire/wire.ts";
import type { WireName } from "../../../lib/agents/formats.ts";

/** The errors that every service knows. */
export type ErrorName = "quota" | "throttle" | "auth" | "broken" | "client";

/** An error reply of a service. */
export interface ErrorOfService {
  /** The HTTP status. */
  status: number;
  /** The JSON document. */
  body: Record<string, unknown>;
}

/** A wire format, and what the tests must know of it. */
export interface WireCase {
  /** The format. */
  name: WireName;
  /** The path of a request below the base path. */
  path: string;
  /** The headers of a client with `key`, in each way that it may send one. */
  keyHeaders: readonly ((key: string) => Record<string, string>)[];
  /** Returns the members of a request besides the model. */
  request: Record<string, unknown>;
  /** Returns the events of the answer `id` before its content. */
  opening: (id: string) => string;
  /** Returns the events with its content. */
  content: (id: string) => string;
  /** Returns the events after its content. */
  ending: (id: string) => string;
  /** An event that is not part of an answer and keeps the stream alive. */
  keepAlive: string;
  /** Returns the answer `id` to a request without a stream. */
  document: (id: string) => Record<string, unknown>;
  /** What both forms of the answer count. */
  usage: Usage;
  /** Error replies. */
  errors: Readonly<Record<ErrorName, ErrorOfService>>;
  /** Returns an error event. */
  errorEvent: (error: ErrorName) => string;
  /** The reply for when no account is left. */
  exhausted: { status: number; type: string };
  /** The status for a wrong key. */
  refused: number;
  /** Returns the type of the error in a document or in an event. */
  typeOf: (document: Record<string, unknown>) => unknown;
  /** Matches the head of an answer in a stream. */
  head: RegExp;
}

/** Returns the members of a JSON object. */
export function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The headers of a client that sends its key as a bearer token. */
export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** An event whose name repeats its type. */
export const typed = (event: { type: string } & Record<string, unknown>) =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

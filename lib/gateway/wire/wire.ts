/**
 * What the gateway must know of a wire format: how its clients send a key, how
 * its services report errors, where an answer begins and ends. One file
 * implements one format; the rest of the gateway names none.
 *
 * @module
 */

import type { ApiError } from "../../verdict/api_error.ts";
import type { VerdictKind } from "../../verdict/policy.ts";
import type { StreamEvent } from "../event_stream.ts";

/** Why the gateway answers a request itself. */
export type Fault =
  /** The request comes from a web page, or is for another name. */
  | "forbidden"
  /** The key of the client is missing or wrong. */
  | "wrong-key"
  /** The path does not exist. */
  | "unknown-path"
  /** The client asks for another protocol, such as a websocket. */
  | "no-upgrade"
  /** No account is left. */
  | "exhausted"
  /** The service of an account cannot be reached. */
  | "unreachable"
  /** The reply of a service cannot be read. */
  | "unreadable"
  /** The address of an account cannot be used. */
  | "bad-address"
  /** The stream of an account has failed before its answer. */
  | "failed-stream"
  /** The gateway itself has failed. */
  | "own-failure";

/** An error of the gateway itself. */
export interface OwnError {
  /** What went wrong. */
  fault: Fault;
  /** A one-line message for people, without secrets. */
  message: string;
  /** What the error of the account means, for `failed-stream`. */
  kind?: VerdictKind;
  /** When an account will be ready, for `exhausted`; epoch milliseconds. */
  readyAt?: number | undefined;
}

/** How a wire format reports an error of the gateway. */
export interface OwnReply {
  /** The HTTP status. */
  status: number;
  /** The JSON document. */
  body: Record<string, unknown>;
  /** Headers besides the content headers. */
  headers?: Record<string, string>;
}

/** An error reply of a service. */
export interface ErrorReply {
  /** The HTTP status. */
  status: number;
  /** The headers. */
  headers: Headers;
  /** The body. */
  text: string;
}

/** An error reply in place of the rest of a stream. */
export interface StreamError {
  /** The status of the reply; `undefined` if it was not an error. */
  status: number | undefined;
  /** A message for people. */
  message: string;
  /** The members of the error in the reply. */
  said: Record<string, unknown>;
}

/** A block of an event stream: an event, or a comment outside of any event. */
export interface Block {
  /** The bytes. */
  bytes: Uint8Array;
  /** The event in it, if there is one. */
  event: StreamEvent | undefined;
  /** Whether the answer has not begun in or before this block. */
  isOpening: boolean;
}

/** The head of a streamed answer, which several accounts may write. */
export interface Head {
  /** Returns the bytes to pass on for `block`. */
  pass(block: Block): Uint8Array[];
  /**
   * Begins with the stream of another account. Returns whether all its blocks
   * must go through `pass()`, even after the answer has begun.
   */
  restart(): boolean;
  /** Removes and returns the bytes that are held back. */
  takeHeld(): Uint8Array[];
  /** How many bytes are held back. */
  readonly heldLength: number;
}

/** The tokens that a service has counted for an answer. */
export interface Usage {
  /** All tokens of the request, including those from a cache. */
  inputTokens: number;
  /** The tokens of the answer. */
  outputTokens: number;
  /** The tokens of the request that were read from a cache. */
  cachedTokens: number;
  /** The tokens of the answer that were spent on reasoning, if counted. */
  reasoningTokens: number;
}

/** How a client asks that a stream counts its tokens. */
export interface UsageOption {
  /** The member that asks for it, as it begins the object of a request. */
  member: string;
  /**
   * Whether a request, a JSON document, has a stream as its reply and says
   * nothing about counts.
   */
  isMissing(request: string): boolean;
  /** Whether an event of the stream has the counts and nothing else. */
  isExtra(event: Record<string, unknown>): boolean;
}

/** A wire format. */
export interface Wire {
  /** Returns every key in the headers of a request, an empty one if absent. */
  keysIn(headers: Headers): string[];
  /**
   * Puts the account's key into the headers of a request, in the field that the
   * client uses.
   */
  setKey(
    headers: Headers,
    { client, secret }: { client: Headers; secret: string },
  ): void;
  /** Returns the reply for an error of the gateway. */
  ownReply(error: OwnError): OwnReply;
  /** Returns the event, with its blank line, for an error in a stream. */
  errorEvent(error: StreamError): string;
  /** Parses an error reply. */
  parseReply(reply: ErrorReply): ApiError;
  /** Parses an event; returns `undefined` if it is not an error. */
  parseEvent(event: StreamEvent): ApiError | undefined;
  /**
   * Parses a JSON document with status 200; returns `undefined` if it is not an
   * error.
   */
  parseDocument(text: string): ApiError | undefined;
  /** Whether the beginning of a JSON document shows that it is an answer. */
  beginsAnswer(text: string): boolean;
  /** Whether an event that is not an error contains part of an answer. */
  hasContent(event: StreamEvent): boolean;
  /** Whether a stream may end after this event. */
  mayEndAfter(event: StreamEvent): boolean;
  /** Returns what an answer, or an event of one, says about tokens. */
  usageIn(document: Record<string, unknown>): Partial<Usage> | undefined;
  /** How to ask a stream for counts. @default each stream has them */
  readonly usageOption?: UsageOption;
  /** Returns the head for a new answer. */
  createHead(): Head;
}

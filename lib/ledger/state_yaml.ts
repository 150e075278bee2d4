/**
 * Reads and writes any `state.yaml`, with a YAML parser, which takes 1 ms to
 * load. Only files that do not look as we write them need this.
 *
 * @module
 */

import { parse, stringify } from "@std/yaml";
import { messageOf } from "../system/message_of.ts";
import {
  parseAccount,
  parseNamed,
  parseOrder,
  stateOf,
} from "./state_document.ts";
import {
  documentOf,
  formatPlainState,
  headOf,
  parsePlainState,
} from "./state_text.ts";
import { withDoubleQuotes, type Wrong } from "./state_values.ts";
import type { AccountState, State } from "./state.ts";

/**
 * Reads the text of a `state.yaml`. Ignores each field of the wrong type, and
 * reports it to `wrong`.
 *
 * @throws {SyntaxError} If it is empty, not YAML, of another shape, or written
 * by a newer program; the message completes "it ...".
 */
export function parseState(text: string, wrong: Wrong = () => {}): State {
  // The YAML parser reads the head too, so that its errors name the right line.
  return parsePlainState(text, wrong) ??
    { ...stateOf(readYaml(text), wrong), head: headOf(text) };
}

/** An account in a `state.yaml`, with all its lines. */
const ACCOUNT = /^ {2}account([1-9]\d{0,8}):\r?\n((?: {3,}.*(?:\r?\n|$))+)/gm;

/** The order of the accounts in a `state.yaml`, in flow or block style. */
const ORDER = /^order:(?: \[[\d, ]*\]\r?\n|\r?\n(?: *- \d+\r?\n)+)/m;

/** The pins in a `state.yaml`, with all their lines. */
const PINS = /^pins:\r?\n((?: {2}.+\r?\n)+)/m;

/** The account that the plain agent uses, in a `state.yaml`. */
const PLAIN = /^plain: ([1-9]\d{0,8})\r?$/m;

/**
 * Returns what is still readable in the text of a `state.yaml` that is unusable
 * as a whole: the accounts, as far as each is intact, their order, the pins, the
 * account that the plain agent uses, and the comments at the head.
 */
export function salvageState(
  text: string,
): Pick<State, "accounts" | "head" | "order" | "pins" | "plain"> {
  const accounts = new Map<number, AccountState>();
  for (const [, index, body = ""] of text.matchAll(ACCOUNT)) {
    const account = salvageAccount(body.split("\n"));
    if (account) accounts.set(Number(index), account);
  }
  const [order = ""] = ORDER.exec(text) ?? [];
  const numbers = order.match(/\d+/g) ?? [];
  const plain = Number(PLAIN.exec(text)?.[1]);
  return {
    accounts,
    ...(plain > 0 ? { plain } : {}),
    order: parseOrder(numbers.map(Number)),
    pins: salvagePins(PINS.exec(text)?.[1] ?? ""),
    head: headOf(text),
  };
}

/** Reads the pins line by line, since a folder may have any name. */
function salvagePins(lines: string): Map<string, number> {
  const pins = lines.split("\n").map((line) => {
    try {
      return parseNamed(readYaml(line), "pins");
    } catch {
      return new Map<string, number>();
    }
  });
  return new Map(pins.flatMap((it) => [...it]));
}

/** Reads an account; drops lines from its end until the rest is readable. */
function salvageAccount(lines: readonly string[]): AccountState | undefined {
  for (let count = lines.length; count > 0; count--) {
    try {
      const value = readYaml(lines.slice(0, count).join("\n"));
      return parseAccount(value, "it", () => {});
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Returns the text of a `state.yaml`. */
export function formatState(state: State): string {
  return formatPlainState(state, quote) ??
    state.head + withDoubleQuotes(stringify(documentOf(state), YAML));
}

/** The core schema leaves dates as text. */
const YAML = { schema: "core", lineWidth: -1 } as const;

/** Returns a text or number as YAML; `undefined` if it takes several lines. */
function quote(value: unknown): string | undefined {
  const text = stringify({ a: value }, YAML).slice("a: ".length);
  return /^.*\n$/.test(text) ? text.slice(0, -1) : undefined;
}

/**
 * Reads the text of a YAML document.
 *
 * @throws {SyntaxError} If it is not YAML, or nested too deeply; the message
 * completes "it ...".
 */
function readYaml(text: string): unknown {
  let document: unknown;
  try {
    document = parse(text, YAML);
  } catch (error) {
    const [reason] = messageOf(error).split("\n");
    throw new SyntaxError(`is not valid YAML (${reason?.replace(/:$/, "")})`);
  }
  return checkDepth(document);
}

/** We never write deeper nesting, and writing it would enlarge the file. */
const MOST_LEVELS = 64;

/** No `state.yaml` has so many parts; a mapping that contains itself does. */
const MOST_PARTS = 1_000_000;

/**
 * Returns `document` unless it is nested too deeply. Measures each object once,
 * after its parts, since aliases let a short text describe a huge document.
 */
function checkDepth(document: unknown): unknown {
  const depths = new Map<unknown, number>();
  const waiting = [document];
  while (waiting.length > 0 && waiting.length < MOST_PARTS) {
    const value = waiting.at(-1);
    const parts = partsOf(value);
    const unmeasured = parts.filter((it) => !depths.has(it));
    if (unmeasured.length > 0 && !depths.has(value)) {
      waiting.push(...unmeasured);
      continue;
    }
    waiting.pop();
    const depth = parts.reduce<number>(
      (deepest, it) => Math.max(deepest, depths.get(it) ?? 0),
      0,
    );
    if (depth >= MOST_LEVELS) throw new SyntaxError("is nested too deep");
    depths.set(value, depth + 1);
  }
  if (waiting.length > 0) throw new SyntaxError("contains itself");
  return document;
}

function partsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((it) => typeof it === "object");
}

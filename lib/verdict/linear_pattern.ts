/**
 * Regular expressions of users. The engines of JavaScript go back over a text,
 * so that `(a+)+b` takes years; this one follows all branches at the same time
 * and takes steps in proportion to the length of the text times that of the
 * pattern. It reads the syntax of JavaScript with the flags `i`, `m`, `s` and
 * `u`, without what needs to go back: references (`\1`) and lookaround (`(?=`).
 *
 * @module
 */

/** A compiled pattern. */
export interface LinearPattern {
  /** Whether a part of `text` matches. */
  test(text: string): boolean;
}

/** The longest pattern, UTF-16 units. */
const LONGEST_PATTERN = 500;

/** The most states of a pattern, in which `a{9}` is nine. */
const MOST_STATES = 500;

type Node =
  | { is: "one"; matches: (character: string) => boolean }
  | { is: "place"; at: string }
  | { is: "all"; parts: readonly Node[] }
  | { is: "any"; parts: readonly Node[] }
  | { is: "repeat"; part: Node; least: number; most: number };

/** A step of the machine; `next` and `other` are states. */
interface State {
  matches?: (character: string) => boolean;
  at?: string;
  next: number;
  other?: number | undefined;
}

/** The state in which the pattern has matched. */
const FOUND = 0;

/**
 * Compiles `source`.
 *
 * @throws {SyntaxError} If it is not a regular expression, too long, or has a
 * part that needs to go back. The message completes "the pattern ...".
 */
export function compilePattern(source: string): LinearPattern {
  if (source.length > LONGEST_PATTERN) {
    throw new SyntaxError(`is longer than ${LONGEST_PATTERN} characters`);
  }
  try {
    new RegExp(source, "imsu");
  } catch (error) {
    const [, problem = "invalid"] = /: ([^:]+)$/.exec(String(error)) ?? [];
    throw new SyntaxError(`is not a regular expression: ${problem}`);
  }
  const states: State[] = [{ next: FOUND }];
  const start = build(parse(source), FOUND, states);
  return { test: (text) => run(states, start, text) };
}

/** Splits a valid pattern; a class and an escape are one token each. */
const TOKENS =
  /\[(?:\\.|[^\]\\])*\]|\\(?:u\{[\da-f]+\}|u[\da-f]{4}|x[\da-f]{2}|c[a-z]|[pP]\{[^}]*\}|k<|.)|\(\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:)|\{\d+(?:,\d*)?\}|./gisu;

/** Parses a valid pattern. */
function parse(source: string): Node {
  const tokens = source.match(TOKENS) ?? [];
  let at = 0;
  return alternatives();

  function alternatives(): Node {
    const parts = [sequence()];
    while (tokens[at] === "|") {
      at++;
      parts.push(sequence());
    }
    return { is: "any", parts };
  }

  function sequence(): Node {
    const parts: Node[] = [];
    while (at < tokens.length && tokens[at] !== "|" && tokens[at] !== ")") {
      parts.push(repeated(atom(tokens[at++] ?? "")));
    }
    return { is: "all", parts };
  }

  function repeated(part: Node): Node {
    const [least, most] = timesOf(tokens[at]);
    if (least === undefined || most === undefined) return part;
    at++;
    if (tokens[at] === "?") at++; // lazy: the same texts match
    return { is: "repeat", part, least, most };
  }

  function atom(token: string): Node {
    if (/^\(\?(?:<?[=!]|[a-z-]+:)/.test(token) || /^\\[1-9k]/.test(token)) {
      throw new SyntaxError(`has "${token}", which is not supported`);
    }
    if (token.startsWith("(")) {
      const group = alternatives();
      at++; // the closing bracket
      return group;
    }
    if (/^(?:[\^$]|\\[bB])$/.test(token)) return { is: "place", at: token };
    return { is: "one", matches: oneOf(token) };
  }
}

function timesOf(token: string | undefined): [number?, number?] {
  if (token === "*") return [0, Infinity];
  if (token === "+") return [1, Infinity];
  if (token === "?") return [0, 1];
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}$/.exec(token ?? "") ?? [];
  if (least === undefined) return [];
  if (!comma) return [Number(least), Number(least)];
  return [Number(least), most ? Number(most) : Infinity];
}

/** Returns whether `token` matches a character; remembers frequent answers. */
function oneOf(token: string): (character: string) => boolean {
  const pattern = new RegExp(`^${token}$`, "isu");
  const known = new Map<string, boolean>();
  return (character) => {
    const before = known.get(character);
    if (before !== undefined) return before;
    const matches = pattern.test(character);
    if (known.size < 256) known.set(character, matches);
    return matches;
  };
}

/** Adds the states of `node`, after which `next` follows; returns the first. */
function build(node: Node, next: number, states: State[]): number {
  switch (node.is) {
    case "one":
      return add({ matches: node.matches, next }, states);
    case "place":
      return add({ at: node.at, next }, states);
    case "all":
      return node.parts.reduceRight((to, it) => build(it, to, states), next);
    case "any":
      return node.parts.map((it) => build(it, next, states))
        .reduceRight((other, it) => add({ next: it, other }, states));
    case "repeat": {
      const { part, least, most } = node;
      let first = next;
      if (most === Infinity) {
        const loop: State = { next, other: next };
        first = add(loop, states);
        loop.next = build(part, first, states);
      }
      for (let it = least; it < most && most !== Infinity; it++) {
        const inner = build(part, first, states);
        first = add({ next: inner, other: next }, states);
      }
      for (let it = 0; it < least; it++) {
        const before = first;
        first = build(part, before, states);
        if (first === before) break; // the part is empty
      }
      return first;
    }
  }
}

function add(state: State, states: State[]): number {
  if (states.length >= MOST_STATES) {
    throw new SyntaxError("repeats too much");
  }
  return states.push(state) - 1;
}

function run(states: readonly State[], start: number, text: string): boolean {
  const seenAt = new Int32Array(states.length).fill(-1);
  let before = "";
  let place = 0;
  let reached: number[] = [];
  for (const after of [...text, ""]) {
    const open = [start, ...reached]; // a match may begin anywhere
    reached = [];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (id === FOUND) return true;
      const state = states[id];
      if (!state || seenAt[id] === place) continue;
      seenAt[id] = place;
      const { matches, at, next, other } = state;
      if (matches) {
        if (after !== "" && matches(after)) reached.push(next);
        continue;
      }
      if (at !== undefined && !isAt(at, before, after)) continue;
      open.push(next);
      if (other !== undefined) open.push(other);
    }
    before = after;
    place++;
  }
  return false;
}

/** Whether the place between two characters is what the sign `at` means. */
function isAt(at: string, before: string, after: string): boolean {
  if (at === "^") return before === "" || LINE_END.test(before);
  if (at === "$") return after === "" || LINE_END.test(after);
  const isEdge = WORD.test(before) !== WORD.test(after);
  return at === "\\b" ? isEdge : !isEdge;
}

const LINE_END = /[\n\r\u2028\u2029]/;

/** With the flags `i` and `u`, also the long s and the Kelvin sign. */
const WORD = /\w/iu;

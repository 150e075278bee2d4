/**
 * Reads the body of an error reply. Services wrap errors into each other: JSON in
 * a string, an array with one error in it, headers as a member. So all members of
 * all objects are listed, the outer ones first, with names in small letters.
 *
 * @module
 */

/** The members of an error: a name without `_` and `-`, and a text. */
export type Details = readonly (readonly [name: string, value: string])[];

/** What a body says. */
export interface ErrorBody {
  /** The innermost message; empty if there is none. */
  message: string;
  /** The code that belongs to it, else the type. */
  code: string;
  /** The HTTP status that the body itself names. */
  status: number | undefined;
  /** All members whose value is a text or a number. */
  details: Details;
}

/** Enough of a body that wraps errors; the rest is not looked at. */
const MOST_DETAILS = 200;
const DEEPEST = 8;

/**
 * Reads `text` as the JSON of an error, also with words before it, as in
 * `Error from provider (429): {...}`; `undefined` if there is none in it.
 */
export function parseErrorBody(text: string): ErrorBody | undefined {
  const document = parseWithin(text);
  return document === undefined ? undefined : readBody(document);
}

/** Reads a parsed body; `undefined` if nothing in it can be an error. */
export function readBody(document: unknown): ErrorBody | undefined {
  const details: [string, string][] = [];
  const found = { message: "", code: "", type: "" };
  const statuses: string[] = [];
  let level: unknown[] = [document];
  for (let depth = 0; level.length > 0 && depth < DEEPEST; depth++) {
    const next: unknown[] = [];
    for (const value of level) visit(value, next);
    level = next;
  }
  if (details.length === 0) return undefined;
  const { message, code, type } = found;
  const isStatus = STATUS.test(code);
  const status = statuses.find((it) => STATUS.test(it));
  return {
    message,
    code: isStatus && type !== "" ? type : code || type,
    status: status === undefined ? undefined : Number(status),
    details,
  };

  function visit(value: unknown, next: unknown[]): void {
    if (details.length >= MOST_DETAILS) return;
    if (Array.isArray(value)) {
      next.push(...value.slice(0, MOST_DETAILS));
    } else if (typeof value === "object" && value !== null) {
      const here: Record<string, string> = {};
      for (const [key, member] of Object.entries(value)) {
        const name = key.toLowerCase().replace(/[^a-z\d]/g, "");
        const text = textOf(member);
        const inner = typeof member === "object" && member !== null
          ? member
          : parseWithin(text);
        if (inner !== undefined) next.push(inner);
        else if (text !== "") here[name] ??= text;
      }
      details.push(...Object.entries(here));
      note(here);
    }
  }

  /** What is further inside is nearer to the cause; headers are no error. */
  function note(here: Readonly<Record<string, string>>): void {
    const message = first(here, MESSAGES);
    const code = first(here, CODES);
    statuses.push(...STATUSES.map((it) => here[it] ?? ""), code);
    const isError = message !== "";
    if (!isError && code === "") return;
    if (message !== "") found.message = message;
    if (isError && code !== "") {
      found.code = code;
      found.type = "";
    }
    found.code ||= code;
    if (here.type !== undefined && here.type !== "error") {
      found.type = here.type;
    }
  }
}

const MESSAGES = [
  "message",
  "msg",
  "errormessage",
  "errormsg",
  "statusmsg",
  "detail",
  "details",
  "errordescription",
  "title",
  "error",
] as const;
const CODES = ["code", "errorcode"] as const;
const STATUSES = ["statuscode", "httpstatus", "httpcode", "status"] as const;

/** A status of an error; 449 is one to services that ask too much of it. */
const STATUS = /^[45]\d\d$/;

function first(
  here: Readonly<Record<string, string>>,
  names: readonly string[],
): string {
  const name = names.find((it) => (here[it] ?? "") !== "");
  return name === undefined ? "" : here[name] ?? "";
}

/**
 * The object or array that `text` is, if it is JSON, or that follows words about
 * an error. Other words may quote a tool or a prompt.
 */
function parseWithin(text: string): object | undefined {
  const start = text.search(/[[{]/);
  if (start < 0 || text.length > LONGEST_JSON) return undefined;
  const isAlone = text.slice(0, start).trim() === "";
  if (!isAlone && !WRAPS.test(text.slice(0, start))) return undefined;
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  const body = text.slice(start, end + 1);
  return parseObject(body) ?? parseObject(asJson(body));
}

function parseObject(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A literal of Python, which OpenAI's library prints of an error, as JSON. */
function asJson(literal: string): string {
  return literal.replace(PYTHON, (token) => {
    if (!/^['"]/.test(token)) return PYTHON_WORDS[token] ?? token;
    const inner = token.slice(1, -1)
      .replace(/\\x([\da-f]{2})/gi, "\\u00$1")
      .replace(/\\'/g, "'")
      .replace(/(?<!\\)"/g, '\\"');
    return `"${inner}"`;
  });
}

/** A text or a word of its own. */
const PYTHON = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b/g;
const PYTHON_WORDS: Readonly<Record<string, string>> = {
  None: "null",
  True: "true",
  False: "false",
};

/** What stands before an error that another one wraps. */
const WRAPS =
  /(?:error|exception|fail\w*|status|code|response|returned|body|upstream)\b[^"'`]{0,60}(?:\bb['"])?$/i;

/** A longer one is no error, characters. */
const LONGEST_JSON = 256 * 1024;

/** A text as it is, a number in digits, and anything else empty. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

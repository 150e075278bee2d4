/**
 * Parses the body of an error reply. Services nest errors: JSON in a string, an
 * array with one error, headers as a member. So the parser lists all members of
 * all objects, outer objects first, with names in lower case.
 *
 * @module
 */

/** The members of an error: names without `_` and `-`, and text values. */
export type Details = readonly (readonly [name: string, value: string])[];

/** The content of a body. */
interface ErrorBody {
  /** The innermost message; empty if none. */
  message: string;
  /** The code of that message, or else the type. */
  code: string;
  /** The HTTP status in the body. */
  status: number | undefined;
  /** All members with a string or a number. */
  details: Details;
}

/** Limits for deeply nested bodies; the rest is ignored. */
const MOST_DETAILS = 200;
const DEEPEST = 8;

/**
 * Parses `text` as the JSON of an error, even after other words, as in `Error
 * from provider (429): {...}`; `undefined` if it contains none.
 */
export function parseErrorBody(text: string): ErrorBody | undefined {
  const document = parseWithin(text);
  return document === undefined ? undefined : readBody(document);
}

/** Reads a parsed body; `undefined` if it has no members. */
function readBody(document: unknown): ErrorBody | undefined {
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

  /** Inner objects are closer to the cause, but headers are not an error. */
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

/** The status of an error; some services use 449 for too many requests. */
const STATUS = /^[45]\d\d$/;

function first(
  here: Readonly<Record<string, string>>,
  names: readonly string[],
): string {
  const name = names.find((it) => (here[it] ?? "") !== "");
  return name === undefined ? "" : here[name] ?? "";
}

/**
 * Returns the object or array in `text`, if `text` is JSON or JSON follows
 * words about an error. After other words it may be quoted from a tool or a
 * prompt.
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

/** Converts a Python literal to JSON; OpenAI's library prints errors in it. */
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

/**
 * A string or a keyword of Python. A string without an end reaches to the end of
 * the text, so that no character is read twice.
 */
const PYTHON =
  /'(?:[^'\\]|\\.?)*'?|"(?:[^"\\]|\\.?)*"?|\b(?:None|True|False)\b/g;
const PYTHON_WORDS: Readonly<Record<string, string>> = {
  None: "null",
  True: "true",
  False: "false",
};

/** Words before a nested error. */
const WRAPS =
  /(?:error|exception|fail\w*|status|code|response|returned|body|upstream)\b[^"'`]{0,60}(?:\bb['"])?$/i;

/** Longer texts are not parsed, characters. */
const LONGEST_JSON = 256 * 1024;

/** Returns a string unchanged, a number as digits, and "" for anything else. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

import { isAtLeast } from "./version.ts";
import type {
  KindArgsOptions,
  KindAsked,
  LoginKind,
  SplitPrompt,
} from "./provider.ts";

/** Options that take a value; the next word is not a prompt. */
const VALUE_OPTIONS = new Set([
  "--allowed-mcp-server-names",
  "--allowed-tools",
  "--approval-mode",
  "--auth-type",
  "--channel",
  "--core-tools",
  "--exclude-tools",
  "--extensions",
  "--include-directories",
  "--input-format",
  "--max-session-turns",
  "--model",
  "--openai-api-key",
  "--openai-base-url",
  "--output-format",
  "--proxy",
  "--resume",
  "--sandbox-image",
  "--session-id",
  "--telemetry-target",
  "-e",
  "-m",
  "-o",
  "-r",
]);

/** Options that choose a session, or disable its log. */
export const SESSION_OPTIONS =
  /^(?:-r|-c|--resume|--continue|--session-id|--chat-recording)(?:=|$)/;

/** Returns the value of the first argument that is one of `names`. */
export function valueOf(
  args: readonly string[],
  names: readonly string[],
): string | undefined {
  for (const [at, it] of args.entries()) {
    const [name = "", value] = it.split(/=(.*)/s);
    if (names.includes(name)) return value ?? args[at + 1];
  }
  return undefined;
}

/** Approval modes in which a headless run cannot change anything. */
const CAREFUL_MODES = new Set(["plan", "default"]);

/**
 * Whether tools may edit files and run commands; by default a headless run has
 * no such tool.
 */
export function allowsChanges(args: readonly string[]): boolean {
  const mode = valueOf(args, ["--approval-mode"]);
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    args.some((it) => ALLOWING_OPTIONS.test(it));
}

const ALLOWING_OPTIONS =
  /^(?:(?:-y|--yolo)(?:=true)?|--allowed-tools(?:=.*)?)$/;

/** First words that are subcommands, up to 0.24.4. */
const SUBCOMMAND =
  /^(?:auth|board|channel|extensions?|hooks?|mcp|review|sandbox|serve|sessions|update)$/;

/** Whether these arguments begin with a subcommand. */
export function isSubcommand([first = ""]: readonly string[]): boolean {
  return SUBCOMMAND.test(first);
}

const AUTH_TYPES: Record<LoginKind, string> = {
  "oauth": "qwen-oauth",
  "api-key": "openai",
};

/** The agent accepts both spellings. */
const AUTH_TYPE = ["--auth-type", "--authType"];

/** Options that set another key, or redirect that of the account. */
const KEY_OPTIONS = [
  "--openai-api-key",
  "--openaiApiKey",
  "--openai-base-url",
  "--openaiBaseUrl",
];

/** Returns the first of these options among `args`. */
export function keyOptionOf(args: readonly string[]): string | undefined {
  return KEY_OPTIONS.find((it) => valueOf(args, [it]) !== undefined);
}

/** Returns the kind of login that `args` select. */
export function kindOf(args: readonly string[]): KindAsked {
  const type = isSubcommand(args) ? undefined : valueOf(args, AUTH_TYPE);
  if (type === undefined) return undefined;
  if (type === AUTH_TYPES["api-key"]) return "api-key";
  return type === AUTH_TYPES.oauth ? "oauth" : "other";
}

/**
 * Adds the option that selects the kind; it overrides the settings. Subcommands
 * do not accept it, nor does 0.1.4, the last version before 0.5.0. An unknown
 * version, as of a wrapper script, counts as newer.
 */
export function kindArgs(
  args: readonly string[],
  { kind, version }: KindArgsOptions,
): readonly string[] {
  const isKnown = version === undefined || isAtLeast(version, "0.5.0");
  const isNamed = valueOf(args, AUTH_TYPE) !== undefined;
  return !isKnown || isNamed || isSubcommand(args)
    ? args
    : [`--auth-type=${AUTH_TYPES[kind]}`, ...args];
}

/** Options that make a run end on its own. */
const ENDING_OPTIONS = /^(?:-p|--prompt|-h|--help|-v|--version)(?:=|$)/;

/** Options that make the agent only print information. */
const TELLING_OPTIONS = /^(?:-h|--help|-v|--version|-l|--list-extensions)$/;

/** Options whose value is a prompt. */
const PROMPT_OPTIONS = /^(?:-p|--prompt|-i|--prompt-interactive)$/;

/** Returns the first of `args` that is neither an option nor its value. */
function firstWord(args: readonly string[]): string | undefined {
  return args.find((_, at) => isWord(args, at));
}

function isWord(args: readonly string[], at: number): boolean {
  const [before = "", it = ""] = [args[at - 1], args[at]];
  return !it.startsWith("-") && !VALUE_OPTIONS.has(before) &&
    !PROMPT_OPTIONS.test(before);
}

/** Whether `args` send nothing to a model: a subcommand, or help. */
export function asksNothing(args: readonly string[]): boolean {
  return args.some((it) => TELLING_OPTIONS.test(it)) ||
    SUBCOMMAND.test(firstWord(args) ?? "");
}

/**
 * Whether an editor (ACP) or the SDK controls the agent; the options are the
 * same from 0.12.0 to 0.24.4.
 */
export function converses(args: readonly string[]): boolean {
  return args.some((it) => /^--(?:experimental-)?acp(?:=true)?$/.test(it)) ||
    valueOf(args, ["--input-format"]) === "stream-json";
}

/**
 * Whether `args` open a session, for lack of a prompt, a subcommand or an
 * option that ends the run.
 */
export function opensSession(args: readonly string[]): boolean {
  if (args.some((it) => /^(?:-i|--prompt-interactive)(?:=|$)/.test(it))) {
    return true;
  }
  return !args.some((it) => ENDING_OPTIONS.test(it)) &&
    firstWord(args) === undefined;
}

/**
 * Longer prompts are passed on stdin, UTF-8 bytes. Linux limits one argument to
 * 131,072 bytes (MAX_ARG_STRLEN), and with a stack limit of 512 KiB also all
 * arguments and the environment together (execve(2)).
 */
const LONGEST_PROMPT = 65_536;

/**
 * Removes a prompt that is too long for one argument; `undefined` if there is
 * none. The prompt of a session stays: the agent reads it only from its
 * arguments.
 */
export function splitLongPrompt(
  args: readonly string[],
): SplitPrompt | undefined {
  const at = args.findIndex(isLong);
  const it = args[at];
  if (it === undefined) return undefined;
  const option = /^(?:-p|--prompt)=(.*)$/s.exec(it);
  if (option) return { args: args.toSpliced(at, 1), prompt: option[1] ?? "" };
  if (/^(?:-p|--prompt)$/.test(args[at - 1] ?? "")) {
    return { args: args.toSpliced(at - 1, 2), prompt: it };
  }
  const words = args.filter((_, index) => isWord(args, index));
  const isPrompt = words.length === 1 && words[0] === it &&
    !args.some((it) => PROMPT_OPTIONS.test(it.replace(/=.*/s, "")));
  return isPrompt ? { args: args.toSpliced(at, 1), prompt: it } : undefined;
}

function isLong(text: string): boolean {
  if (text.length * 3 <= LONGEST_PROMPT) return false;
  return new TextEncoder().encode(text).length > LONGEST_PROMPT;
}

import { isAtLeast } from "./version.ts";
import type {
  KindArgsOptions,
  KindAsked,
  LoginKind,
  SplitPrompt,
} from "./provider.ts";

/** Options that take a value; a word after one of them is no prompt. */
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

/** Options that say which session it is to be, or that none is written. */
export const SESSION_OPTIONS =
  /^(?:-r|-c|--resume|--continue|--session-id|--chat-recording)(?:=|$)/;

/** The value of the first of `names` that is among `args`. */
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

/** Modes that a headless run may have without being able to change anything. */
const CAREFUL_MODES = new Set(["plan", "default"]);

/** As shipped, a headless run has no tool that edits or runs commands. */
export function allowsChanges(args: readonly string[]): boolean {
  const mode = valueOf(args, ["--approval-mode"]);
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    args.some((it) => ALLOWING_OPTIONS.test(it));
}

const ALLOWING_OPTIONS =
  /^(?:(?:-y|--yolo)(?:=true)?|--allowed-tools(?:=.*)?)$/;

/** What a first word does not mean as a prompt, up to 0.24.4. */
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

/** Both spellings are known to the CLI. */
const AUTH_TYPE = ["--auth-type", "--authType"];

/** Each brings a key of its own, or leads the account's elsewhere. */
const KEY_OPTIONS = [
  "--openai-api-key",
  "--openaiApiKey",
  "--openai-base-url",
  "--openaiBaseUrl",
];

/** The one of those options that is among `args`. */
export function keyOptionOf(args: readonly string[]): string | undefined {
  return KEY_OPTIONS.find((it) => valueOf(args, [it]) !== undefined);
}

/** The way to log in that these arguments name. */
export function kindOf(args: readonly string[]): KindAsked {
  const type = isSubcommand(args) ? undefined : valueOf(args, AUTH_TYPE);
  if (type === undefined) return undefined;
  if (type === AUTH_TYPES["api-key"]) return "api-key";
  return type === AUTH_TYPES.oauth ? "oauth" : "other";
}

/**
 * The flag goes before the settings. A subcommand does not know it, nor does
 * 0.1.4, the last one before 0.5.0; a script in front of the CLI is taken for
 * a newer one.
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

/** Options that make the run end by itself. */
const ENDING_OPTIONS = /^(?:-p|--prompt|-h|--help|-v|--version)(?:=|$)/;

/** Options that make it only say something of itself. */
const TELLING_OPTIONS = /^(?:-h|--help|-v|--version|-l|--list-extensions)$/;

/** Options whose value is a prompt. */
const PROMPT_OPTIONS = /^(?:-p|--prompt|-i|--prompt-interactive)$/;

/** The first of `args` that is neither an option nor the value of one. */
function firstWord(args: readonly string[]): string | undefined {
  return args.find((_, at) => isWord(args, at));
}

function isWord(args: readonly string[], at: number): boolean {
  const [before = "", it = ""] = [args[at - 1], args[at]];
  return !it.startsWith("-") && !VALUE_OPTIONS.has(before) &&
    !PROMPT_OPTIONS.test(before);
}

/** Whether these arguments ask no model: a subcommand, or for help. */
export function asksNothing(args: readonly string[]): boolean {
  return args.some((it) => TELLING_OPTIONS.test(it)) ||
    SUBCOMMAND.test(firstWord(args) ?? "");
}

/**
 * Whether an editor (ACP) or the SDK drives it; the same options from 0.12.0 to
 * 0.24.4.
 */
export function converses(args: readonly string[]): boolean {
  return args.some((it) => /^--(?:experimental-)?acp(?:=true)?$/.test(it)) ||
    valueOf(args, ["--input-format"]) === "stream-json";
}

/** Without a prompt, a subcommand or one of those options, a session opens. */
export function opensSession(args: readonly string[]): boolean {
  if (args.some((it) => /^(?:-i|--prompt-interactive)(?:=|$)/.test(it))) {
    return true;
  }
  return !args.some((it) => ENDING_OPTIONS.test(it)) &&
    firstWord(args) === undefined;
}

/**
 * Longer ones go by stdin, UTF-8 bytes. Linux takes 131,072 for one argument
 * (MAX_ARG_STRLEN), and 131,072 for all of them and the environment where the
 * stack is limited to 512 KiB (execve(2)).
 */
const LONGEST_PROMPT = 65_536;

/**
 * Takes a prompt out of `args` that is too long for one argument; `undefined` if
 * there is none. A prompt that opens a session stays: the CLI takes that from
 * its arguments only.
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

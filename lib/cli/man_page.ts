import type { Command, Flags } from "./command.ts";
import { GLOBAL_FLAGS } from "./parse.ts";
import { SETTING_NAMES, settingKey, settingVariable } from "./setting_flags.ts";
import { VERSION } from "./version.ts";
import { program } from "../program.ts";

/** The exit codes, as in the README. */
const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "Done."],
  ["1", "Failed; exec otherwise returns the code of qwen."],
  ["2", "The command line cannot be understood."],
  ["4", "A login is needed."],
  ["75", "No account is ready now, or another process holds the lock."],
  ["124", "The time was up."],
  ["127", "qwen is not found."],
  ["128+n", "Ended by signal n."],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["ACCOUNT_QWEN_DIR", "The folder of the accounts, as with --dir."],
  ["QWEN_API_KEY", "A key for one run of exec, which stores nothing."],
  ["QWEN_ACCESS_TOKEN", "An access token for one run of exec."],
  ["QWEN_BASE_URL, QWEN_MODEL", "Where that is good, and what is asked there."],
  ["ACCOUNT_QWEN_OAUTH_URL", "Another service for logins."],
  ["NO_COLOR", "No colours."],
];

const FILES: readonly (readonly [string, string])[] = [
  ["~/.qwen/accounts/", "The logins and keys, one file each."],
  ["~/.qwen/oauth_creds.json", "A link to the login of the active account."],
  ["~/.qwen/account-qwen.yaml", "Settings."],
  ["~/.qwen/state.yaml", "Counts and times."],
  ["~/.qwen/rotation.log", "What has happened, one JSON object a line."],
];

/** Writes the manual page in the man(7) language of roff. */
export function formatManPage(commands: readonly Command[]): string {
  return [
    `.TH ${escape(program().toUpperCase())} 1 "" "${
      escape(`${program()} ${VERSION}`)
    }" "User Commands"`,
    ".SH NAME",
    `${escape(program())} \\- run the Qwen CLI with several accounts`,
    ".SH SYNOPSIS",
    bold(program()),
    ".I command",
    ".RI [ flags ]",
    ".RI [ words ]",
    ".SH DESCRIPTION",
    "Keeps several accounts of the Qwen CLI side by side, runs",
    ".B qwen",
    "with the one that is ready, and goes on with the next one where one is out of",
    "quota.",
    ".SH COMMANDS",
    ...commands.flatMap(commandSection),
    ".SH FLAGS OF EVERY COMMAND",
    ...flagList(GLOBAL_FLAGS),
    ".SH SETTINGS",
    "Each of these flags of exec may also be an environment variable, or a key in",
    ".IR \\(ti/.qwen/account\\-qwen.yaml :",
    ...SETTING_NAMES.flatMap((name) =>
      tagged(
        `\\fB\\-\\-${escape(name)}\\fR`,
        `${settingVariable(name)}, ${settingKey(name)}`,
      )
    ),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([code, says]) => tagged(bold(code), says)),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, says]) => tagged(bold(name), says)),
    ".SH FILES",
    ...FILES.flatMap(([path, says]) => tagged(`\\fI${escape(path)}\\fR`, says)),
    "",
  ].join("\n");
}

function commandSection(command: Command): string[] {
  const { name, alias, summary, usage, flags, notes, examples } = command;
  const words = usage === undefined ? "" : ` ${escape(usage)}`;
  return [
    `.SS "${escape(`${program()} ${name}`)}${words.replaceAll('"', "\\(dq")}"`,
    text(`${summary}.`),
    ...(alias === undefined ? [] : [".PP", `The same: ${bold(alias)}${words}`]),
    ...flagList(flags),
    ...(notes ? verbatim(notes) : []),
    ...verbatim(examples),
  ];
}

function flagList(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, { value, summary }]) => {
    const flag = bold(`--${name}`);
    const tag = value === undefined ? flag : `${flag} \\fI${escape(value)}\\fR`;
    return tagged(tag, summary);
  });
}

function tagged(tag: string, says: string): string[] {
  return [".TP", tag, text(says)];
}

/** Lines as they are. */
function verbatim(lines: readonly string[]): string[] {
  return [".PP", ".nf", ...lines.map((it) => text(it)), ".fi"];
}

function bold(word: string): string {
  return `\\fB${escape(word)}\\fR`;
}

/** A line must not begin with what begins a request. */
function text(line: string): string {
  const escaped = escape(line);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** What has a meaning for roff, or would become a typographic sign. */
function escape(line: string): string {
  return line.replace(/[\\\-'`^~"]/g, (it) => ESCAPES[it] ?? it);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

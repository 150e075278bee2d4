import { isRecord } from "../json.ts";
import { isSafe } from "../system/loopback.ts";
import { EVENT_TYPES, type EventType } from "./events.ts";

/** The kinds of targets, as `type` in the settings names them. */
export type TargetType =
  | "webhook"
  | "slack"
  | "discord"
  | "telegram"
  | "ntfy"
  | "plain"
  | "desktop"
  | "program";

/** Somebody or something that is told about events. */
export interface Target {
  /** Its name in the settings. */
  readonly name: string;
  /** How it is told. */
  readonly type: TargetType;
  /** The events that it is told. */
  readonly events: readonly EventType[];
  /** Its address. Secret: Slack and Discord put the key into it. */
  readonly url?: string | undefined;
  /** The file with the address. */
  readonly urlFile?: string | undefined;
  /** The file with the secret that signs a webhook. */
  readonly secretFile?: string | undefined;
  /** The file with the token of Telegram or ntfy. */
  readonly tokenFile?: string | undefined;
  /** The chat at Telegram. */
  readonly chat?: string | undefined;
  /** The program and its arguments. */
  readonly command?: readonly string[] | undefined;
}

/** The section `notify` of the settings. */
export interface NotifySettings {
  /** The targets, in the order of the file. */
  readonly targets: readonly Target[];
  /** The shares of a quota that are told, ascending, such as 0.8. */
  readonly thresholds: readonly number[];
}

/** The key of the section in `account-qwen.yaml`. */
export const NOTIFY_KEY = "notify";

/** The settings without a section `notify`. */
const NO_TARGETS: NotifySettings = { targets: [], thresholds: [] };

/** Creates an error about something wrong in the section. */
export type Fail = (
  /** What is wrong, beginning with the place, such as `targets.team.url`. */
  problem: string,
  /** An unknown word, and the known ones. */
  unknown?: { word: string; known: readonly string[] },
) => Error;

/** The address of Telegram's bots, in front of `/botTOKEN/METHOD`. */
const TELEGRAM = "https://api.telegram.org";

/** The shares that are told by default. */
const THRESHOLDS = [0.8, 0.95];

/** The keys of each type. Of the keys of a group in `needs`, one is needed. */
const KEYS: Readonly<
  Record<TargetType, { needs: readonly (readonly Key[])[]; may?: Key[] }>
> = {
  webhook: { needs: [["url", "url_file"], ["secret_file"]] },
  slack: { needs: [["url", "url_file"]] },
  discord: { needs: [["url", "url_file"]] },
  telegram: { needs: [["chat"], ["token_file"]], may: ["url"] },
  ntfy: { needs: [["url", "url_file"]], may: ["token_file"] },
  plain: { needs: [["url", "url_file"]] },
  desktop: { needs: [] },
  program: { needs: [["command"]] },
};

type Key =
  | "url"
  | "url_file"
  | "secret_file"
  | "token_file"
  | "chat"
  | "command";

/** The name of a target: a word that a command line can have. */
const NAME = /^[\w.-]{1,64}$/;

/** Reads the section `notify` of the settings; `fail` creates the error. */
export function readNotifySettings(value: unknown, fail: Fail): NotifySettings {
  if (value === null || value === undefined) return NO_TARGETS;
  const section = mappingOf(value, "it", fail);
  checkKeys(section, ["targets", "quota_thresholds"], { place: "", fail });
  const targets = mappingOf(section.targets ?? {}, "targets", fail);
  return {
    targets: Object.entries(targets).map(([name, it]) =>
      readTarget(name, mappingOf(it, `targets.${name}`, fail), fail)
    ),
    thresholds: readThresholds(section.quota_thresholds, fail),
  };
}

function readTarget(
  name: string,
  entry: Record<string, unknown>,
  fail: Fail,
): Target {
  const place = `targets.${name}`;
  if (!NAME.test(name)) {
    const allowed = "only letters, digits, dots, dashes and underscores";
    throw fail(`${place}: a name has ${allowed}`);
  }
  const types = Object.keys(KEYS);
  const type = textOf(entry.type, `${place}.type`, fail);
  if (type === undefined) {
    throw fail(`${place}: type is missing (one of ${types.join(", ")})`);
  }
  if (!isType(type)) {
    const problem = `${place}.type: unknown type "${type}"`;
    throw fail(problem, { word: type, known: types });
  }
  const { needs, may = [] } = KEYS[type];
  const known = ["type", "events", ...needs.flat(), ...may];
  checkKeys(entry, known, { place: `${place}.`, fail });
  for (const group of needs) {
    const given = group.filter((it) => (entry[it] ?? undefined) !== undefined);
    if (given.length === 1) continue;
    const problem = given.length === 0
      ? `${group.join(" or ")} is missing`
      : `${group.join(" and ")} cannot both be set`;
    throw fail(`${place}: ${problem}`);
  }
  const at = (key: Key | "events") =>
    [entry[key], `${place}.${key}`, fail] as const;
  return {
    name,
    type,
    events: readEvents(...at("events")),
    url: urlOf(...at("url")) ?? (type === "telegram" ? TELEGRAM : undefined),
    urlFile: pathOf(...at("url_file")),
    secretFile: pathOf(...at("secret_file")),
    tokenFile: pathOf(...at("token_file")),
    chat: textOf(...at("chat")),
    command: commandOf(...at("command")),
  };
}

function isType(word: string): word is TargetType {
  return Object.hasOwn(KEYS, word);
}

function readEvents(value: unknown, place: string, fail: Fail): EventType[] {
  if (value === null || value === undefined) return [...EVENT_TYPES];
  if (!Array.isArray(value) || value.length === 0) {
    throw fail(`${place}: a list of events is needed`);
  }
  return value.map((it) => {
    const known = EVENT_TYPES.find((type) => type === it);
    if (known !== undefined) return known;
    const problem = `${place}: unknown event ${JSON.stringify(it)}`;
    throw fail(problem, { word: String(it), known: EVENT_TYPES });
  });
}

function readThresholds(value: unknown, fail: Fail): number[] {
  if (value === null || value === undefined) return THRESHOLDS;
  const place = "quota_thresholds";
  if (!Array.isArray(value)) throw fail(`${place}: a list is needed`);
  return value.map((it) => {
    const percent = Number(/^(\d{1,3}(?:\.\d+)?)%?$/.exec(String(it))?.[1]);
    // Below 1, a share such as 0.8 is meant, not 0.8 %.
    if (percent >= 1 && percent <= 100) return percent / 100;
    throw fail(`${place}: ${JSON.stringify(it)} is not a share such as 80%`);
  }).sort((a, b) => a - b);
}

/**
 * Returns the address `text`; `undefined` if nobody may send a secret there: it
 * is neither HTTPS nor HTTP on this machine, or not an address.
 */
export function safeUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return isSafe(url) ? url : undefined;
}

/** What an address must be; completes "the address ...". */
export const UNSAFE_URL =
  "must begin with https://, or with http:// and name " +
  "this machine";

function urlOf(value: unknown, place: string, fail: Fail): string | undefined {
  const text = textOf(value, place, fail);
  // The address is a secret: the error does not repeat it.
  if (text === undefined || safeUrl(text)) return text;
  throw fail(`${place}: the address ${UNSAFE_URL}`);
}

function pathOf(value: unknown, place: string, fail: Fail): string | undefined {
  const text = textOf(value, place, fail);
  if (text === undefined || /^(?:~\/|\/)/.test(text)) return text;
  throw fail(`${place}: a path must begin with / or ~/`);
}

function commandOf(
  value: unknown,
  place: string,
  fail: Fail,
): string[] | undefined {
  if (value === null || value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) {
    throw fail(`${place}: a list is needed: the program and its arguments`);
  }
  return value.map((it) => {
    const text = textOf(it, place, fail);
    if (text !== undefined && !text.includes("\0")) return text;
    throw fail(`${place}: each argument must be a text`);
  });
}

function textOf(value: unknown, place: string, fail: Fail): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value); // such as a chat
  throw fail(`${place}: a text is needed`);
}

function mappingOf(
  value: unknown,
  place: string,
  fail: Fail,
): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw fail(`${place} must be a mapping`);
}

function checkKeys(
  entry: Record<string, unknown>,
  known: readonly string[],
  { place, fail }: { place: string; fail: Fail },
): void {
  for (const word of Object.keys(entry)) {
    if (known.includes(word)) continue;
    throw fail(`${place}${word}: unknown key`, { word, known });
  }
}

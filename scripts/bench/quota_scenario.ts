import { parseDuration } from "../../lib/amounts.ts";
import { nameOfLength } from "../../lib/quota/header_values.ts";
import type { ServiceClock } from "../../lib/verdict/service.ts";

/** A window with its limit, which the forecasts are not told. */
export interface HiddenWindow {
  /** Its name, such as "5h" or "week". */
  name: string;
  /** What it counts. */
  unit: "requests" | "tokens";
  /** The limit, in units. */
  limit: number;
  /** Its length, milliseconds. */
  lengthMs: number;
  /** How it begins. */
  kind: "fixed" | "sliding" | "first-use" | "calendar";
  /** A time at which a fixed window begins, milliseconds since the epoch. */
  anchorMs: number;
  /** The model that it counts. @default all */
  model?: string | undefined;
  /** Whether a page of the service names it, without the limit. */
  isKnown: boolean;
  /** A change of the plan. @default none */
  change?: { at: number; limit: number } | undefined;
}

/** Returns the limit of a window at a time. */
export function limitAt({ limit, change }: HiddenWindow, at: number): number {
  return change && at >= change.at ? change.limit : limit;
}

/** Requests for one model. */
export interface TrafficPattern {
  /** The model. */
  model: string;
  /** Requests in an hour of the day, on average, outside bursts. */
  perHour: number;
  /** Tokens of a request, on average. */
  tokens: number;
  /** The standard deviation of the logarithm of its tokens. */
  tokenSpread: number;
  /** Hours, UTC, in which there is less traffic. @default none */
  night?: { from: number; to: number; factor: number } | undefined;
  /** The traffic of Saturday and Sunday, as a share of other days. */
  weekend: number;
  /** Times with more traffic, which begin at random. @default none */
  bursts?: { perDay: number; lengthMs: number; factor: number } | undefined;
  /** The standard deviation of the logarithm of the traffic of a day. */
  drift: number;
}

/** A service, its windows, and what clients send to it. */
export interface Scenario {
  name: string;
  /** When it begins, milliseconds since the epoch. */
  start: number;
  days: number;
  accounts: number;
  clock: ServiceClock;
  windows: HiddenWindow[];
  traffic: TrafficPattern[];
  /** The share of the traffic of each account that we do not see. */
  unseen: number;
  /** Whether replies name limit, remaining and reset of each window. */
  headers: boolean;
  /** Whether refusals name the reset. */
  resets: boolean;
  /** How long clients wait after a refusal that names no reset. */
  retryMs: number;
}

type Json = Record<string, unknown>;

/**
 * Parses a file of scenarios; its format is described in `quota_bench.ts`. Keys
 * that are not described there are ignored.
 *
 * @throws {SyntaxError} If it is not valid, with the place of the fault.
 */
export function parseScenarios(text: string): Scenario[] {
  const document = parseJson(text);
  const list = Array.isArray(document)
    ? document
    : (document as Json | null)?.scenarios;
  if (!Array.isArray(list) || list.length === 0) {
    throw new SyntaxError(
      "Cannot read the scenarios: there is no list of them",
    );
  }
  return list.map((it, index) => parseScenario(it, `scenarios[${index}]`));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`Cannot read the scenarios: ${why}`, { cause });
  }
}

function parseScenario(json: unknown, at: string): Scenario {
  const read = reader(json, at);
  const start = read.time("start", Date.UTC(2026, 9, 5));
  const scenario = {
    name: read.text("name", at),
    start,
    days: read.number("days", 14, { above: 0, most: 366 }),
    accounts: read.number("accounts", 1, { above: 0, most: 50 }),
    clock: parseClock(read.object("clock"), `${at}.clock`),
    windows: read.list("windows").map((it, n) =>
      parseWindow(it, { at: `${at}.windows[${n}]`, start })
    ),
    traffic: read.list("traffic").map((it, n) =>
      parseTraffic(it, `${at}.traffic[${n}]`)
    ),
    unseen: read.number("unseen", 0, { below: 1 }),
    headers: read.flag("headers", false),
    resets: read.flag("resets", false),
    retryMs: read.duration("retry", "5m"),
  };
  if (Number.isInteger(scenario.accounts)) return scenario;
  throw read.fault("accounts", "a whole number");
}

function parseClock(json: Json | undefined, at: string): ServiceClock {
  const read = reader(json ?? {}, at);
  const clock = {
    zone: read.text("zone", "UTC"),
    ...(json?.resetZone === undefined
      ? {}
      : { resetZone: read.text("resetZone", "UTC") }),
    weekBegins: read.number("weekBegins", 1, { most: 7 }),
    monthBegins: read.number("monthBegins", 1, { above: 0, most: 31 }),
  };
  for (const key of ["zone", "resetZone"] as const) {
    try {
      new Intl.DateTimeFormat("en", { timeZone: clock[key] });
    } catch {
      throw read.fault(key, "a time zone such as UTC or +08:00");
    }
  }
  return clock;
}

/** The names of windows by the calendar, and how long each lasts at least. */
const PERIODS = [["month", 28], ["week", 7], ["day", 0]] as const;

function parseWindow(
  json: unknown,
  { at, start }: { at: string; start: number },
): HiddenWindow {
  const read = reader(json, at);
  const lengthMs = read.duration("length");
  const kind = read.choice("kind", [
    "fixed",
    "sliding",
    "first-use",
    "calendar",
  ]);
  const days = lengthMs / 86_400_000;
  const name = read.text(
    "name",
    kind === "calendar"
      ? PERIODS.find(([, least]) => days >= least)![0]
      : nameOfLength(lengthMs),
  );
  if (kind === "calendar" && !PERIODS.some(([it]) => it === name)) {
    throw read.fault("name", "day, week or month");
  }
  const change = read.object("change");
  const ofChange = reader(change ?? {}, `${at}.change`);
  const model = read.text("model", "");
  return {
    name,
    unit: read.choice("unit", ["requests", "tokens"]),
    limit: read.number("limit", undefined, { above: 0 }),
    lengthMs,
    kind,
    anchorMs: read.timeOrDuration("anchor"),
    ...(model === "" ? {} : { model }),
    isKnown: read.flag("known", true),
    ...(change
      ? {
        change: {
          at: start + ofChange.duration("after"),
          limit: ofChange.number("limit", undefined, { above: 0 }),
        },
      }
      : {}),
  };
}

function parseTraffic(json: unknown, at: string): TrafficPattern {
  const read = reader(json, at);
  const night = read.object("night");
  const bursts = read.object("bursts");
  const ofNight = reader(night ?? {}, `${at}.night`);
  const ofBursts = reader(bursts ?? {}, `${at}.bursts`);
  const hour = { most: 24 };
  return {
    model: read.text("model", "model-a"),
    perHour: read.number("perHour", undefined, { most: 1e6 }),
    tokens: read.number("tokens", 4_000),
    tokenSpread: read.number("tokenSpread", 0.5, { most: 10 }),
    ...(night
      ? {
        night: {
          from: ofNight.number("from", undefined, hour),
          to: ofNight.number("to", undefined, hour),
          factor: ofNight.number("factor"),
        },
      }
      : {}),
    weekend: read.number("weekend", 1),
    ...(bursts
      ? {
        bursts: {
          perDay: ofBursts.number("perDay", undefined, { most: 10_000 }),
          lengthMs: ofBursts.duration("length"),
          factor: ofBursts.number("factor"),
        },
      }
      : {}),
    drift: read.number("drift", 0, { most: 10 }),
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Which numbers are valid. @default 0 or more, less than 10^12 */
interface Range {
  above?: number;
  below?: number;
  most?: number;
}

/**
 * Returns functions that read the members of an object. A member that is null is
 * missing.
 */
function reader(from: unknown, at: string) {
  if (!isObject(from)) {
    throw new SyntaxError(
      `Cannot read the scenarios: ${at} must be an object`,
    );
  }
  const json = from;
  const fault = (key: string, wanted: string) =>
    new SyntaxError(
      `Cannot read the scenarios: ${at}.${key} must be ${wanted}`,
    );
  const time = (key: string, fallback: number) => {
    const ms = json[key] === undefined
      ? fallback
      : Date.parse(String(json[key]));
    if (!Number.isNaN(ms)) return ms;
    throw fault(key, "a time such as 2026-10-05T00:00:00Z");
  };
  const duration = (key: string, fallback?: string) => {
    const ms = parseDuration(String(json[key] ?? fallback));
    if (ms !== undefined) return ms;
    throw fault(key, "a duration such as 5h, 1m or 7d");
  };
  return {
    fault,
    time,
    duration,
    number(
      key: string,
      fallback?: number,
      { above = -1, below = 1e12, most = 1e12 }: Range = {},
    ): number {
      const value = json[key] ?? fallback;
      const isValid = typeof value === "number" && value >= 0 &&
        value > above && value < below && value <= most;
      if (isValid) return value;
      const least = above >= 0 ? `above ${above}` : "not below 0";
      const end = below < 1e12
        ? `, below ${below}`
        : most < 1e12
        ? `, at most ${most}`
        : "";
      throw fault(key, `a number, ${least}${end}`);
    },
    text(key: string, fallback: string): string {
      const value = json[key] ?? fallback;
      if (typeof value === "string") return value;
      throw fault(key, "a text");
    },
    flag(key: string, fallback: boolean): boolean {
      const value = json[key] ?? fallback;
      if (typeof value === "boolean") return value;
      throw fault(key, "true or false");
    },
    choice<T extends string>(key: string, choices: readonly T[]): T {
      const value = choices.find((it) => it === json[key]);
      if (value !== undefined) return value;
      throw fault(key, `one of ${choices.join(", ")}`);
    },
    timeOrDuration(key: string): number {
      const value = json[key] ?? 0;
      if (value === 0) return 0;
      return /^\d{4}-/.test(String(value)) ? time(key, 0) : duration(key);
    },
    object(key: string): Json | undefined {
      const value = json[key] ?? undefined;
      if (value === undefined || isObject(value)) return value;
      throw fault(key, "an object");
    },
    list(key: string): unknown[] {
      const value = json[key];
      if (Array.isArray(value) && value.length > 0) return value;
      throw fault(key, "a list that is not empty");
    },
  };
}

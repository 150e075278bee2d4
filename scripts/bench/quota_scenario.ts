import { parseDuration } from "../../lib/duration.ts";
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
 * Parses a file of scenarios; its format is described in `quota_bench.ts`.
 *
 * @throws {SyntaxError} If it is not valid, with the place of the fault.
 */
export function parseScenarios(text: string): Scenario[] {
  const document: unknown = JSON.parse(text);
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

function parseScenario(json: Json, at: string): Scenario {
  const read = reader(json, at);
  const windows = read.list("windows");
  const traffic = read.list("traffic");
  const clock = (json.clock ?? {}) as Partial<ServiceClock>;
  const unseen = read.number("unseen", 0);
  if (unseen >= 1) throw read.fault("unseen", "below 1");
  return {
    name: read.text("name", at),
    start: read.time("start", Date.UTC(2026, 9, 5)),
    days: read.number("days", 14),
    accounts: read.number("accounts", 1),
    clock: { zone: "UTC", weekBegins: 1, monthBegins: 1, ...clock },
    windows: windows.map((it, n) => parseWindow(it, `${at}.windows[${n}]`)),
    traffic: traffic.map((it, n) => parseTraffic(it, `${at}.traffic[${n}]`)),
    unseen,
    headers: read.flag("headers", false),
    resets: read.flag("resets", false),
    retryMs: read.duration("retry", "5m"),
  };
}

function parseWindow(json: Json, at: string): HiddenWindow {
  const read = reader(json, at);
  const lengthMs = read.duration("length");
  const anchor = json.anchor ?? 0;
  const model = json.model === undefined ? undefined : read.text("model");
  return {
    name: read.text("name", nameOfLength(lengthMs)),
    unit: read.choice("unit", ["requests", "tokens"]),
    limit: read.number("limit"),
    lengthMs,
    kind: read.choice("kind", ["fixed", "sliding", "first-use", "calendar"]),
    anchorMs: anchor === 0
      ? 0
      : /^\d{4}-/.test(String(anchor))
      ? read.time("anchor", 0)
      : read.duration("anchor"),
    ...(model === undefined ? {} : { model }),
    isKnown: read.flag("known", true),
  };
}

function parseTraffic(json: Json, at: string): TrafficPattern {
  const read = reader(json, at);
  const night = json.night as Json | undefined;
  const bursts = json.bursts as Json | undefined;
  const ofNight = reader(night ?? {}, `${at}.night`);
  const ofBursts = reader(bursts ?? {}, `${at}.bursts`);
  return {
    model: read.text("model", "model-a"),
    perHour: read.number("perHour"),
    tokens: read.number("tokens", 4_000),
    tokenSpread: read.number("tokenSpread", 0.5),
    ...(night
      ? {
        night: {
          from: ofNight.number("from"),
          to: ofNight.number("to"),
          factor: ofNight.number("factor"),
        },
      }
      : {}),
    weekend: read.number("weekend", 1),
    ...(bursts
      ? {
        bursts: {
          perDay: ofBursts.number("perDay"),
          lengthMs: ofBursts.duration("length"),
          factor: ofBursts.number("factor"),
        },
      }
      : {}),
    drift: read.number("drift", 0),
  };
}

/** Returns functions that read the members of an object. */
function reader(json: Json, at: string) {
  const fault = (key: string, wanted: string) =>
    new SyntaxError(
      `Cannot read the scenarios: ${at}.${key} must be ${wanted}`,
    );
  return {
    fault,
    number(key: string, fallback?: number): number {
      const value = json[key] ?? fallback;
      if (typeof value === "number" && value >= 0 && value < 1e12) return value;
      throw fault(key, "a number, not below 0");
    },
    text(key: string, fallback?: string): string {
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
    duration(key: string, fallback?: string): number {
      const ms = parseDuration(String(json[key] ?? fallback));
      if (ms !== undefined) return ms;
      throw fault(key, "a duration such as 5h, 1m or 7d");
    },
    time(key: string, fallback: number): number {
      const value = json[key];
      const at = value === undefined ? fallback : Date.parse(String(value));
      if (!Number.isNaN(at)) return at;
      throw fault(key, "a time such as 2026-10-05T00:00:00Z");
    },
    list(key: string): Json[] {
      const value = json[key];
      if (Array.isArray(value) && value.length > 0) return value;
      throw fault(key, "a list that is not empty");
    },
  };
}

import { assertEquals } from "@std/assert";
import { eventsOf, type Facts } from "../../lib/notify/events_of.ts";

type State = Facts["state"];
type AccountState = State["accounts"] extends ReadonlyMap<number, infer It> ? It
  : never;
type Cooldown = AccountState["cooldowns"][number];

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

const NEW_ACCOUNT: AccountState = {
  label: undefined,
  switchesCount: 0,
  lastUsed: undefined,
  blocked: undefined,
  blockedSince: undefined,
  cooldowns: [],
  extra: {},
};

const NEW_STATE: State = {
  currentIndex: undefined,
  activeKey: undefined,
  totalAccounts: 0,
  lastSwitch: undefined,
  switchesTotal: 0,
  accounts: new Map(),
  linked: false,
  order: [],
  sticky: new Map(),
  moving: undefined,
  extra: {},
  accountsExtra: {},
  head: "",
};

/** Returns the facts about accounts, by number; account 1 is active. */
function facts(
  accounts: Record<number, Partial<AccountState>>,
  { active = 1, ...more }: Partial<Facts> = {},
): Facts {
  const entries = Object.entries(accounts).map(([index, it]) =>
    [Number(index), { ...NEW_ACCOUNT, ...it }] as const
  );
  return {
    state: {
      ...NEW_STATE,
      currentIndex: active,
      accounts: new Map(entries),
    },
    accounts: entries.map(([index]) => index),
    doubtful: new Set(),
    active,
    ...more,
  };
}

function cooldown(more: Partial<Cooldown> = {}): Cooldown {
  return {
    model: undefined,
    until: NOW + 3 * HOUR_MS,
    strikes: 1,
    reason: "quota",
    probeUntil: undefined,
    probeBy: undefined,
    ...more,
  };
}

const FRESH = facts({ 1: {}, 2: {} });
const OUT = { cooldowns: [cooldown()] };
const GUESSED = {
  cooldowns: [cooldown({ isGuess: true, until: NOW + 60_000 })],
};

const CASES: Record<string, {
  before: Facts;
  after: Facts;
  /** Each event: its episode, and when it is, in hours from now. */
  told: [episode: string, hours: number][];
  dropped?: string[];
}> = {
  "tells nothing when nothing has changed": {
    before: FRESH,
    after: FRESH,
    told: [],
  },
  "tells that an account is out of quota, and now when it will be back": {
    before: FRESH,
    after: facts({ 1: OUT, 2: {} }),
    told: [["account.exhausted 1", 0], ["account.recovered 1", 3]],
  },
  "tells nothing again when an account stays out of quota": {
    before: facts({ 1: OUT, 2: {} }),
    after: facts({ 1: { ...OUT, lastUsed: "2026-11-21T12:00:00Z" }, 2: {} }),
    told: [],
  },
  "tells a new end of the same episode": {
    before: facts({ 1: OUT, 2: {} }),
    after: facts({
      1: { cooldowns: [cooldown({ until: NOW + 5 * HOUR_MS })] },
      2: {},
    }),
    told: [["account.recovered 1", 5]],
  },
  "tells no end that is a guess": {
    before: FRESH,
    after: facts({ 1: GUESSED, 2: {} }),
    told: [["account.exhausted 1", 0]],
    dropped: ["account.recovered 1"],
  },
  "continues an episode after a guessed end, until the account has answered": {
    before: facts({
      1: { cooldowns: [cooldown({ isGuess: true, until: NOW - HOUR_MS })] },
      2: {},
    }),
    after: facts({ 1: GUESSED, 2: {} }),
    told: [],
  },
  "tells that an account has answered again": {
    before: facts({ 1: GUESSED, 2: {} }),
    after: FRESH,
    told: [["account.recovered 1", 0]],
  },
  "begins a new episode after a known end": {
    before: facts({
      1: { cooldowns: [cooldown({ until: NOW - HOUR_MS })] },
      2: {},
    }),
    after: facts({ 1: OUT, 2: {} }),
    told: [["account.exhausted 1", 0], ["account.recovered 1", 3]],
  },
  "tells about models on their own": {
    before: FRESH,
    after: facts({ 1: { cooldowns: [cooldown({ model: "max" })] }, 2: {} }),
    told: [["account.exhausted 1 max", 0], ["account.recovered 1 max", 3]],
  },
  "drops the end of a removed account": {
    before: facts({ 1: {}, 2: OUT }),
    after: facts({ 1: {} }),
    told: [],
    dropped: ["account.recovered 2"],
  },
  "drops the end of a disabled account": {
    before: facts({ 1: {}, 2: OUT }),
    after: facts({ 1: {}, 2: { ...OUT, disabled: true } }),
    told: [],
    dropped: ["account.recovered 2"],
  },
  "tells nothing about a cooldown that the user asked for": {
    before: FRESH,
    after: facts({
      1: { cooldowns: [cooldown({ reason: "asked for" })] },
      2: {},
    }),
    told: [],
  },
  "tells that an account needs a login": {
    before: FRESH,
    after: facts({ 1: {}, 2: { blocked: "login needed" } }),
    told: [["account.login_needed 2", 0]],
  },
  "tells that an account was refused, since when": {
    before: FRESH,
    after: facts({
      1: {},
      2: { cooldowns: [cooldown({ reason: "auth", since: NOW - HOUR_MS })] },
    }),
    told: [["account.refused 2", -1]],
  },
  "tells that no account is ready, and when the first one will be": {
    before: facts({
      1: { cooldowns: [cooldown({ reason: "throttle" })] },
      2: {},
    }),
    after: facts({
      1: { cooldowns: [cooldown({ reason: "throttle" })] },
      2: { cooldowns: [cooldown({ until: NOW + 5 * HOUR_MS })] },
    }),
    told: [
      ["account.exhausted 2", 0],
      ["account.recovered 2", 5],
      ["pool.exhausted", 0],
      ["pool.recovered", 3],
    ],
  },
  "tells no end of the pool when none is known": {
    before: FRESH,
    after: facts({ 1: { blocked: "login needed" }, 2: GUESSED }),
    told: [
      ["account.login_needed 1", 0],
      ["account.exhausted 2", 0],
      ["pool.exhausted", 0],
    ],
    dropped: ["account.recovered 2", "pool.recovered"],
  },
  "tells nothing about a pool that pauses for a minute": {
    before: facts({ 1: {} }),
    after: facts({
      1: { cooldowns: [cooldown({ reason: "throttle", until: NOW + 60_000 })] },
    }),
    told: [],
  },
  "tells that a pool is ready again before the time": {
    before: facts({ 1: OUT }),
    after: facts({ 1: {}, 2: {} }),
    told: [["account.recovered 1", 0], ["pool.recovered", 0]],
  },
  "tells of a switch": {
    before: FRESH,
    after: facts({ 1: {}, 2: {} }, { active: 2 }),
    told: [["account.switched 1 2 0", 0]],
  },
  "tells that runs continue with another account than the active one": {
    before: facts({ 1: {}, 2: {}, 3: {} }),
    after: facts({ 1: {}, 2: OUT, 3: {} }, { successors: new Map([[2, 3]]) }),
    told: [
      ["account.exhausted 2", 0],
      ["account.recovered 2", 3],
      ["account.switched after account.exhausted 2", 0],
    ],
  },
  "tells that once, while the account is out of quota": {
    before: facts({ 1: {}, 2: OUT, 3: {} }),
    after: facts({ 1: {}, 2: OUT, 3: {} }, { successors: new Map([[2, 3]]) }),
    told: [],
  },
  "tells of no other account when one is left for another reason": {
    before: facts({ 1: {}, 2: {} }),
    after: facts({
      1: {},
      2: { cooldowns: [cooldown({ reason: "throttle", until: NOW + 60_000 })] },
    }, { successors: new Map([[2, 1]]) }),
    told: [],
  },
  "tells of no switch when the first account becomes active": {
    before: { ...FRESH, state: NEW_STATE, active: undefined },
    after: FRESH,
    told: [],
  },
  "tells of no switch when the active account was removed": {
    before: FRESH,
    after: facts({ 2: {} }, { active: 2 }),
    told: [],
  },
};

for (
  const [name, { before, after, told, dropped = [] }] of Object.entries(CASES)
) {
  Deno.test(`eventsOf() ${name}`, () => {
    const found = eventsOf(before, after, { now: NOW });
    assertEquals(
      found.events.map((it) => [it.episode, (it.at - NOW) / HOUR_MS]),
      told,
    );
    assertEquals(found.dropped, dropped);
  });
}

Deno.test("eventsOf() finds a switch after a kill between the link and the state", () => {
  const before = { ...FRESH, active: 2 }; // the link has moved
  const after = facts({ 1: {}, 2: {} }, { active: 2 });
  const { events } = eventsOf(before, after, { now: NOW });
  assertEquals(events.map((it) => [it.from, it.account]), [[1, 2]]);
});

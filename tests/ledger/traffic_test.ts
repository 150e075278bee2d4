import { assertEquals } from "@std/assert";
import {
  type AccountTraffic,
  type Traffic,
  waitsForSign,
} from "../../lib/ledger/traffic.ts";

const NOW = 1_700_000_000_000;

const TICKET = { id: "b1", accounts: [1], asOf: NOW };

const PROBE = { party: "a", process: "a", waitUntil: NOW + 5_000, sent: 1 };

const CASES: Record<string, {
  account?: Partial<AccountTraffic>;
  accounts?: readonly number[];
  now?: number;
  waits: boolean;
}> = {
  "until the first sign": { account: { probe: PROBE }, waits: true },
  "not if there is no probe": { account: {}, waits: false },
  "not if nothing is known": { waits: false },
  "not if its process has ended": {
    account: { probe: { ...PROBE, process: "dead" } },
    waits: false,
  },
  "not after its time": {
    account: { probe: PROBE },
    now: NOW + 5_000,
    waits: false,
  },
  "after its time, if another one was sent": {
    account: { probe: { ...PROBE, sent: 2 } },
    now: NOW + 5_000,
    waits: true,
  },
  "not if the account has answered": {
    account: { probe: PROBE, openUntil: NOW + 60_000 },
    waits: false,
  },
  "not if the account was refused since": {
    account: { probe: PROBE, refusedAt: NOW + 1 },
    now: NOW + 2,
    waits: false,
  },
  "not if it may use other accounts": {
    account: { probe: PROBE },
    accounts: [1, 2],
    waits: false,
  },
};

for (
  const [when, { account, accounts, now = NOW, waits }] of Object.entries(CASES)
) {
  Deno.test(`waitsForSign() says that a request waits ${when}`, () => {
    const traffic: Traffic = {
      accounts: account ? { 1: { uses: [], ...account } } : {},
      queue: [],
    };
    const ticket = { ...TICKET, accounts: accounts ?? TICKET.accounts };
    const mayBeRunning = (it: string) => it !== "dead";
    assertEquals(waitsForSign(traffic, ticket, { now, mayBeRunning }), waits);
  });
}

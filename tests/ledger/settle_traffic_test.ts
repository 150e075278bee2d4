import { assert, assertEquals } from "@std/assert";
import {
  type Report,
  type Settled,
  settleTraffic,
} from "../../lib/ledger/settle_traffic.ts";
const NOW = 1_700_000_000_000;

/** The traffic of some parties, which one test changes step by step. */
class Scene {
  traffic: Settled["traffic"] = { accounts: {}, queue: [] };
  now = NOW;
  slowness = 1;
  readonly dead = new Set<string>();
  readonly #counts = new Map<string, Map<number, number>>();

  say(
    party: string,
    report: Partial<Omit<Report, "tickets">> & {
      tickets?: readonly string[];
      rivals?: readonly number[];
      accounts?: readonly number[];
      asOf?: number;
      done?: readonly number[];
    } = {},
  ): Settled {
    const { tickets = [], accounts = [1], asOf = NOW, done = [] } = report;
    const { rivals } = report;
    const counts = this.#counts.get(party) ?? new Map<number, number>();
    this.#counts.set(party, counts);
    for (const it of done) counts.set(it, (counts.get(it) ?? 0) - 1);
    const settled = settleTraffic(this.traffic, {
      party,
      process: party,
      counts: new Map(counts),
      tickets: tickets.map((id) => ({ id, accounts, asOf, rivals })),
      signs: report.signs ?? [],
      maxInFlight: report.maxInFlight,
    }, {
      now: this.now,
      mayBeRunning: (it) => !this.dead.has(it),
      slowness: this.slowness,
    });
    this.traffic = settled.traffic;
    for (const { account } of settled.admitted) {
      counts.set(account, (counts.get(account) ?? 0) + 1);
    }
    return settled;
  }

  /** The requests under way with account 1. */
  get underWay(): number {
    return (this.traffic.accounts[1]?.uses ?? [])
      .reduce((sum, it) => sum + it.count, 0);
  }

  open(...accounts: number[]): this {
    for (const account of accounts) {
      this.say("opener", { signs: [{ account, kind: "answered" }] });
    }
    return this;
  }
}

function ids({ admitted }: Settled): string[] {
  return admitted.map((it) => it.id);
}

Deno.test("settleTraffic() lets one request go ahead to an account that has not answered", () => {
  const scene = new Scene();
  assertEquals(ids(scene.say("a", { tickets: ["a1", "a2"] })), ["a1"]);
  assertEquals(ids(scene.say("b", { tickets: ["b1"] })), []);
});

Deno.test("settleTraffic() lets a request wait until its rivals are idle, also if both begin at once", () => {
  const scene = new Scene().open(1, 2);
  const first = { tickets: ["a1"], accounts: [1], rivals: [2] };
  const second = { tickets: ["b1"], accounts: [2], rivals: [1] };
  const third = { tickets: ["c1"], accounts: [1], rivals: [2] };
  assertEquals(ids(scene.say("a", first)), ["a1"]);
  assertEquals(ids(scene.say("b", second)), []);
  assertEquals(ids(scene.say("c", third)), ["c1"]);
  scene.say("a", { done: [1] });
  assertEquals(ids(scene.say("b", second)), []);
  scene.say("c", { done: [1] });
  assertEquals(ids(scene.say("d", { ...third, tickets: ["d1"] })), []);
  assertEquals(ids(scene.say("b", second)), ["b1"]);
  scene.dead.add("b");
  assertEquals(ids(scene.say("d", { ...third, tickets: ["d1"] })), ["d1"]);
});

Deno.test("settleTraffic() lets all go when the first one is answered", () => {
  const scene = new Scene();
  scene.say("a", { tickets: ["a1", "a2"] });
  scene.say("b", { tickets: ["b1"] });
  const signs = [{ account: 1, kind: "answered" }] as const;
  assertEquals(ids(scene.say("a", { tickets: ["a2"], signs })), ["a2"]);
  assertEquals(ids(scene.say("b", { tickets: ["b1"] })), ["b1"]);
});

Deno.test("settleTraffic() makes those look again whose account was refused since they looked", () => {
  const scene = new Scene();
  scene.say("a", { tickets: ["a1"] });
  scene.now += 10;
  scene.say("a", { signs: [{ account: 1, kind: "refused" }], done: [1] });
  const { admitted, outdated } = scene.say("b", { tickets: ["b1"] });
  assertEquals([admitted, outdated], [[], ["b1"]]);
  const asOf = scene.now;
  assertEquals(ids(scene.say("b", { tickets: ["b2"], asOf })), ["b2"]);
});

Deno.test("settleTraffic() lets those go that look again after the clock was set back", () => {
  const scene = new Scene();
  scene.now = NOW + 3_600_000;
  scene.say("a", { signs: [{ account: 1, kind: "refused" }] });
  scene.now = NOW + 1;
  const { admitted, outdated } = scene.say("b", { tickets: ["b1"] });
  assertEquals([outdated, admitted.map((it) => it.id)], [[], ["b1"]]);
});

Deno.test("settleTraffic() keeps the place in the queue when the clock was set back", () => {
  const scene = new Scene().open(1);
  const maxInFlight = 1;
  scene.say("a", { tickets: ["a1"], maxInFlight });
  scene.now = NOW + 60_000;
  scene.say("b", { tickets: ["b1"], maxInFlight });
  scene.now = NOW;
  scene.say("b", { tickets: ["b1"], maxInFlight });
  scene.say("c", { tickets: ["c1"], maxInFlight });
  scene.say("a", { done: [1] });
  assertEquals(ids(scene.say("c", { tickets: ["c1"], maxInFlight })), []);
  assertEquals(
    ids(scene.say("b", { tickets: ["b1"], maxInFlight })),
    ["b1"],
  );
});

Deno.test("settleTraffic() opens an account slowly when there is no sign", () => {
  const scene = new Scene();
  const tickets = ["b1", "b2", "b3"];
  scene.say("a", { tickets: ["a1"] });
  scene.now += 4_999;
  assertEquals(ids(scene.say("b", { tickets })), []);
  scene.now += 1;
  assertEquals(ids(scene.say("b", { tickets })), ["b1"]);
  scene.now += 249;
  assertEquals(ids(scene.say("b", { tickets: ["b2", "b3"] })), []);
  scene.now += 1;
  assertEquals(ids(scene.say("b", { tickets: ["b2", "b3"] })), ["b2"]);
});

for (
  const [how, slowness, firstMs] of [
    ["as long as the process with the probe needs", 4, 20_000],
    ["six times as long at most", 100, 30_000],
  ] as const
) {
  Deno.test(`settleTraffic() waits for a sign ${how}`, () => {
    const scene = new Scene();
    scene.slowness = slowness;
    const tickets = ["b1", "b2", "b3"];
    scene.say("a", { tickets: ["a1"] });
    scene.now += firstMs - 1;
    assertEquals(ids(scene.say("b", { tickets })), []);
    scene.now += 1;
    assertEquals(ids(scene.say("b", { tickets })), ["b1"]);
    scene.now += 249;
    assertEquals(ids(scene.say("b", { tickets: ["b2", "b3"] })), []);
    scene.now += 1;
    assertEquals(ids(scene.say("b", { tickets: ["b2", "b3"] })), ["b2"]);
  });
}

Deno.test("settleTraffic() keeps the others waiting for longer when the process that leaves the account is slow", () => {
  const scene = new Scene();
  scene.slowness = 6;
  scene.say("a", { tickets: ["a1"] });
  scene.say("a", { signs: [{ account: 1, kind: "leaving" }] });
  scene.now += 59_000;
  assertEquals(ids(scene.say("b", { tickets: ["b1"] })), []);
  scene.now += 1_000;
  assertEquals(ids(scene.say("b", { tickets: ["b1"] })), ["b1"]);
});

Deno.test("settleTraffic() keeps the others waiting until the ledger has what was refused", () => {
  const scene = new Scene();
  scene.say("a", { tickets: ["a1"] });
  scene.now += 4_000;
  scene.say("a", { signs: [{ account: 1, kind: "leaving" }] });
  scene.now += 20_000;
  assertEquals(ids(scene.say("b", { tickets: ["b1"] })), []);
  scene.say("a", { signs: [{ account: 1, kind: "refused" }], done: [1] });
  assertEquals(scene.say("b", { tickets: ["b1"] }).outdated, ["b1"]);
});

for (
  const [how, end] of [
    ["its process ends", (scene: Scene) => scene.dead.add("a")],
    ["it ends without a sign", (scene: Scene) => scene.say("a", { done: [1] })],
  ] as const
) {
  Deno.test(`settleTraffic() lets another request go ahead when ${how}`, () => {
    const scene = new Scene();
    scene.say("a", { tickets: ["a1"] });
    end(scene);
    assertEquals(ids(scene.say("b", { tickets: ["b1", "b2"] })), ["b1"]);
  });
}

Deno.test("settleTraffic() closes an account ten minutes after its answer", () => {
  const scene = new Scene().open(1);
  scene.now += 10 * 60_000 - 1;
  const tickets = ["a1", "a2"];
  assertEquals(ids(scene.say("a", { tickets })), tickets);
  scene.now += 1;
  assertEquals(ids(scene.say("b", { tickets: ["b1", "b2"] })), ["b1"]);
});

Deno.test("settleTraffic() keeps the room of another party's ticket, unless that party is silent", () => {
  const scene = new Scene().open(1);
  scene.say("a", { tickets: ["a1"], maxInFlight: 1 });
  scene.say("b", { tickets: ["b1"], maxInFlight: 1 });
  scene.say("c", { tickets: ["c1"], maxInFlight: 1 });
  scene.say("a", { done: [1] });
  assertEquals(ids(scene.say("c", { tickets: ["c1"], maxInFlight: 1 })), []);
  scene.now += 10_001;
  const { admitted } = scene.say("c", { tickets: ["c1"], maxInFlight: 1 });
  assertEquals(admitted.map((it) => it.id), ["c1"]);
});

Deno.test("settleTraffic() uses other accounts only if the first one has no room", () => {
  const scene = new Scene().open(1, 2);
  const accounts = [1, 2];
  const tickets = ["a1", "a2", "a3"];
  const { admitted } = scene.say("a", { tickets, accounts, maxInFlight: 1 });
  assertEquals(admitted.map((it) => it.account), [1, 2]);
});

Deno.test("settleTraffic() lowers the limit of an account that refuses so many requests", () => {
  const scene = new Scene().open(1);
  scene.say("a", { tickets: ["a1", "a2", "a3"] });
  scene.say("a", { signs: [{ account: 1, kind: "crowded" }], done: [1] });
  assertEquals(ids(scene.say("b", { tickets: ["b1", "b2"] })), []);
  scene.say("a", { done: [1, 1] });
  const tickets = ["b1", "b2", "b3"];
  assertEquals(ids(scene.say("b", { tickets })), ["b1", "b2"]);
  scene.now += 10 * 60_000;
  scene.open(1);
  assertEquals(ids(scene.say("b", { tickets: ["b3"] })), ["b3"]);
});

Deno.test("settleTraffic() serves in the order of arrival and never exceeds the limit, whoever dies", () => {
  const maxInFlight = 3;
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomFrom(seed);
    const scene = new Scene().open(1);
    const arrivals: string[] = [];
    const served: string[] = [];
    const waiting = new Map<string, string[]>();
    const under = new Map<string, number>();
    for (let step = 0; step < 100; step++) {
      scene.now += Math.floor(random() * 500);
      const party = `p${Math.floor(random() * 5)}`;
      if (scene.dead.has(party)) continue;
      const own = waiting.get(party) ?? [];
      if (random() < 0.4) {
        own.push(`${party}-${step}`);
        arrivals.push(`${party}-${step}`);
      }
      const count = under.get(party) ?? 0;
      const done = count > 0 && random() < 0.5 ? [1] : [];
      const signs = [{ account: 1, kind: "answered" }] as const;
      const { admitted } = scene.say(party, {
        tickets: own,
        done,
        signs,
        maxInFlight,
      });
      const gone = ids({ admitted } as Settled);
      served.push(...gone);
      waiting.set(party, own.filter((it) => !gone.includes(it)));
      under.set(party, count - done.length + gone.length);
      assert(scene.underWay <= maxInFlight, `seed ${seed}`);
      if (random() < 0.02 && scene.dead.size < 4) scene.dead.add(party);
    }
    for (const party of ["p0", "p1", "p2", "p3", "p4"]) {
      const order = (all: string[]) => all.filter((it) => it.startsWith(party));
      assertEquals(
        order(served),
        order(arrivals).slice(0, order(served).length),
      );
      if (!scene.dead.has(party)) {
        scene.say(party, {
          done: Array.from({ length: under.get(party) ?? 0 }, () => 1),
        });
      }
    }
    scene.say("last");
    assertEquals(scene.underWay, 0);
    assertEquals(scene.traffic.queue, []);
  }
});

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

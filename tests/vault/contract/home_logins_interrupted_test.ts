import {
  moveIn,
  moveOut,
  restoreLogin,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import {
  type HomeScene,
  key,
  LINKED,
  type Login,
  plan,
  STAYING,
} from "./home_scene.ts";
import { type Scenario, testInterruptions } from "./interrupted_homes.ts";

const ALICE = plan("alice");
const BOB = plan("bob");
const CAROL = plan("carol");
/** An earlier login of the first account. */
const EARLIER = { ...ALICE, token: "earlier", expiresAt: 1_000 };
const OTHERS = { mcp: { token: "mcp-plain" } };
const LATER = { expiresAt: 9_000 };

const switchTo = (index: number) => (scene: HomeScene) =>
  switchPlain(scene.place, { ...scene.call(), index });
const takeOut = (index: number) => (scene: HomeScene) =>
  moveOut(scene.place, { ...scene.call(), index });
const KEPT = {
  generation: "generations/oauth_creds_1.000001.20261121T083500123Z.json",
  removed: "stash/oauth_creds.20261121T083500123Z-0123abcd.removed_3.json",
};
const restore = (index: number, kept: string) => (scene: HomeScene) =>
  restoreLogin(scene.place, {
    ...scene.call(),
    index,
    path: `${scene.place.accounts}/${kept}`,
  });
const keep = (login: Login, kept: string) => (scene: HomeScene) => {
  scene.write(`accounts/${kept}`, login);
  const path = `${scene.place.accounts}/${kept}`;
  Deno.chmodSync(path, 0o600);
  Deno.chmodSync(path.replace(/\/[^/]*$/, ""), 0o700);
};
const takeIn = (scene: HomeScene) => moveIn(scene.place, scene.call());

const TWO = { plain: 1, accounts: { 1: ALICE, 2: BOB } };

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "move in, link": { format: LINKED, plain: ALICE, act: takeIn },
  "move in over an older login, link": {
    format: LINKED,
    plain: { ...ALICE, ...LATER, token: "newer" },
    accounts: { 1: ALICE, 2: BOB },
    act: takeIn,
  },
  "move in, stays": { format: STAYING, plain: ALICE, act: takeIn },
  "move in over an older login, stays": {
    format: STAYING,
    plain: { ...ALICE, ...LATER, token: "newer" },
    others: OTHERS,
    accounts: { 1: ALICE, 2: BOB },
    act: takeIn,
  },
  "switch, link": { ...TWO, format: LINKED, act: switchTo(2) },
  "switch from an unknown login, link": {
    format: LINKED,
    plain: CAROL,
    accounts: { 1: ALICE },
    act: switchTo(1),
  },
  "switch from a login of no account, link": {
    format: LINKED,
    plain: { token: "nobody", kind: "plan" },
    accounts: { 1: ALICE },
    act: switchTo(1),
  },
  "switch, stays": { ...TWO, format: STAYING, act: switchTo(2) },
  "switch with others, stays": {
    ...TWO,
    format: STAYING,
    others: OTHERS,
    act: switchTo(2),
  },
  "switch with others on both sides, stays": {
    ...TWO,
    format: STAYING,
    others: OTHERS,
    before: (it) =>
      it.write("accounts/2/.credentials.json", BOB, {
        mcp: { token: "mcp-bob" },
      }),
    act: switchTo(2),
  },
  "switch after a logout, stays": {
    ...TWO,
    startsLoggedOut: true,
    format: STAYING,
    before: (it) => {
      Deno.writeTextFileSync(it.place.plain, JSON.stringify(OTHERS));
      it.write("accounts/2/.credentials.json", BOB, {
        mcp: { token: "mcp-bob" },
      });
    },
    act: switchTo(2),
  },
  "switch from an unknown login, stays": {
    format: STAYING,
    plain: CAROL,
    others: OTHERS,
    accounts: { 1: ALICE },
    act: switchTo(1),
  },
  "switch from a bare unknown login, stays": {
    format: STAYING,
    plain: CAROL,
    accounts: { 1: ALICE },
    act: switchTo(1),
  },
  "switch from an older login of a known owner, stays": {
    format: STAYING,
    plain: { ...BOB, token: "older", expiresAt: 1_000 },
    others: OTHERS,
    accounts: { 1: ALICE, 2: BOB },
    act: switchTo(1),
  },
  "switch from an older login of a known owner, link": {
    format: LINKED,
    plain: { ...BOB, token: "older", expiresAt: 1_000 },
    accounts: { 1: ALICE, 2: BOB },
    act: switchTo(1),
  },
  "switch from a login of no account with others, stays": {
    format: STAYING,
    plain: { token: "nobody", kind: "plan" },
    others: OTHERS,
    accounts: { 1: ALICE },
    act: switchTo(1),
  },
  "switch from a login of no account, stays": {
    format: STAYING,
    plain: { token: "nobody", kind: "plan" },
    accounts: { 1: ALICE },
    act: switchTo(1),
  },
  "a key written through the link": {
    ...TWO,
    format: LINKED,
    before: (it) => it.write("auth.json", key("sk-1")),
  },
  "another account written through the link": {
    ...TWO,
    format: LINKED,
    before: (it) => it.write("auth.json", { ...BOB, ...LATER, token: "newer" }),
  },
  "an unknown login in place of the link": {
    ...TWO,
    format: LINKED,
    before: (it) => {
      Deno.removeSync(it.place.plain);
      it.write("auth.json", CAROL);
    },
  },
  "a login of no account in place of the link": {
    ...TWO,
    format: LINKED,
    before: (it) => {
      Deno.removeSync(it.place.plain);
      it.write("auth.json", { token: "nobody", kind: "plan" });
    },
  },
  "a known login in the plain place, stays": {
    ...TWO,
    format: STAYING,
    others: OTHERS,
    before: (it) =>
      it.write(
        ".credentials.json",
        { ...BOB, ...LATER, token: "newer" },
        OTHERS,
      ),
  },
  "an unknown login in the plain place, then a switch, stays": {
    ...TWO,
    format: STAYING,
    before: (it) => it.write(".credentials.json", CAROL, OTHERS),
    act: switchTo(2),
  },
  "restore an earlier login, link": {
    ...TWO,
    format: LINKED,
    before: keep(EARLIER, KEPT.generation),
    act: restore(1, KEPT.generation),
  },
  "restore an earlier login of another, link": {
    ...TWO,
    plain: 2,
    format: LINKED,
    before: keep(EARLIER, KEPT.generation),
    act: restore(1, KEPT.generation),
  },
  "restore an earlier login, stays": {
    ...TWO,
    format: STAYING,
    before: keep(EARLIER, KEPT.generation),
    act: restore(1, KEPT.generation),
  },
  "restore an earlier login with others, stays": {
    ...TWO,
    format: STAYING,
    others: OTHERS,
    before: keep(EARLIER, KEPT.generation),
    act: restore(1, KEPT.generation),
  },
  "restore an earlier login of another, stays": {
    ...TWO,
    plain: 2,
    format: STAYING,
    others: OTHERS,
    before: keep(EARLIER, KEPT.generation),
    act: restore(1, KEPT.generation),
  },
  "restore a removed account, link": {
    ...TWO,
    format: LINKED,
    before: keep(CAROL, KEPT.removed),
    act: restore(3, KEPT.removed),
  },
  "restore a removed account, stays": {
    ...TWO,
    format: STAYING,
    others: OTHERS,
    before: keep(CAROL, KEPT.removed),
    act: restore(3, KEPT.removed),
  },
  "restore an account with the login of the plain agent, link": {
    format: LINKED,
    plain: ALICE,
    accounts: { 2: BOB },
    act: (it) =>
      restoreLogin(it.place, { ...it.call(), index: 1, path: it.place.plain }),
  },
  "restore an account with the login of the plain agent, stays": {
    format: STAYING,
    plain: ALICE,
    others: OTHERS,
    accounts: { 2: BOB },
    act: (it) =>
      restoreLogin(it.place, { ...it.call(), index: 1, path: it.place.plain }),
  },
  "move out, link": { ...TWO, format: LINKED, act: takeOut(1) },
  "move another out, link": { ...TWO, format: LINKED, act: takeOut(2) },
  "move out, stays": {
    ...TWO,
    format: STAYING,
    others: OTHERS,
    act: takeOut(1),
  },
  "move another out, stays": { ...TWO, format: STAYING, act: takeOut(2) },
};

for (const [name, scenario] of Object.entries(SCENARIOS)) {
  testInterruptions(name, scenario);
}

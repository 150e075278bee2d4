import { moveIn } from "../../../lib/vault/home_logins/home_logins.ts";
import { importLogin } from "../../../lib/vault/home_logins/new_logins.ts";
import {
  type HomeScene,
  LINKED,
  type Login,
  plan,
  STAYING,
} from "./home_scene.ts";
import { type Scenario, testInterruptions } from "./interrupted_homes.ts";

const ALICE = plan("alice");
const BOB = plan("bob");
const OLDER = { ...ALICE, token: "older", expiresAt: 1_000 };
const NEWER = { ...ALICE, token: "newer", expiresAt: 9_000 };
const OTHERS = { mcp: { token: "mcp-plain" } };
const OTHER_OTHERS = { mcp: { token: "mcp-stored" } };

const FORMATS = { link: LINKED, stays: STAYING };

/** What the plain agent and the accounts have before `stored` is imported. */
interface Case extends Pick<Scenario, "plain" | "accounts"> {
  stored: Login;
  others?: boolean;
  /** Whether the other program keeps it in another form. @default both are tried */
  isEncoded?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "a new account": { stored: ALICE },
  "a new account beside others": {
    isEncoded: false,
    stored: BOB,
    plain: 1,
    accounts: { 1: ALICE },
  },
  "a copy of the plain login": { isEncoded: true, stored: ALICE, plain: ALICE },
  "an older login than the plain one": {
    isEncoded: false,
    stored: OLDER,
    plain: ALICE,
  },
  "a newer login than that of the plain account": {
    isEncoded: true,
    stored: NEWER,
    plain: 1,
    accounts: { 1: ALICE, 2: BOB },
  },
  "an older login than that of an account": {
    isEncoded: true,
    stored: OLDER,
    plain: 2,
    accounts: { 1: ALICE, 2: BOB },
  },
  "a newer login than that of an account": {
    isEncoded: false,
    stored: NEWER,
    plain: 2,
    accounts: { 1: ALICE, 2: BOB },
  },
  "a newer login than the plain one, with others": {
    isEncoded: false,
    stored: NEWER,
    plain: ALICE,
    others: true,
  },
};

for (const [name, it] of Object.entries(CASES)) {
  const { stored, others, isEncoded: only, ...scene } = it;
  for (const [kind, format] of Object.entries(FORMATS)) {
    if (others && !format.exchange) continue;
    for (const isEncoded of only === undefined ? [false, true] : [only]) {
      const path = `other/1-login.${isEncoded ? "enc" : "json"}`;
      testInterruptions(
        `import ${name}, ${kind}${isEncoded ? ", encoded" : ""}`,
        {
          ...scene,
          ...(others ? { others: OTHERS } : {}),
          format,
          stored: path,
          startsLoggedOut: scene.plain === undefined,
          before: async (it) => {
            if (typeof scene.plain === "object") {
              await it.keep(moveIn(it.place, it.call()));
            }
            it.write(path, stored, others ? OTHER_OTHERS : {});
            if (isEncoded) encode(`${it.home}/${path}`);
          },
          act: (it) => act(it, path),
        },
      );
    }
  }
}

function encode(path: string): void {
  Deno.writeTextFileSync(path, btoa(Deno.readTextFileSync(path)));
}

async function act(scene: HomeScene, path: string) {
  return await importLogin(scene.place, {
    ...scene.call(),
    path: `${scene.home}/${path}`,
    isHome: false,
  });
}

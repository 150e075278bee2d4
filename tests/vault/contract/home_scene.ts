/** A home with accounts in folders, and two agents that keep their logins so. */

import type {
  HomeLogin,
  HomeLoginFormat,
} from "../../../lib/agents/home_login.ts";
import type {
  HomeCall,
  HomeResult,
} from "../../../lib/vault/home_logins/home_call.ts";
import {
  settleHomeLogins,
  switchPlain,
} from "../../../lib/vault/home_logins/home_logins.ts";
import {
  homeFile,
  type HomePlace,
  type HomeRecord,
  isLogin,
  listFolders,
  readLogin,
  storeOf,
} from "../../../lib/vault/home_logins/home_place.ts";
import { runtime } from "../../../lib/system/mod.ts";
import { tempDir } from "../../support/temp_dir.ts";

// Loads the system library, which is never unloaded.
await runtime.files.exchange("/nowhere/a", "/nowhere/b");

/** A login in a file of these agents. */
export interface Login {
  token: string;
  owner?: string | undefined;
  kind?: HomeLogin["kind"];
  expiresAt?: number | undefined;
}

/** Returns a login of a plan with a token of its own. */
export function plan(owner: string, token = `token-of-${owner}`): Login {
  return { owner, token, kind: "plan", expiresAt: 5_000 };
}

/** Returns an API key. */
export function key(token: string): Login {
  return { token, kind: "api-key" };
}

/** Keeps a login in a file that may be a link. */
export const LINKED: HomeLoginFormat = {
  ...common("auth.json"),
  plain: "link",
  locks: (folder) => [{ path: `${folder}/auth.lock`, kind: "flock" }],
  parse: (bytes) => toLogin(parseJson(bytes)),
};

/** Keeps a login in a file that also has what is bound to no account. */
export const STAYING: HomeLoginFormat = {
  ...common(".credentials.json"),
  plain: "stays",
  locks: (folder) =>
    [`${folder}/.refresh.lock`, `${folder}.lock`].map((path) => ({
      path,
      kind: "folder",
    })),
  parse: (bytes) => toLogin(Object(parseJson(bytes)).login),
  exchange(outgoing, incoming) {
    const [here, there] = [outgoing, incoming].map((it) =>
      it.length === 0 ? {} : parseJson(it)
    );
    const { login: old, ...others } = Object(here);
    const { login, ...otherOthers } = Object(there);
    const mixed = (login: unknown, others: object) =>
      toBytes(login === undefined ? others : { login, ...others });
    return { plain: mixed(login, others), folder: mixed(old, otherOthers) };
  },
};

function common(file: string) {
  return {
    file,
    logIn: { args: ["login"], withoutBrowser: [], reads: [] },
    plan: "plan",
    followsPlain: () => false,
    refreshesOnce: true,
    terms: { says: [], sources: [] },
    isStoreMovable: () => true,
    variables: (folder: string) => ({ STORE: folder }),
    conflicting: [],
    imports: { stores: () => [], decode, refreshToken },
  };
}

/** Another program may keep a file of these agents in base64. */
function decode(bytes: Uint8Array): Uint8Array {
  return toBytesOf(textOf(bytes));
}

function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return /^[\w+/]+=*$/.test(text) ? atob(text) : text;
}

function toBytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function refreshToken(bytes: Uint8Array): string | undefined {
  const value = Object(parseJson(bytes));
  return (value.login ?? value).token;
}

function toLogin(value: unknown): HomeLogin {
  const { token, owner, kind, expiresAt } = Object(value);
  if (typeof token !== "string") throw new SyntaxError("has no login");
  return { kind, owner, name: undefined, expiresAt, isUsable: token !== "" };
}

function parseJson(bytes: Uint8Array): object {
  if (bytes.length === 0) throw new SyntaxError("is empty");
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new SyntaxError("is not valid JSON");
  }
}

function toBytes(value: unknown): Uint8Array {
  return toBytesOf(JSON.stringify(value));
}

/** An account with a folder, or a record. */
interface HomeAccount {
  /** Its number. */
  index: number;
  /** Its login, or why it has none; completes "it ...". */
  login: HomeLogin | { problem: string };
  /** Whether the plain agent uses it. */
  isPlain: boolean;
}

/** A home in a temporary folder. */
export interface HomeScene extends AsyncDisposable {
  /** The home of the plain agent. */
  home: string;
  place: HomePlace;
  /** What is recorded; a call with `keep()` changes it. */
  record: HomeRecord;
  /** What was done on the way. */
  changes: HomeResult["changes"];
  /** What every call gets. */
  call(): HomeCall;
  /** Waits for a call, and saves its record. */
  keep<T extends HomeResult>(result: Promise<T>): Promise<T>;
  /** Settles, and saves the record. */
  settle(): Promise<void>;
  /** Writes as the agent does: in place, or a new file with `isNew`. */
  write(name: string, login: Login | string, others?: object): void;
  /** Returns the token in a file; `undefined` without a file. */
  token(name: string): string | undefined;
}

/** What the plain place and the folders have at first, by number. */
export interface SceneOptions {
  plain?: Login | number | undefined;
  /** What the file of the plain agent has besides. */
  others?: object | undefined;
  accounts?: Readonly<Record<number, Login>>;
}

/** Makes a home for the agent with this format. */
export async function homeScene(
  format: HomeLoginFormat,
  { plain, others, accounts = {} }: SceneOptions = {},
): Promise<HomeScene> {
  const dir = await tempDir({ inMemory: true });
  const home = `${dir.path}/home`;
  const place = {
    accounts: `${home}/accounts`,
    plain: `${home}/${format.file}`,
    format,
  };
  Deno.mkdirSync(place.accounts, { recursive: true });
  let skew = 0;
  const system = {
    now: () => Date.now() + skew,
    elapsed: () => performance.now() + skew,
    sleep: (ms: number) => {
      skew += ms * 50;
      return Promise.resolve();
    },
  };
  const scene: HomeScene = {
    home,
    place,
    record: { plain: undefined, accounts: new Map() },
    changes: [],
    call: () => ({ record: scene.record, notify: () => {}, system }),
    async keep(result) {
      const done = await result;
      scene.record = done.record;
      scene.changes = done.changes;
      return done;
    },
    async settle() {
      await scene.keep(settleHomeLogins(place, scene.call()));
    },
    write(name, login, others = {}) {
      const isText = typeof login === "string";
      const value = format === STAYING ? { login, ...others } : login;
      Deno.mkdirSync(`${home}/${name}`.replace(/\/[^/]*$/, ""), {
        recursive: true,
      });
      const bytes = isText ? toBytesOf(login) : toBytes(value);
      Deno.writeFileSync(`${home}/${name}`, bytes);
    },
    token: (name) => tokenIn(`${home}/${name}`),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
  for (const [index, login] of Object.entries(accounts)) {
    scene.write(`accounts/${index}/${format.file}`, login);
    Deno.chmodSync(`${place.accounts}/${index}`, 0o700);
    Deno.chmodSync(`${place.accounts}/${index}/${format.file}`, 0o600);
  }
  if (typeof plain === "object") scene.write(format.file, plain, others);
  await scene.settle();
  if (typeof plain === "number") {
    await scene.keep(switchPlain(place, { ...scene.call(), index: plain }));
    if (others) {
      const login = Object(JSON.parse(Deno.readTextFileSync(place.plain)));
      scene.write(format.file, login.login, others);
    }
  }
  return scene;
}

/** Lists the accounts of a scene with their logins, ascending. */
export async function accountsOf(
  { place, record }: Pick<HomeScene, "place" | "record">,
): Promise<HomeAccount[]> {
  const indices = new Set(record.accounts.keys());
  for (const index of await listFolders(place)) {
    const isThere = await runtime.files.info(homeFile(place, index));
    if (isThere) indices.add(index);
  }
  const accounts: HomeAccount[] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const store = storeOf(place, record, index);
    const found = await readLogin(`${store}/${place.format.file}`, place);
    const isPlain = record.plain === index;
    const login = isLogin(found) ? found.login : { problem: found.problem };
    accounts.push({ index, login, isPlain });
  }
  return accounts;
}

/** Returns the token in the file at `path`, through a link. */
export function tokenIn(path: string): string | undefined {
  try {
    const value = Object(JSON.parse(textOf(Deno.readFileSync(path))));
    return (value.login ?? value).token;
  } catch {
    return undefined;
  }
}

/** Returns the paths of the files with each token. */
export function tokensBelow(folder: string): Map<string, string[]> {
  const tokens = new Map<string, string[]>();
  for (const path of filesBelow(folder)) {
    const text = textOf(Deno.readFileSync(path));
    for (const [, token = ""] of text.matchAll(/"token":"([^"]+)"/g)) {
      tokens.set(token, [...tokens.get(token) ?? [], path]);
    }
  }
  return tokens;
}

/** Returns the paths of everything below `folder`, in alphabetical order. */
export function namesBelow(folder: string): string[] {
  const entries = [...Deno.readDirSync(folder)];
  return entries.flatMap((it) => {
    const path = `${folder}/${it.name}`;
    return it.isDirectory ? [path, ...namesBelow(path)] : [path];
  }).sort();
}

function filesBelow(folder: string): string[] {
  return namesBelow(folder).filter((it) => Deno.lstatSync(it).isFile);
}

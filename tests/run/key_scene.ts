import { QwenWrapper, type QwenWrapperOptions } from "../../lib/mod.ts";
import { apiKey, keySlot } from "../support/account_folder.ts";
import { CHECKOUT } from "../support/checkout.ts";
import { type TestHome, testHome } from "../support/home.ts";
import {
  type Reply,
  type Service,
  type ServiceOptions,
  startService,
} from "../support/service.ts";

/** Accounts with keys, the service they point to, and a fake agent. */
export interface KeyScene extends AsyncDisposable {
  /** The service. */
  service: Service;
  /** The home with the accounts. */
  home: TestHome;
  /** The fake agent. */
  bin: string;
  /** The messages for the user. */
  said: string[];
  /** Creates a wrapper that runs a fake agent. */
  wrapper(options?: QwenWrapperOptions): QwenWrapper;
  /** Counts the events of a kind in the log. */
  count(event: string): Promise<number>;
}

/**
 * Creates accounts with keys, numbered from 1, one for each of `replies`, and
 * then logins.
 */
export async function keyScene(
  replies: readonly (Reply | (() => Reply))[],
  { logins = 0, models = {} }: {
    /** How many accounts with a login follow. */
    logins?: number;
    /** Additional lines in the slots, by account. */
    models?: Record<number, Record<string, string>>;
  } = {},
): Promise<KeyScene> {
  await using owned = new AsyncDisposableStack();
  const byKey: ServiceOptions["replies"] = Object.fromEntries(
    replies.map((reply, at) => [apiKey(at + 1), reply]),
  );
  const service = owned.use(startService({ replies: byKey }));
  const accounts = replies.length + logins;
  const { baseUrl } = service;
  const home = owned.use(await testHome({ accounts, baseUrl }));
  for (let index = 1; index <= replies.length; index++) {
    await Deno.remove(home.slot(index));
    const others = Object.entries(models[index] ?? {})
      .map(([name, value]) => `${name}='${value}'\n`).join("");
    const path = `${home.dir}/accounts/api_key_${index}.env`;
    const text = keySlot(index, baseUrl) + others;
    await Deno.writeTextFile(path, text, { mode: 0o600 });
  }
  await Deno.remove(`${home.dir}/oauth_creds.json`);
  const bin = await writeProgram(home);
  const said: string[] = [];
  const disposables = owned.move();
  return {
    service,
    home,
    bin,
    said,
    wrapper: (options) =>
      new QwenWrapper({
        dir: home.dir,
        bin,
        notify: (text) => said.push(text),
        ...options,
      }),
    async count(event) {
      const log = await Deno.readTextFile(`${home.dir}/rotation.log`)
        .catch(() => "");
      return log.split("\n").filter((it) => it.includes(`"${event}"`)).length;
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Returns a single-file program in the form that the wrapper expects. */
async function writeProgram({ path }: TestHome): Promise<string> {
  const bin = `${path}/ask_api`;
  const words = [
    Deno.execPath(),
    "run",
    "--cached-only",
    "-A",
    `${CHECKOUT}/tests/fixtures/ask_api.ts`,
  ].map((it) => `'${it}'`);
  const script = `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
  await Deno.writeTextFile(bin, script, { mode: 0o700 });
  return bin;
}

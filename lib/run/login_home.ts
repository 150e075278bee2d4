import type { Layout } from "../disk/layout.ts";
import {
  AGENT_HOME_VARIABLES,
  dirVariables,
  RUN_DIRS_VARIABLE,
} from "../process/run_variables.ts";
import { messageOf } from "../system/message_of.ts";
import { runtime } from "../system/mod.ts";
import type { Notify, System } from "../system/system.ts";
import { shareEntries } from "../vault/home_logins/account_home.ts";
import {
  type LoginPlace,
  loginPlace,
} from "../vault/home_logins/login_accounts.ts";

/** How to prepare the folder with the login of an account. */
interface StoreOptions {
  /** Where everything is. */
  layout: Layout;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  /** Called with what could not be shared with other runs. */
  notify: Notify;
  /** The clock. */
  system: System;
}

/** The home of a run. Disposing of it ends its use. */
interface OpenedStore extends AsyncDisposable {
  dir: string;
  env: Readonly<Record<string, string>>;
}

/**
 * Opens the folder with the login of an account as the home of the agent, or as
 * the store of its login.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function openStore(
  store: string,
  options: StoreOptions,
): Promise<OpenedStore> {
  const { layout, notify } = options;
  const { variables, isHome } = await prepareStore(store, options);
  if (!isHome) {
    const end = () => Promise.resolve();
    return { dir: layout.home, env: variables, [Symbol.asyncDispose]: end };
  }
  return {
    dir: store,
    env: { ...variables, ...variablesForUs(layout, store) },
    async [Symbol.asyncDispose]() {
      try {
        await shareEntries(layout, { ...options, folder: store });
      } catch (error) {
        notify(
          `cannot share what the run left in ${store}; the next run tries ` +
            `again: ${messageOf(error)}`,
        );
      }
    },
  };
}

/**
 * Prepares the folder with the login of an account. Returns the variables that
 * the agent needs, and with which our commands still find the user's home.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function prepareStore(
  store: string,
  { layout, ...options }: StoreOptions,
): Promise<LoginPlace> {
  const { variables, isHome } = loginPlace(layout, { ...options, store });
  if (!isHome) return { variables, isHome };
  await shareEntries(layout, { ...options, folder: store });
  return {
    variables: { ...variables, ...homeVariables(layout, store) },
    isHome,
  };
}

/** Returns the variables for our commands in a run whose home is `dir`. */
export function variablesForUs(
  layout: Layout,
  dir: string,
): Record<string, string> {
  const outer = runtime.host.variable(RUN_DIRS_VARIABLE);
  return {
    ...dirVariables(layout.agent.program, { dir: layout.root, outer }),
    ...homeVariables(layout, dir),
  };
}

function homeVariables({ home }: Layout, dir: string): Record<string, string> {
  const { given, ofUser } = AGENT_HOME_VARIABLES;
  return { [given]: dir, [ofUser]: home };
}

import { runtime } from "../system/mod.ts";

/**
 * The variables that a program needs to find its files and the desktop. No
 * others are passed on, since they may contain keys.
 */
const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS)$/;

/** Those that lead to the network besides, and where a runtime finds code. */
const OF_NETWORK =
  /^(?:https?_proxy|all_proxy|no_proxy|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|DENO_(?:CERT|DIR|TLS_CA_STORE))$/i;

/** Returns our environment without anything that may be a secret. */
export function plainEnvironment(
  { forNetwork = false }: {
    /** Whether to keep the proxies and the certificates. @default false */
    forNetwork?: boolean;
  } = {},
): Record<string, string> {
  const entries = Object.entries(runtime.host.environment());
  return Object.fromEntries(
    entries.filter(([name]) =>
      KEPT.test(name) || forNetwork && OF_NETWORK.test(name)
    ),
  );
}

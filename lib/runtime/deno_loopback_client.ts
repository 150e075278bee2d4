/** What Deno takes a proxy for plain requests from. */
const PROXY_VARIABLES = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/** What it takes exceptions from. */
const EXCEPTION_VARIABLES = ["no_proxy", "NO_PROXY"];

/** As a `URL` may write this machine; Deno knows no name for all of it. */
const LOOPBACK_HOSTS = "localhost,127.0.0.0/8,::1";

/**
 * Opens a client whose requests to this machine go straight there, in origin
 * form (RFC 9112, section 3.2.1): a plain request with a key is not to leave
 * the machine, and most servers refuse one that is written for a proxy.
 *
 * Deno 2.9.6 has no option for it, but looks at the environment once, when a
 * client is made; for that moment it finds the exceptions there. Nothing else
 * runs in between, so no child gets them.
 */
export function openLoopbackClient(
  options: Deno.CreateHttpClientOptions = {},
): Deno.HttpClient {
  if (!PROXY_VARIABLES.some((it) => Deno.env.get(it))) {
    return Deno.createHttpClient(options);
  }
  const before = EXCEPTION_VARIABLES.map((it) =>
    [it, Deno.env.get(it)] as const
  );
  try {
    for (const [name] of before) Deno.env.set(name, LOOPBACK_HOSTS);
    return Deno.createHttpClient(options);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

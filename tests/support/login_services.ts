import { startUpstream, type TestUpstream } from "./upstream.ts";
import { loginOf } from "./codex_login.ts";

/** Who logs in, and with which new token. */
export interface Granted {
  /** The id of the user. */
  user: string;
  /** The refresh token. */
  token: string;
}

/**
 * Starts an issuer of `codex`: device code, one poll in vain, then a login of
 * whoever `granted` names; without one, the user refuses.
 */
export function startIssuer(granted: () => Granted | undefined): TestUpstream {
  let polls = 0;
  return startUpstream(({ path }) => {
    if (path.endsWith("/deviceauth/usercode")) {
      const code = { device_auth_id: "device-1", user_code: "ABCD-1234" };
      return Response.json({ ...code, interval: "1" });
    }
    if (path.endsWith("/deviceauth/token")) {
      if (polls++ === 0) return Response.json({}, { status: 403 });
      return Response.json({
        authorization_code: "code-1",
        code_challenge: "challenge",
        code_verifier: "verifier",
      });
    }
    const login = granted();
    if (!path.endsWith("/oauth/token") || !login) {
      return Response.json({ error: "access_denied" }, { status: 400 });
    }
    const { user, token: refreshToken } = login;
    const { bytes } = loginOf("account-1", { user, refreshToken });
    const { tokens } = JSON.parse(new TextDecoder().decode(bytes));
    return Response.json(tokens);
  });
}

/** The hosts that `claude` logs in at. */
const HOSTS = ["platform.claude.com", "api.anthropic.com"];

/** A proxy behind which a test plays these hosts. */
export interface LoginProxy extends AsyncDisposable {
  /** The variables with which `claude` uses it. */
  env: Record<string, string>;
  /** The path of each request. */
  requests: readonly string[];
}

/** Starts one; `folder` gets its certificate. Needs openssl(1). */
export async function startLoginProxy(
  folder: string,
  granted: () => Granted | undefined,
): Promise<LoginProxy> {
  const { cert, key } = await makeCertificate(folder);
  const requests: string[] = [];
  const service = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      requests.push(pathname);
      await request.text();
      return answer(pathname, granted());
    },
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const accepting = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      void tunnel(connection, service.addr.port, open).catch(() => {});
    }
  })();
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${listener.addr.port}`,
      NODE_EXTRA_CA_CERTS: `${folder}/cert.pem`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    },
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting.catch(() => {});
      for (const it of open) close(it);
      await service.shutdown();
    },
  };
}

function answer(path: string, granted: Granted | undefined): Response {
  const account = { uuid: granted?.user, email: "ann@example.com" };
  const organization = {
    uuid: "organization-1",
    organization_type: "claude_max",
  };
  if (path.endsWith("/oauth/profile")) {
    return Response.json({ account, organization });
  }
  if (!path.endsWith("/oauth/token")) {
    return Response.json({}, { status: 404 });
  }
  if (!granted) {
    return Response.json({ error: "invalid_grant" }, { status: 400 });
  }
  return Response.json({
    token_type: "Bearer",
    access_token: `sk-ant-oat01-${granted.token}`,
    refresh_token: `sk-ant-ort01-${granted.token}`,
    expires_in: 28_800,
    scope: "user:inference user:profile",
    account: { uuid: granted.user, email_address: account.email },
    organization,
  });
}

/** Answers CONNECT, whatever the host, and connects to our service. */
async function tunnel(
  client: Deno.Conn,
  port: number,
  open: Set<Deno.Conn>,
): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4_096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await client.read(buffer);
    if (length === null) return close(client);
    head += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
  const service = await Deno.connect({ hostname: "127.0.0.1", port });
  open.add(service);
  const bytes = new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n");
  await client.write(bytes);
  await Promise.allSettled([
    client.readable.pipeTo(service.writable),
    service.readable.pipeTo(client.writable),
  ]);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // it is closed
  }
}

async function makeCertificate(
  folder: string,
): Promise<{ cert: string; key: string }> {
  const names = HOSTS.map((it) => `DNS:${it}`).join(",");
  const config =
    "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n" +
    "[dn]\nCN=account-qwen test\n[v3]\nbasicConstraints=critical,CA:TRUE\n" +
    `subjectAltName=${names}\n`;
  await Deno.writeTextFile(`${folder}/openssl.cnf`, config);
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"],
      ...["-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`],
      ...["-config", `${folder}/openssl.cnf`],
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return {
    cert: await Deno.readTextFile(`${folder}/cert.pem`),
    key: await Deno.readTextFile(`${folder}/key.pem`),
  };
}

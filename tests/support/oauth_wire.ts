/** The grants of the OAuth endpoints. */
export interface OAuthTable {
  /** The new access token for each refresh token. */
  refresh: Record<string, string>;
}

/** A request to the OAuth endpoints. */
export interface OAuthOptions {
  /** The path of the URL. */
  path: string;
  /** The API base in a new credential. */
  baseUrl: string;
  /** The grants. @default nothing */
  table?: OAuthTable | undefined;
}

/**
 * Answers `/api/v1/oauth2/token` and `/device/code`: a refresh token of the
 * table is granted, a device login is never approved.
 */
export async function oauthResponse(
  request: Request,
  options: OAuthOptions,
): Promise<Response> {
  const { path, baseUrl, table = { refresh: {} } } = options;
  const form = new URLSearchParams(await request.text());
  if (path.endsWith("/device/code")) {
    const page = "https://provider.invalid/authorize";
    return Response.json({
      device_code: "device-code-1",
      user_code: "ABCD-1234",
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=ABCD-1234`,
      expires_in: 600,
    });
  }
  if (form.get("grant_type") !== "refresh_token") {
    return refusal("authorization_pending");
  }
  const accessToken = table.refresh[form.get("refresh_token") ?? ""];
  if (!accessToken) return refusal("invalid_grant");
  return Response.json({
    access_token: accessToken,
    refresh_token: `${form.get("refresh_token")}-next`,
    token_type: "Bearer",
    resource_url: baseUrl,
    expires_in: 3_600,
  });
}

function refusal(error: string): Response {
  return Response.json({ error }, { status: 400 });
}

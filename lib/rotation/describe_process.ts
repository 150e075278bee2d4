/** Says which process of ours `identity` names, as `identify` gave it. */
export function describeProcess(identity: string | undefined): string {
  const pid = identity?.split("/")[2];
  return pid ? `another process (account-qwen ${pid})` : "another process";
}

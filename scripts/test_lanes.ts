import { filesBelow } from "./files_below.ts";

/**
 * The files and folders of tests that only `task test:all` runs, with the
 * reason. Both tasks run every other file, including new ones.
 */
const ONLY_IN_ALL: Readonly<Record<string, string>> = {
  "tests/torture/": "kills at every step",
  "tests/accounts/contention_test.ts": "load",
  "tests/accounts/adopt_race_test.ts": "kills at every step",
  "tests/accounts/disable_killed_test.ts": "kills at every step",
  "tests/accounts/bring_back_killed_test.ts": "kills at every step",
  "tests/accounts/in_place_interruption_test.ts": "kills at every step",
  "tests/accounts/in_place_race_test.ts": "kills at every step",
  "tests/accounts/interruption_test.ts": "kills at every step",
  "tests/accounts/move_account_test.ts": "kills at every step",
  "tests/accounts/refresh_killed_test.ts": "kills at every step",
  "tests/accounts/refresh_shared_test.ts": "load",
  "tests/accounts/remove_account_test.ts": "kills at every step",
  "tests/accounts/undo_guess_test.ts": "kills at every step",
  "tests/vault/live_file_test.ts": "load",
  "tests/run/contention_test.ts": "load",
  "tests/run/many_runs_test.ts": "load",
  "tests/run/run_place_test.ts": "many runs of the program",
  "tests/vault/contract/private_home_interruption_test.ts":
    "kills at every step",
  "tests/vault/contract/account_home_interrupted_test.ts":
    "kills at every step",
  "tests/vault/contract/home_logins_import_interrupted_test.ts":
    "kills at every step",
  "tests/vault/contract/home_logins_interrupted_test.ts": "kills at every step",
  "tests/vault/contract/home_logins_random_test.ts": "many calls",
  "tests/agents/logins_test.ts": "many runs of the program",
  "tests/cli/choose_agent_test.ts": "many runs of the program",
  "tests/run/contract/agent_version_test.ts": "many runs of a program",
  "tests/gateway/load_test.ts": "load",
  "tests/gateway/traffic_load_test.ts": "load",
  "tests/gateway/traffic_test.ts": "many processes",
  "tests/gateway/large_bodies_test.ts": "load, Bun",
  "tests/scripts/bench/regression_test.ts": "load, Bun",
  "tests/system/connections_test.ts": "Bun",
  "tests/system/contract_test.ts": "Bun",
  "tests/system/http_server_test.ts": "Bun",
  "tests/system/write_test.ts": "Bun",
  "tests/scripts/compile_binary_test.ts": "Bun",
  "tests/e2e/programs_test.ts": "Bun",
  "tests/e2e/claude_projects_test.ts": "needs a large program",
  "tests/e2e/claude_plans_test.ts": "needs two large programs",
  "tests/e2e/codex_plans_test.ts": "needs a large program",
  "tests/e2e/codex_server_test.ts": "needs a large program",
  "tests/e2e/codex_start_test.ts": "needs a large program",
  "tests/e2e/codex_key_home_test.ts": "needs a large program",
  "tests/e2e/codex_tools_test.ts": "needs a large program",
  "tests/e2e/other_agents_test.ts": "needs two large programs",
  "tests/e2e/claude_runs_test.ts": "needs a large program",
  "tests/cli/commands/config_change_test.ts": "many runs of the program",
  "tests/cli/batch_ending_test.ts": "many runs of the program",
  "tests/cli/batch_kills_test.ts": "100 kills",
  "tests/cli/batch_load_test.ts": "load",
  "tests/cli/commands/batch_test.ts": "many runs of the program",
  "tests/cli/commands/pin_test.ts": "many runs of the program",
  "tests/run/spread_test.ts": "many runs of the program",
  "tests/cli/commands/log_test.ts": "many runs of the program",
  "tests/cli/commands/login_test.ts": "many runs of the program",
  "tests/cli/commands/exec_ending_test.ts": "many runs of the program",
  "tests/cli/commands/exec_cooldown_test.ts": "many runs of the program",
  "tests/cli/commands/exec_inside_test.ts": "many runs of the program",
  "tests/cli/commands/exec_report_test.ts": "many runs of the program",
  "tests/cli/commands/exec_status_test.ts": "many runs of the program",
  "tests/cli/commands/uninstall_test.ts": "many runs of the program",
  "tests/cli/commands/upgrade_test.ts": "many runs of the program",
  "tests/cli/commands/refresh_failure_test.ts": "many runs of the program",
  "tests/cli/commands/doctor_test.ts": "many runs of the program",
  "tests/cli/wizard_screen_test.ts": "three dialogs on a terminal",
  "tests/cli/wizard_test.ts": "many runs of the program",
  "tests/cli/login_screen_test.ts": "many runs of the program",
  "tests/cli/streams_test.ts": "many runs of the program",
  "tests/cli/run_as_agent_test.ts": "many runs of the program",
  "tests/cli/secrets_test.ts": "many runs of the program",
  "tests/accounts/reading_test.ts": "many runs of the program",
  "tests/run/by_gateway_test.ts": "many runs of the program",
  "tests/run/waiting_test.ts": "many runs of the program",
  "tests/run/clock_set_back_test.ts": "many runs of the program",
  "tests/agents/login_files_preload_test.ts": "many runs of the program",
  "tests/e2e/two_logins_test.ts": "many runs of the program",
  "tests/e2e/in_place_logins_test.ts": "many runs of the program",
  "tests/e2e/wires_test.ts": "needs two large programs",
  "tests/oauth/": "changes seldom",
  "tests/scripts/gather_release_test.ts": "changes seldom",
  "tests/scripts/release_notes_test.ts": "changes seldom",
  "tests/scripts/sbom_test.ts": "changes seldom",
  "tests/scripts/inspect_binary_test.ts": "changes seldom",
  "tests/scripts/mach_o_test.ts": "changes seldom",
  "tests/scripts/terminal_svg_test.ts": "changes seldom",
  "tests/cli/commands/add_test.ts": "many runs of the program",
  "tests/cli/commands/restore_test.ts": "many runs of the program",
  "tests/cli/commands/import_test.ts": "many runs of the program",
  "tests/cli/commands/refresh_test.ts": "many runs of the program",
  "tests/cli/terminal_test.ts": "many runs of the program",
  "tests/run/contract/agent_proxy_test.ts": "many runs of the program",
  "tests/run/ended_kind_test.ts": "many runs of the program",
  "tests/cli/commands/cooldown_test.ts": "many runs of the program",
  "tests/cli/commands/disable_test.ts": "many runs of the program",
  "tests/cli/commands/prefer_test.ts": "many runs of the program",
  "tests/cli/commands/doctor_fix_test.ts": "many runs of the program",
  "tests/cli/control_characters_test.ts": "many runs of the program",
  "tests/cli/hostile_state_test.ts": "many runs of the program",
  "tests/cli/schemas_test.ts": "many runs of the program",
  "tests/cli/completion_fish_test.ts": "shells",
  "tests/cli/completion_zsh_test.ts": "shells",
  "tests/scripts/install_test.ts": "shells",
  "tests/scripts/install_failures_test.ts": "shells",
  "tests/e2e/container_test.ts": "containers",
  "tests/promises/planted_test.ts": "containers",
  "tests/scripts/docker_test.ts": "containers",
  "tests/e2e/adopt_test.ts": "many runs of the real qwen",
  "tests/e2e/api_key_test.ts": "many runs of the real qwen",
  "tests/e2e/broker_test.ts": "many runs of the real qwen",
  "tests/e2e/fresh_deno_test.ts": "downloads",
  "tests/e2e/codex_home_test.ts": "downloads",
  "tests/e2e/codex_test.ts": "downloads",
  "tests/e2e/demo_test.ts": "many runs of the real qwen",
  "tests/e2e/early_end_test.ts": "many runs of the real qwen",
  "tests/e2e/exec_ending_test.ts": "many runs of the real qwen",
  "tests/e2e/exec_more_test.ts": "many runs of the real qwen",
  "tests/e2e/gateway_secrets_test.ts": "many runs of the real qwen",
  "tests/e2e/gateway_session_test.ts": "many runs of the real qwen",
  "tests/e2e/gateway_test.ts": "many runs of the real qwen",
  "tests/vault/contract/qwen_private_home_test.ts":
    "many runs of the real qwen",
  "tests/e2e/rerun_test.ts": "many runs of the real qwen",
  "tests/e2e/resume_test.ts": "needs two large programs",
  "tests/e2e/settings_test.ts": "many runs of the real qwen",
  "tests/e2e/shim_test.ts": "many runs of the real qwen",
  "tests/e2e/apart_test.ts": "containers",
  "tests/e2e/arm64_test.ts": "qemu",
  "tests/e2e/gateway_streams_test.ts": "many runs of the real qwen",
  "tests/e2e/long_prompt_test.ts": "many runs of the real qwen",
  "tests/e2e/no_home_test.ts": "containers, Bun",
  "tests/e2e/parallel_logins_test.ts": "many runs of the real qwen",
  "tests/e2e/proxy_test.ts": "many runs of the real qwen",
  "tests/e2e/published_package_test.ts": "downloads",
  "tests/e2e/stop_test.ts": "Bun",
  "tests/gateway/runtimes_test.ts": "Bun",
  "tests/system/closed_stdout_test.ts": "Bun",
  "tests/system/upstream_proxy_test.ts": "Bun",
  "tests/scripts/build_binary_test.ts": "Bun",
  "tests/scripts/install_provenance_test.ts": "shells",
  "tests/scripts/uninstall_test.ts": "shells",
  "tests/scripts/try_program_test.ts": "many runs of the real qwen",
};

/** The tests that a task runs. */
export type Lane = "test" | "test:all";

/** The entries of the list above, for its own test. */
export const ENTRIES: readonly string[] = Object.keys(ONLY_IN_ALL);

/** Returns the paths of the files that the task `lane` runs, sorted. */
export async function testFiles(root: string, lane: Lane): Promise<string[]> {
  const all = await filesBelow(root, "tests", "_test.ts");
  return lane === "test:all" ? all : all.filter((it) => !isOnlyInAll(it));
}

/** Returns those of `files` that are in `paths`, files or folders. */
export function filesIn(
  files: readonly string[],
  paths: readonly string[],
): string[] {
  const wanted = paths.map((it) => it.replace(/^\.\//, "").replace(/\/$/, ""));
  return files.filter((file) =>
    wanted.some((it) => file === it || file.startsWith(`${it}/`))
  );
}

function isOnlyInAll(path: string): boolean {
  return ENTRIES.some((it) =>
    it.endsWith("/") ? path.startsWith(it) : path === it
  );
}

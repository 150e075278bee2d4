# Completion of account-qwen for bash.

_account_qwen_command() {
  case $1 in
    setup | --setup) echo setup ;;
    login) echo login ;;
    add) echo add ;;
    import) echo import ;;
    label) echo label ;;
    move) echo move ;;
    disable) echo disable ;;
    enable) echo enable ;;
    prefer) echo prefer ;;
    weight) echo weight ;;
    pin) echo pin ;;
    remove) echo remove ;;
    exec) echo exec ;;
    batch) echo batch ;;
    switch | --switch) echo switch ;;
    next | --switch-next) echo next ;;
    cooldown) echo cooldown ;;
    env) echo env ;;
    shim) echo shim ;;
    status) echo status ;;
    which) echo which ;;
    list | ls | --list) echo list ;;
    stats | --stats) echo stats ;;
    quota) echo quota ;;
    guard) echo guard ;;
    metrics) echo metrics ;;
    log) echo log ;;
    doctor) echo doctor ;;
    refresh) echo refresh ;;
    restore) echo restore ;;
    notify) echo notify ;;
    rules) echo rules ;;
    config) echo config ;;
    upgrade) echo upgrade ;;
    uninstall) echo uninstall ;;
    completion) echo completion ;;
    man) echo man ;;
    *) return 1 ;;
  esac
}

_account_qwen_flags() {
  case $1 in
    setup) echo "--dir --cli --help --version" ;;
    login) echo "--label --no-browser --dir --cli --help --version" ;;
    add) echo "--oauth-file --api-key-stdin --preset --base-url --model --map-model --label --replace --update --json --schema --dir --cli --help --version" ;;
    import) echo "--allow-host --dry-run --yes --dir --cli --help --version" ;;
    label) echo "--unset --json --schema --dir --cli --help --version" ;;
    move) echo "--dir --cli --help --version" ;;
    disable) echo "--json --schema --dir --cli --help --version" ;;
    enable) echo "--json --schema --dir --cli --help --version" ;;
    prefer) echo "--unset --json --schema --dir --cli --help --version" ;;
    weight) echo "--unset --json --schema --dir --cli --help --version" ;;
    pin) echo "--list --unset --json --schema --dir --cli --help --version" ;;
    remove) echo "--json --schema --dir --cli --help --version" ;;
    exec) echo "--account --strategy --rotate-logins --no-rotate-logins --max-in-flight --mode --rerun --max-retries --timeout --wait --quota-pattern --max-cooldown-quota --max-cooldown --probe-every --short-pause --first-byte-timeout --backoff --backoff-base --backoff-cap --backoff-attempts --queue-timeout --refresh-before --lock-timeout --count-usage --rotate-at --reserve --for --bin --fallback --quiet --report --schema --dir --cli --help --version --" ;;
    batch) echo "--jobs --out --each --retry-failed --quiet --schema --strategy --rotate-logins --no-rotate-logins --max-in-flight --mode --rerun --max-retries --timeout --wait --quota-pattern --max-cooldown-quota --max-cooldown --probe-every --short-pause --first-byte-timeout --backoff --backoff-base --backoff-cap --backoff-attempts --queue-timeout --refresh-before --lock-timeout --count-usage --rotate-at --reserve --for --bin --dir --cli --help --version --" ;;
    switch) echo "--json --schema --dir --cli --help --version" ;;
    next) echo "--dry-run --strategy --json --schema --dir --cli --help --version" ;;
    cooldown) echo "--json --schema --dir --cli --help --version" ;;
    env) echo "--unset --shell --dir --cli --help --version" ;;
    shim) echo "--into --json --schema --dir --cli --help --version --" ;;
    status) echo "--watch --short --all --json --schema --dir --cli --help --version" ;;
    which) echo "--json --schema --dir --cli --help --version" ;;
    list) echo "--all --json --schema --dir --cli --help --version" ;;
    stats) echo "--svg --json --schema --dir --cli --help --version" ;;
    quota) echo "--json --schema --dir --cli --help --version" ;;
    guard) echo "--need --unknown --for --json --schema --dir --cli --help --version" ;;
    metrics) echo "--dir --cli --help --version" ;;
    log) echo "--last --since --account --follow --json --schema --dir --cli --help --version" ;;
    doctor) echo "--fix --bin --json --schema --dir --cli --help --version" ;;
    refresh) echo "--all --due --refresh-before --json --schema --dir --cli --help --version" ;;
    restore) echo "--generation --stash --dir --cli --help --version" ;;
    notify) echo "--drain --json --schema --dir --cli --help --version" ;;
    rules) echo "--json --schema --status --service --header --model --dir --cli --help --version" ;;
    config) echo "--json --schema --strategy --rotate-logins --no-rotate-logins --max-in-flight --mode --rerun --max-retries --timeout --wait --quota-pattern --max-cooldown-quota --max-cooldown --probe-every --short-pause --first-byte-timeout --backoff --backoff-base --backoff-cap --backoff-attempts --queue-timeout --refresh-before --lock-timeout --count-usage --rotate-at --reserve --for --bin --dir --cli --help --version" ;;
    upgrade) echo "--check --json --schema --dir --cli --help --version" ;;
    uninstall) echo "--yes --unlink --dir --cli --help --version" ;;
    completion) echo "--accounts --dir --cli --help --version" ;;
    man) echo "--dir --cli --help --version" ;;
    *) echo "--dir --cli --help --version --setup --switch --switch-next --list --stats" ;;
  esac
}

_account_qwen_value() {
  case "$1 $2" in
    " --dir") echo "folders" ;;
    " --cli") echo "=qwen codex claude" ;;
    "setup --dir") echo "folders" ;;
    "setup --cli") echo "=qwen codex claude" ;;
    "login --label") echo "" ;;
    "login --dir") echo "folders" ;;
    "login --cli") echo "=qwen codex claude" ;;
    "add --oauth-file") echo "files" ;;
    "add --preset") echo "=dashscope dashscope-intl coding-plan coding-plan-intl modelscope openrouter" ;;
    "add --base-url") echo "" ;;
    "add --model") echo "" ;;
    "add --map-model") echo "" ;;
    "add --label") echo "" ;;
    "add --replace") echo "accounts" ;;
    "add --update") echo "accounts" ;;
    "add --dir") echo "folders" ;;
    "add --cli") echo "=qwen codex claude" ;;
    "import --allow-host") echo "" ;;
    "import --dir") echo "folders" ;;
    "import --cli") echo "=qwen codex claude" ;;
    "label --dir") echo "folders" ;;
    "label --cli") echo "=qwen codex claude" ;;
    "move --dir") echo "folders" ;;
    "move --cli") echo "=qwen codex claude" ;;
    "disable --dir") echo "folders" ;;
    "disable --cli") echo "=qwen codex claude" ;;
    "enable --dir") echo "folders" ;;
    "enable --cli") echo "=qwen codex claude" ;;
    "prefer --dir") echo "folders" ;;
    "prefer --cli") echo "=qwen codex claude" ;;
    "weight --dir") echo "folders" ;;
    "weight --cli") echo "=qwen codex claude" ;;
    "pin --dir") echo "folders" ;;
    "pin --cli") echo "=qwen codex claude" ;;
    "remove --dir") echo "folders" ;;
    "remove --cli") echo "=qwen codex claude" ;;
    "exec --account") echo "accounts" ;;
    "exec --strategy") echo "=round-robin fill-first least-recently-used sticky spread weighted" ;;
    "exec --max-in-flight") echo "" ;;
    "exec --mode") echo "=auto gateway link" ;;
    "exec --rerun") echo "=safe always never" ;;
    "exec --max-retries") echo "" ;;
    "exec --timeout") echo "" ;;
    "exec --wait") echo "" ;;
    "exec --quota-pattern") echo "" ;;
    "exec --max-cooldown-quota") echo "" ;;
    "exec --max-cooldown") echo "" ;;
    "exec --probe-every") echo "" ;;
    "exec --short-pause") echo "" ;;
    "exec --first-byte-timeout") echo "" ;;
    "exec --backoff") echo "=none constant exponential" ;;
    "exec --backoff-base") echo "" ;;
    "exec --backoff-cap") echo "" ;;
    "exec --backoff-attempts") echo "" ;;
    "exec --queue-timeout") echo "" ;;
    "exec --refresh-before") echo "" ;;
    "exec --lock-timeout") echo "" ;;
    "exec --count-usage") echo "=auto off" ;;
    "exec --rotate-at") echo "" ;;
    "exec --reserve") echo "" ;;
    "exec --for") echo "" ;;
    "exec --bin") echo "programs" ;;
    "exec --fallback") echo "" ;;
    "exec --report") echo "files" ;;
    "exec --dir") echo "folders" ;;
    "exec --cli") echo "=qwen codex claude" ;;
    "batch --jobs") echo "" ;;
    "batch --out") echo "files" ;;
    "batch --each") echo "" ;;
    "batch --strategy") echo "=round-robin fill-first least-recently-used sticky spread weighted" ;;
    "batch --max-in-flight") echo "" ;;
    "batch --mode") echo "=auto gateway link" ;;
    "batch --rerun") echo "=safe always never" ;;
    "batch --max-retries") echo "" ;;
    "batch --timeout") echo "" ;;
    "batch --wait") echo "" ;;
    "batch --quota-pattern") echo "" ;;
    "batch --max-cooldown-quota") echo "" ;;
    "batch --max-cooldown") echo "" ;;
    "batch --probe-every") echo "" ;;
    "batch --short-pause") echo "" ;;
    "batch --first-byte-timeout") echo "" ;;
    "batch --backoff") echo "=none constant exponential" ;;
    "batch --backoff-base") echo "" ;;
    "batch --backoff-cap") echo "" ;;
    "batch --backoff-attempts") echo "" ;;
    "batch --queue-timeout") echo "" ;;
    "batch --refresh-before") echo "" ;;
    "batch --lock-timeout") echo "" ;;
    "batch --count-usage") echo "=auto off" ;;
    "batch --rotate-at") echo "" ;;
    "batch --reserve") echo "" ;;
    "batch --for") echo "" ;;
    "batch --bin") echo "programs" ;;
    "batch --dir") echo "folders" ;;
    "batch --cli") echo "=qwen codex claude" ;;
    "switch --dir") echo "folders" ;;
    "switch --cli") echo "=qwen codex claude" ;;
    "next --strategy") echo "=round-robin fill-first least-recently-used sticky spread weighted" ;;
    "next --dir") echo "folders" ;;
    "next --cli") echo "=qwen codex claude" ;;
    "cooldown --dir") echo "folders" ;;
    "cooldown --cli") echo "=qwen codex claude" ;;
    "env --shell") echo "=sh fish powershell" ;;
    "env --dir") echo "folders" ;;
    "env --cli") echo "=qwen codex claude" ;;
    "shim --into") echo "folders" ;;
    "shim --dir") echo "folders" ;;
    "shim --cli") echo "=qwen codex claude" ;;
    "status --dir") echo "folders" ;;
    "status --cli") echo "=qwen codex claude" ;;
    "which --dir") echo "folders" ;;
    "which --cli") echo "=qwen codex claude" ;;
    "list --dir") echo "folders" ;;
    "list --cli") echo "=qwen codex claude" ;;
    "stats --svg") echo "files" ;;
    "stats --dir") echo "folders" ;;
    "stats --cli") echo "=qwen codex claude" ;;
    "quota --dir") echo "folders" ;;
    "quota --cli") echo "=qwen codex claude" ;;
    "guard --need") echo "" ;;
    "guard --unknown") echo "=ok" ;;
    "guard --for") echo "" ;;
    "guard --dir") echo "folders" ;;
    "guard --cli") echo "=qwen codex claude" ;;
    "metrics --dir") echo "folders" ;;
    "metrics --cli") echo "=qwen codex claude" ;;
    "log --last") echo "" ;;
    "log --since") echo "" ;;
    "log --account") echo "accounts" ;;
    "log --dir") echo "folders" ;;
    "log --cli") echo "=qwen codex claude" ;;
    "doctor --bin") echo "programs" ;;
    "doctor --dir") echo "folders" ;;
    "doctor --cli") echo "=qwen codex claude" ;;
    "refresh --refresh-before") echo "" ;;
    "refresh --dir") echo "folders" ;;
    "refresh --cli") echo "=qwen codex claude" ;;
    "restore --generation") echo "" ;;
    "restore --stash") echo "" ;;
    "restore --dir") echo "folders" ;;
    "restore --cli") echo "=qwen codex claude" ;;
    "notify --dir") echo "folders" ;;
    "notify --cli") echo "=qwen codex claude" ;;
    "rules --status") echo "" ;;
    "rules --service") echo "" ;;
    "rules --header") echo "" ;;
    "rules --model") echo "" ;;
    "rules --dir") echo "folders" ;;
    "rules --cli") echo "=qwen codex claude" ;;
    "config --strategy") echo "=round-robin fill-first least-recently-used sticky spread weighted" ;;
    "config --max-in-flight") echo "" ;;
    "config --mode") echo "=auto gateway link" ;;
    "config --rerun") echo "=safe always never" ;;
    "config --max-retries") echo "" ;;
    "config --timeout") echo "" ;;
    "config --wait") echo "" ;;
    "config --quota-pattern") echo "" ;;
    "config --max-cooldown-quota") echo "" ;;
    "config --max-cooldown") echo "" ;;
    "config --probe-every") echo "" ;;
    "config --short-pause") echo "" ;;
    "config --first-byte-timeout") echo "" ;;
    "config --backoff") echo "=none constant exponential" ;;
    "config --backoff-base") echo "" ;;
    "config --backoff-cap") echo "" ;;
    "config --backoff-attempts") echo "" ;;
    "config --queue-timeout") echo "" ;;
    "config --refresh-before") echo "" ;;
    "config --lock-timeout") echo "" ;;
    "config --count-usage") echo "=auto off" ;;
    "config --rotate-at") echo "" ;;
    "config --reserve") echo "" ;;
    "config --for") echo "" ;;
    "config --bin") echo "programs" ;;
    "config --dir") echo "folders" ;;
    "config --cli") echo "=qwen codex claude" ;;
    "upgrade --dir") echo "folders" ;;
    "upgrade --cli") echo "=qwen codex claude" ;;
    "uninstall --dir") echo "folders" ;;
    "uninstall --cli") echo "=qwen codex claude" ;;
    "completion --dir") echo "folders" ;;
    "completion --cli") echo "=qwen codex claude" ;;
    "man --dir") echo "folders" ;;
    "man --cli") echo "=qwen codex claude" ;;
    *) return 1 ;;
  esac
}

_account_qwen_word() {
  case "$1 $2" in
    "setup "*) echo "files" ;;
    "login "0) echo "accounts" ;;
    "label "0) echo "accounts" ;;
    "move "0) echo "accounts" ;;
    "disable "0) echo "accounts" ;;
    "enable "0) echo "accounts" ;;
    "prefer "*) echo "accounts" ;;
    "weight "0) echo "accounts" ;;
    "pin "0) echo "folders" ;;
    "pin "1) echo "accounts" ;;
    "remove "0) echo "accounts" ;;
    "batch "*) echo "files" ;;
    "switch "0) echo "accounts" ;;
    "cooldown "0) echo "=list set clear" ;;
    "cooldown "1) echo "accounts" ;;
    "env "0) echo "accounts" ;;
    "shim "0) echo "=install remove status" ;;
    "quota "0) echo "accounts" ;;
    "guard "0) echo "accounts" ;;
    "refresh "0) echo "accounts" ;;
    "restore "0) echo "accounts" ;;
    "notify "0) echo "=list test flush" ;;
    "rules "0) echo "=list test" ;;
    "config "0) echo "=get set unset edit path" ;;
    "config "1) echo "=strategy rotate_logins max_in_flight mode rerun max_retries timeout wait quota_patterns max_cooldown_quota max_cooldown probe_every short_pause first_byte_timeout backoff backoff_base backoff_cap backoff_attempts queue_timeout refresh_before lock_timeout count_usage rotate_at reserve for cli bin" ;;
    "completion "0) echo "=bash zsh fish" ;;
  esac
}

_account_qwen_accounts() {
  local word says current=$1 quote= shown=()
  if [[ $current == [\'\"]* ]]; then
    quote=1 current=${current:1}
  else
    current=${current//\\/}
  fi
  while IFS=$'\t' read -r word says; do
    [[ $word == "$current"* ]] || continue
    if [[ ! $quote ]]; then printf -v word %q "$word"
    elif [[ $word == *[\'\"\\\$\`!]* ]]; then continue
    fi
    COMPREPLY+=("$word")
    shown+=("$word${says:+  ($says)}")
  done < <(account-qwen completion --accounts ${cli:+"--cli=$cli"} 2>/dev/null)
  if (( ${#COMPREPLY[@]} > 1 )) && [[ $COMP_TYPE == 9 || $COMP_TYPE == 63 ]]
  then
    COMPREPLY=("${shown[@]}")
  fi
}

_account_qwen_offer() {
  case $2 in
    accounts) _account_qwen_accounts "$1" ;;
    files) type compopt &>/dev/null && compopt -o default ;;
    folders) type compopt &>/dev/null && compopt -o dirnames ;;
    programs) COMPREPLY=($(compgen -c -- "$1")) ;;
    =*) COMPREPLY=($(compgen -W "${2#=}" -- "$1")) ;;
  esac
}

_account_qwen() {
  COMPREPLY=()
  local words=() word kind command= flag= cli= count=0 i
  # Where COMP_WORDBREAKS has "=", a flag and its value are three words.
  for (( i = 1; i <= COMP_CWORD; i++ )); do
    word=${COMP_WORDS[i]}
    if (( ${#words[@]} > 0 )) && [[ $word == = || ${COMP_WORDS[i-1]} == = ]]
    then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
  done
  local last=$(( ${#words[@]} - 1 ))
  local current=${words[last]}
  for (( i = 0; i < last; i++ )); do
    word=${words[i]}
    case $flag\ $word in
      --cli\ *) cli=$word ;;
      *\ --cli=*) cli=${word#*=} ;;
    esac
    if [[ $flag ]]; then
      flag=
      [[ $word != -* ]] && continue
    fi
    if [[ $word == -- ]]; then
      type compopt &>/dev/null && compopt -o default
      return
    elif [[ ! $command ]] && command=$(_account_qwen_command "$word"); then
      continue
    elif [[ $word == -* ]]; then
      _account_qwen_value "$command" "$word" >/dev/null && flag=$word
    else
      (( ++count ))
    fi
  done
  if [[ $current == --*=* ]]; then
    flag=${current%%=*}
    kind=$(_account_qwen_value "$command" "$flag") || return
    _account_qwen_offer "${current#*=}" "$kind"
    if [[ $COMP_WORDBREAKS != *=* ]]; then
      for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=$flag=${COMPREPLY[i]}; done
    fi
  elif [[ $flag && $current != -* ]]; then
    _account_qwen_offer "$current" "$(_account_qwen_value "$command" "$flag")"
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$(_account_qwen_flags "$command")" -- "$current"))
  elif [[ ! $command ]]; then
    COMPREPLY=($(compgen -W "setup login add import label move disable enable prefer weight pin remove exec batch switch next cooldown env shim status which list stats quota guard metrics log doctor refresh restore notify rules config upgrade uninstall completion man" -- "$current"))
  else
    _account_qwen_offer "$current" "$(_account_qwen_word "$command" "$count")"
  fi
}

complete -F _account_qwen account-qwen

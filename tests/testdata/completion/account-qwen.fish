# Completion of account-qwen for fish.

# Prints the command that is on the line, and each word that comes after it.
function __account_qwen_words
    set -l command ''
    set -l flag ''
    set -l words
    for word in (commandline -opc)[2..-1]
        if test -n "$flag"
            set flag ''
            string match -q -- '-*' $word; or continue
        end
        if test "$word" = --
            set -a words --
            break
        else if test -z "$command"; and __account_qwen_command $word
            set command (__account_qwen_name $word)
        else if string match -q -- '-*' $word
            __account_qwen_takes_value "$command" $word; and set flag $word
        else
            set -a words $word
        end
    end
    printf '%s\n' "$command" $words
end

function __account_qwen_command
    contains -- $argv[1] setup --setup login add import label move disable enable prefer weight pin remove exec batch switch --switch next --switch-next cooldown env shim status which list ls --list stats --stats quota guard metrics log doctor refresh restore notify rules config upgrade uninstall completion man
end

function __account_qwen_name
    switch $argv[1]
        case --setup
            echo setup
        case --switch
            echo switch
        case --switch-next
            echo next
        case ls --list
            echo list
        case --stats
            echo stats
        case '*'
            echo $argv[1]
    end
end

function __account_qwen_takes_value
    switch "$argv"
        case ' --dir' ' --cli' 'setup --dir' 'setup --cli' 'login --label' 'login --dir' 'login --cli' 'add --oauth-file' 'add --preset' 'add --base-url' 'add --model' 'add --map-model' 'add --label' 'add --replace' 'add --update' 'add --dir' 'add --cli' 'import --allow-host' 'import --dir' 'import --cli' 'label --dir' 'label --cli' 'move --dir' 'move --cli' 'disable --dir' 'disable --cli' 'enable --dir' 'enable --cli' 'prefer --dir' 'prefer --cli' 'weight --dir' 'weight --cli' 'pin --dir' 'pin --cli' 'remove --dir' 'remove --cli' 'exec --account' 'exec --strategy' 'exec --max-in-flight' 'exec --mode' 'exec --rerun' 'exec --max-retries' 'exec --timeout' 'exec --wait' 'exec --quota-pattern' 'exec --max-cooldown-quota' 'exec --max-cooldown' 'exec --probe-every' 'exec --short-pause' 'exec --first-byte-timeout' 'exec --backoff' 'exec --backoff-base' 'exec --backoff-cap' 'exec --backoff-attempts' 'exec --queue-timeout' 'exec --refresh-before' 'exec --lock-timeout' 'exec --count-usage' 'exec --rotate-at' 'exec --reserve' 'exec --for' 'exec --bin' 'exec --fallback' 'exec --report' 'exec --dir' 'exec --cli' 'batch --jobs' 'batch --out' 'batch --each' 'batch --strategy' 'batch --max-in-flight' 'batch --mode' 'batch --rerun' 'batch --max-retries' 'batch --timeout' 'batch --wait' 'batch --quota-pattern' 'batch --max-cooldown-quota' 'batch --max-cooldown' 'batch --probe-every' 'batch --short-pause' 'batch --first-byte-timeout' 'batch --backoff' 'batch --backoff-base' 'batch --backoff-cap' 'batch --backoff-attempts' 'batch --queue-timeout' 'batch --refresh-before' 'batch --lock-timeout' 'batch --count-usage' 'batch --rotate-at' 'batch --reserve' 'batch --for' 'batch --bin' 'batch --dir' 'batch --cli' 'switch --dir' 'switch --cli' 'next --strategy' 'next --dir' 'next --cli' 'cooldown --dir' 'cooldown --cli' 'env --shell' 'env --dir' 'env --cli' 'shim --into' 'shim --dir' 'shim --cli' 'status --dir' 'status --cli' 'which --dir' 'which --cli' 'list --dir' 'list --cli' 'stats --svg' 'stats --dir' 'stats --cli' 'quota --dir' 'quota --cli' 'guard --need' 'guard --unknown' 'guard --for' 'guard --dir' 'guard --cli' 'metrics --dir' 'metrics --cli' 'log --last' 'log --since' 'log --account' 'log --dir' 'log --cli' 'doctor --bin' 'doctor --dir' 'doctor --cli' 'refresh --refresh-before' 'refresh --dir' 'refresh --cli' 'restore --generation' 'restore --stash' 'restore --dir' 'restore --cli' 'notify --dir' 'notify --cli' 'rules --status' 'rules --service' 'rules --header' 'rules --model' 'rules --dir' 'rules --cli' 'config --strategy' 'config --max-in-flight' 'config --mode' 'config --rerun' 'config --max-retries' 'config --timeout' 'config --wait' 'config --quota-pattern' 'config --max-cooldown-quota' 'config --max-cooldown' 'config --probe-every' 'config --short-pause' 'config --first-byte-timeout' 'config --backoff' 'config --backoff-base' 'config --backoff-cap' 'config --backoff-attempts' 'config --queue-timeout' 'config --refresh-before' 'config --lock-timeout' 'config --count-usage' 'config --rotate-at' 'config --reserve' 'config --for' 'config --bin' 'config --dir' 'config --cli' 'upgrade --dir' 'upgrade --cli' 'uninstall --dir' 'uninstall --cli' 'completion --dir' 'completion --cli' 'man --dir' 'man --cli'
            return 0
    end
    return 1
end

# Whether the command on the line is $argv[1] and, if $argv[2] is given, that many
# words come after it; the words after -- are not for account-qwen.
function __account_qwen_at
    set -l words (__account_qwen_words)
    test "$words[1]" = "$argv[1]"; or return 1
    contains -- -- $words; and return 1
    test (count $argv) -lt 2; or test (math (count $words) - 1) = "$argv[2]"
end

function __account_qwen_accounts
    set -l before ''
    set -l cli
    for word in (commandline -opc)[2..-1]
        test "$word" = --; and break
        test "$before" = --cli; and set cli --cli=$word
        string match -q -- '--cli=*' $word; and set cli $word
        set before $word
    end
    account-qwen completion --accounts $cli 2>/dev/null
end

complete -c account-qwen -f
complete -c account-qwen -n 'contains -- -- (__account_qwen_words)' -F
complete -c account-qwen -n '__account_qwen_at \'\'' -a setup -d 'Set up accounts, step by step'
complete -c account-qwen -n '__account_qwen_at \'\'' -a login -d 'Log in with a new account, or again with an existing one'
complete -c account-qwen -n '__account_qwen_at \'\'' -a add -d 'Add an account: a credential file, or an API key from stdin'
complete -c account-qwen -n '__account_qwen_at \'\'' -a import -d 'Import keys and logins that are already on this machine'
complete -c account-qwen -n '__account_qwen_at \'\'' -a label -d 'Show, set or remove the label of an account'
complete -c account-qwen -n '__account_qwen_at \'\'' -a move -d 'Renumber an account (the new number must be unused)'
complete -c account-qwen -n '__account_qwen_at \'\'' -a disable -d 'Exclude an account from rotation until it is enabled'
complete -c account-qwen -n '__account_qwen_at \'\'' -a enable -d 'Return a disabled account to rotation'
complete -c account-qwen -n '__account_qwen_at \'\'' -a prefer -d 'Show or set the order in which rotation prefers the accounts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a weight -d 'Show or set the share of an account with the strategy weighted'
complete -c account-qwen -n '__account_qwen_at \'\'' -a pin -d 'Choose the account for the runs in a folder'
complete -c account-qwen -n '__account_qwen_at \'\'' -a remove -d 'Remove an account (restore brings it back)'
complete -c account-qwen -n '__account_qwen_at \'\'' -a exec -d 'Run qwen and switch accounts when one is out of quota'
complete -c account-qwen -n '__account_qwen_at \'\'' -a batch -d 'Ask many prompts at once, spread over all accounts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a switch -d 'Make an account the active one'
complete -c account-qwen -n '__account_qwen_at \'\'' -a next -d 'Switch to the next ready account, without output'
complete -c account-qwen -n '__account_qwen_at \'\'' -a cooldown -d 'Show, set or clear the cooldowns of accounts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a env -d 'Print shell code that gives plain qwen the key of an account'
complete -c account-qwen -n '__account_qwen_at \'\'' -a shim -d 'Install a qwen command that runs exec, for tools that call qwen'
complete -c account-qwen -n '__account_qwen_at \'\'' -a status -d 'Show which account is next, and the state of each account'
complete -c account-qwen -n '__account_qwen_at \'\'' -a which -d 'Print the active account'
complete -c account-qwen -n '__account_qwen_at \'\'' -a list -d 'List the accounts and mark the active one'
complete -c account-qwen -n '__account_qwen_at \'\'' -a stats -d 'Show the switches and the last use of each account'
complete -c account-qwen -n '__account_qwen_at \'\'' -a quota -d 'Show what each account has used, its limits, and how long it lasts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a guard -d 'Tell by the exit code whether enough quota is left, for CI and hooks'
complete -c account-qwen -n '__account_qwen_at \'\'' -a metrics -d 'Print the state and the traffic of the accounts for Prometheus'
complete -c account-qwen -n '__account_qwen_at \'\'' -a log -d 'Show the history of the accounts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a doctor -d 'Find problems and show how to fix them'
complete -c account-qwen -n '__account_qwen_at \'\'' -a refresh -d 'Refresh a login before it expires'
complete -c account-qwen -n '__account_qwen_at \'\'' -a restore -d 'Restore a removed account or an earlier login'
complete -c account-qwen -n '__account_qwen_at \'\'' -a notify -d 'Show, test and send the messages about accounts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a rules -d 'Show your rules for errors, or try one out'
complete -c account-qwen -n '__account_qwen_at \'\'' -a config -d 'Show the settings and their sources, or change them'
complete -c account-qwen -n '__account_qwen_at \'\'' -a upgrade -d 'Check for a newer version and show how to install it'
complete -c account-qwen -n '__account_qwen_at \'\'' -a uninstall -d 'Remove the program and its files, but not your accounts'
complete -c account-qwen -n '__account_qwen_at \'\'' -a completion -d 'Print a completion script for bash, zsh or fish'
complete -c account-qwen -n '__account_qwen_at \'\'' -a man -d 'Print the manual page'
complete -c account-qwen -n '__account_qwen_at \'\'' -l setup -d 'Set up accounts, step by step'
complete -c account-qwen -n '__account_qwen_at \'\'' -l switch -d 'Make an account the active one'
complete -c account-qwen -n '__account_qwen_at \'\'' -l switch-next -d 'Switch to the next ready account, without output'
complete -c account-qwen -n '__account_qwen_at \'\'' -l list -d 'List the accounts and mark the active one'
complete -c account-qwen -n '__account_qwen_at \'\'' -l stats -d 'Show the switches and the last use of each account'
complete -c account-qwen -n '__account_qwen_at \'\'' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at \'\'' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at \'\'' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at \'\'' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at setup' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at setup' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at setup' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at setup' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at setup' -F
complete -c account-qwen -n '__account_qwen_at login' -l label -d 'The label of the account' -x
complete -c account-qwen -n '__account_qwen_at login' -l no-browser -d 'Show the address without opening a browser'
complete -c account-qwen -n '__account_qwen_at login' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at login' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at login' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at login' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at login 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at add' -l oauth-file -d 'Import a qwen credential file (the file itself stays)' -r -F
complete -c account-qwen -n '__account_qwen_at add' -l api-key-stdin -d 'Read an API key from the first line of stdin'
complete -c account-qwen -n '__account_qwen_at add' -l preset -d 'The service that the key is for (listed below)' -x -a 'dashscope dashscope-intl coding-plan coding-plan-intl modelscope openrouter'
complete -c account-qwen -n '__account_qwen_at add' -l base-url -d 'The API address, for a service that is not listed below' -x
complete -c account-qwen -n '__account_qwen_at add' -l model -d 'The model (default: the current one, or the service\'s)' -x
complete -c account-qwen -n '__account_qwen_at add' -l map-model -d 'Send model TO when qwen asks for FROM (repeatable)' -x
complete -c account-qwen -n '__account_qwen_at add' -l label -d 'The label of the account' -x
complete -c account-qwen -n '__account_qwen_at add' -l replace -d 'Replace the key of this account; number and label stay' -x -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at add' -l update -d 'Change the address or model of this account, not its key' -x -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at add' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at add' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at add' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at add' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at add' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at add' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at import' -l allow-host -d 'Also import keys that project files send to HOST' -x
complete -c account-qwen -n '__account_qwen_at import' -l dry-run -d 'Show what would be imported without changing anything'
complete -c account-qwen -n '__account_qwen_at import' -l yes -d 'Add the login of plain qwen without asking'
complete -c account-qwen -n '__account_qwen_at import' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at import' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at import' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at import' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at label' -l unset -d 'Remove the label'
complete -c account-qwen -n '__account_qwen_at label' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at label' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at label' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at label' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at label' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at label' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at label 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at move' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at move' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at move' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at move' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at move 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at disable' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at disable' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at disable' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at disable' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at disable' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at disable' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at disable 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at enable' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at enable' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at enable' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at enable' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at enable' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at enable' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at enable 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at prefer' -l unset -d 'Return to the order of the account numbers'
complete -c account-qwen -n '__account_qwen_at prefer' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at prefer' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at prefer' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at prefer' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at prefer' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at prefer' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at prefer' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at weight' -l unset -d 'Return to 1, the weight of the others'
complete -c account-qwen -n '__account_qwen_at weight' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at weight' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at weight' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at weight' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at weight' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at weight' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at weight 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at pin' -l list -d 'Show every folder with a pinned account'
complete -c account-qwen -n '__account_qwen_at pin' -l unset -d 'Remove the pin of the folder'
complete -c account-qwen -n '__account_qwen_at pin' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at pin' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at pin' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at pin' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at pin' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at pin' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at pin 0' -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at pin 1' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at remove' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at remove' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at remove' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at remove' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at remove' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at remove' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at remove 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at exec' -l account -d 'Use this account first (default: the strategy chooses)' -x -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at exec' -l strategy -d 'Which account is next: round-robin, fill-first, least-recently-used, sticky, spread, weighted (default: round-robin)' -x -a 'round-robin fill-first least-recently-used sticky spread weighted'
complete -c account-qwen -n '__account_qwen_at exec' -l rotate-logins -d 'Switch between plan logins automatically (not for qwen) (default: false)'
complete -c account-qwen -n '__account_qwen_at exec' -l no-rotate-logins -d 'Turn off --rotate-logins'
complete -c account-qwen -n '__account_qwen_at exec' -l max-in-flight -d 'At most N requests or runs at a time for each account; 0: no limit (default: 0)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l mode -d 'How the agent reaches an account: gateway, link, or auto, which is gateway for keys (default: auto)' -x -a 'auto gateway link'
complete -c account-qwen -n '__account_qwen_at exec' -l rerun -d 'Continue with another account: safe (no tool runs twice), always, never (default: safe)' -x -a 'safe always never'
complete -c account-qwen -n '__account_qwen_at exec' -l max-retries -d 'Try at most N other accounts (default: 5)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l timeout -d 'Stop a run that takes longer, such as 45s or 1h30m' -x
complete -c account-qwen -n '__account_qwen_at exec' -l wait -d 'Wait until an account is available (at most MAX)'
complete -c account-qwen -n '__account_qwen_at exec' -l quota-pattern -d 'Text that means out of quota (replaces the list in config)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l max-cooldown-quota -d 'The longest cooldown after a quota error, if no reset is known (default: 24h)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l max-cooldown -d 'The longest cooldown after other errors (default: 1h)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l probe-every -d 'Try a key once in TIME if its reset is farther away than --max-cooldown-quota (default: 30m)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l short-pause -d 'Wait for a throttle that ends within TIME (default: 10s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l first-byte-timeout -d 'Gateway: try the next account if no answer begins within TIME (default: 300s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l backoff -d 'How to wait after a transient failure: none, constant, exponential (default: none)' -x -a 'none constant exponential'
complete -c account-qwen -n '__account_qwen_at exec' -l backoff-base -d 'The first wait of a backoff (default: 1s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l backoff-cap -d 'The longest wait of a backoff (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l backoff-attempts -d 'Retry at most N times after a transient failure (default: 3)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l queue-timeout -d 'Wait at most TIME until an account has room (--max-in-flight) (default: 100s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l refresh-before -d 'Refresh a login that expires within TIME; 0: never (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l lock-timeout -d 'Give up if another process holds the lock for TIME (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l count-usage -d 'Count the requests and tokens of each account: auto, off (default: auto)' -x -a 'auto off'
complete -c account-qwen -n '__account_qwen_at exec' -l rotate-at -d 'Leave an account before its limit, when PERCENT of it is used (default: off)' -x
complete -c account-qwen -n '__account_qwen_at exec' -l reserve -d 'Keep a part of an account for --for LABEL: \'20% for ci\'' -x
complete -c account-qwen -n '__account_qwen_at exec' -l for -d 'Use what --reserve keeps for LABEL' -x
complete -c account-qwen -n '__account_qwen_at exec' -l bin -d 'The program to run (default: qwen)' -x -a '(__fish_complete_command)'
complete -c account-qwen -n '__account_qwen_at exec' -l fallback -d 'If the run fails, print TEXT and exit with 0' -x
complete -c account-qwen -n '__account_qwen_at exec' -l quiet -d 'Print only errors: no status line, no rotation notices'
complete -c account-qwen -n '__account_qwen_at exec' -l report -d 'Write a JSON report of the run to FILE or a descriptor (fd:3)' -r -F
complete -c account-qwen -n '__account_qwen_at exec' -l schema -d 'Print the JSON schema of that report'
complete -c account-qwen -n '__account_qwen_at exec' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at exec' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at exec' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at exec' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at batch' -l jobs -d 'Ask N prompts at once (default: 4, or 1 with a plan login)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l out -d 'Write the results to FILE, or continue there (default: stdout)' -r -F
complete -c account-qwen -n '__account_qwen_at batch' -l each -d 'Ask once for each file that matches, with the file on stdin' -x
complete -c account-qwen -n '__account_qwen_at batch' -l retry-failed -d 'Ask the prompts in FILE that failed again'
complete -c account-qwen -n '__account_qwen_at batch' -l quiet -d 'Print only errors: no progress, no rotation notices'
complete -c account-qwen -n '__account_qwen_at batch' -l schema -d 'Print the JSON schema of a result'
complete -c account-qwen -n '__account_qwen_at batch' -l strategy -d 'Which account is next: round-robin, fill-first, least-recently-used, sticky, spread, weighted (default: spread)' -x -a 'round-robin fill-first least-recently-used sticky spread weighted'
complete -c account-qwen -n '__account_qwen_at batch' -l rotate-logins -d 'Switch between plan logins automatically (not for qwen) (default: false)'
complete -c account-qwen -n '__account_qwen_at batch' -l no-rotate-logins -d 'Turn off --rotate-logins'
complete -c account-qwen -n '__account_qwen_at batch' -l max-in-flight -d 'At most N requests or runs at a time for each account; 0: no limit (default: 0)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l mode -d 'How the agent reaches an account: gateway, link, or auto, which is gateway for keys (default: auto)' -x -a 'auto gateway link'
complete -c account-qwen -n '__account_qwen_at batch' -l rerun -d 'Continue with another account: safe (no tool runs twice), always, never (default: safe)' -x -a 'safe always never'
complete -c account-qwen -n '__account_qwen_at batch' -l max-retries -d 'Try at most N other accounts (default: 5)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l timeout -d 'Stop a run that takes longer, such as 45s or 1h30m' -x
complete -c account-qwen -n '__account_qwen_at batch' -l wait -d 'Wait until an account is available (at most MAX)'
complete -c account-qwen -n '__account_qwen_at batch' -l quota-pattern -d 'Text that means out of quota (replaces the list in config)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l max-cooldown-quota -d 'The longest cooldown after a quota error, if no reset is known (default: 24h)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l max-cooldown -d 'The longest cooldown after other errors (default: 1h)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l probe-every -d 'Try a key once in TIME if its reset is farther away than --max-cooldown-quota (default: 30m)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l short-pause -d 'Wait for a throttle that ends within TIME (default: 10s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l first-byte-timeout -d 'Gateway: try the next account if no answer begins within TIME (default: 300s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l backoff -d 'How to wait after a transient failure: none, constant, exponential (default: none)' -x -a 'none constant exponential'
complete -c account-qwen -n '__account_qwen_at batch' -l backoff-base -d 'The first wait of a backoff (default: 1s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l backoff-cap -d 'The longest wait of a backoff (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l backoff-attempts -d 'Retry at most N times after a transient failure (default: 3)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l queue-timeout -d 'Wait at most TIME until an account has room (--max-in-flight) (default: 100s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l refresh-before -d 'Refresh a login that expires within TIME; 0: never (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l lock-timeout -d 'Give up if another process holds the lock for TIME (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l count-usage -d 'Count the requests and tokens of each account: auto, off (default: auto)' -x -a 'auto off'
complete -c account-qwen -n '__account_qwen_at batch' -l rotate-at -d 'Leave an account before its limit, when PERCENT of it is used (default: off)' -x
complete -c account-qwen -n '__account_qwen_at batch' -l reserve -d 'Keep a part of an account for --for LABEL: \'20% for ci\'' -x
complete -c account-qwen -n '__account_qwen_at batch' -l for -d 'Use what --reserve keeps for LABEL' -x
complete -c account-qwen -n '__account_qwen_at batch' -l bin -d 'The program to run (default: qwen)' -x -a '(__fish_complete_command)'
complete -c account-qwen -n '__account_qwen_at batch' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at batch' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at batch' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at batch' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at batch' -F
complete -c account-qwen -n '__account_qwen_at switch' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at switch' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at switch' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at switch' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at switch' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at switch' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at switch 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at next' -l dry-run -d 'Show which account is next and why the others are not'
complete -c account-qwen -n '__account_qwen_at next' -l strategy -d 'Which account is next: round-robin, fill-first, least-recently-used, sticky, spread, weighted (default: round-robin)' -x -a 'round-robin fill-first least-recently-used sticky spread weighted'
complete -c account-qwen -n '__account_qwen_at next' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at next' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at next' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at next' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at next' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at next' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at cooldown' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at cooldown' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at cooldown' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at cooldown' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at cooldown' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at cooldown' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at cooldown 0' -a 'list set clear'
complete -c account-qwen -n '__account_qwen_at cooldown 1' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at env' -l unset -d 'Print shell code that unsets the variables'
complete -c account-qwen -n '__account_qwen_at env' -l shell -d 'Write for sh, fish, powershell (default: your shell)' -x -a 'sh fish powershell'
complete -c account-qwen -n '__account_qwen_at env' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at env' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at env' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at env' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at env 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at shim' -l into -d 'The folder of the shim (default: ~/.local/share/account-qwen/shims)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at shim' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at shim' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at shim' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at shim' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at shim' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at shim' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at shim 0' -a 'install remove status'
complete -c account-qwen -n '__account_qwen_at status' -l watch -d 'Keep updating until q is pressed; with --json, a line per change'
complete -c account-qwen -n '__account_qwen_at status' -l short -d 'Print one line for a shell prompt, such as `work 2/5`'
complete -c account-qwen -n '__account_qwen_at status' -l all -d 'Show the accounts of every agent that has some'
complete -c account-qwen -n '__account_qwen_at status' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at status' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at status' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at status' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at status' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at status' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at which' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at which' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at which' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at which' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at which' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at which' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at list' -l all -d 'Show the accounts of every agent that has some'
complete -c account-qwen -n '__account_qwen_at list' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at list' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at list' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at list' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at list' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at list' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at stats' -l svg -d 'Draw the requests of the last seven days as a picture' -r -F
complete -c account-qwen -n '__account_qwen_at stats' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at stats' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at stats' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at stats' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at stats' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at stats' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at quota' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at quota' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at quota' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at quota' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at quota' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at quota' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at quota 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at guard' -l need -d 'What must be left, such as \'50 requests\' (default: anything)' -x
complete -c account-qwen -n '__account_qwen_at guard' -l unknown -d 'Exit with 0 if nobody knows what is left' -x -a 'ok'
complete -c account-qwen -n '__account_qwen_at guard' -l for -d 'Use what --reserve keeps for LABEL' -x
complete -c account-qwen -n '__account_qwen_at guard' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at guard' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at guard' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at guard' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at guard' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at guard' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at guard 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at metrics' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at metrics' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at metrics' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at metrics' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at log' -l last -d 'Show the last N events (default: 50, or all since --since)' -x
complete -c account-qwen -n '__account_qwen_at log' -l since -d 'Show events since then: 1d, 2h, today, 2026-11-20, \'2026-11-20 09:00\'' -x
complete -c account-qwen -n '__account_qwen_at log' -l account -d 'Show only the events of this account' -x -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at log' -l follow -d 'Keep showing new events until Ctrl-C'
complete -c account-qwen -n '__account_qwen_at log' -l json -d 'Print a JSON object for each event'
complete -c account-qwen -n '__account_qwen_at log' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at log' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at log' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at log' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at log' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at doctor' -l fix -d 'Repair what needs no decision, then check'
complete -c account-qwen -n '__account_qwen_at doctor' -l bin -d 'The program to check (default: qwen)' -x -a '(__fish_complete_command)'
complete -c account-qwen -n '__account_qwen_at doctor' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at doctor' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at doctor' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at doctor' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at doctor' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at doctor' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at refresh' -l all -d 'Refresh every login'
complete -c account-qwen -n '__account_qwen_at refresh' -l due -d 'Refresh logins that expire soon (see --refresh-before)'
complete -c account-qwen -n '__account_qwen_at refresh' -l refresh-before -d 'Refresh a login that expires within TIME; 0: never (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at refresh' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at refresh' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at refresh' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at refresh' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at refresh' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at refresh' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at refresh 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at restore' -l generation -d 'Go back K logins (default: 1, or to the one before --stash)' -x
complete -c account-qwen -n '__account_qwen_at restore' -l stash -d 'Restore this login from the stash instead' -x
complete -c account-qwen -n '__account_qwen_at restore' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at restore' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at restore' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at restore' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at restore 0' -k -a '(__account_qwen_accounts)'
complete -c account-qwen -n '__account_qwen_at notify' -l drain -d 'With flush: continue until nothing waits, for at most a day'
complete -c account-qwen -n '__account_qwen_at notify' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at notify' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at notify' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at notify' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at notify' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at notify' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at notify 0' -a 'list test flush'
complete -c account-qwen -n '__account_qwen_at rules' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at rules' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at rules' -l status -d 'test: the HTTP status (without it, stdin is what an agent prints)' -x
complete -c account-qwen -n '__account_qwen_at rules' -l service -d 'test: the service, by its name, host or address' -x
complete -c account-qwen -n '__account_qwen_at rules' -l header -d 'test: a header of the reply' -x
complete -c account-qwen -n '__account_qwen_at rules' -l model -d 'test: the model that was requested' -x
complete -c account-qwen -n '__account_qwen_at rules' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at rules' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at rules' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at rules' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at rules 0' -a 'list test'
complete -c account-qwen -n '__account_qwen_at config' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at config' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at config' -l strategy -d 'Which account is next: round-robin, fill-first, least-recently-used, sticky, spread, weighted (default: round-robin)' -x -a 'round-robin fill-first least-recently-used sticky spread weighted'
complete -c account-qwen -n '__account_qwen_at config' -l rotate-logins -d 'Switch between plan logins automatically (not for qwen) (default: false)'
complete -c account-qwen -n '__account_qwen_at config' -l no-rotate-logins -d 'Turn off --rotate-logins'
complete -c account-qwen -n '__account_qwen_at config' -l max-in-flight -d 'At most N requests or runs at a time for each account; 0: no limit (default: 0)' -x
complete -c account-qwen -n '__account_qwen_at config' -l mode -d 'How the agent reaches an account: gateway, link, or auto, which is gateway for keys (default: auto)' -x -a 'auto gateway link'
complete -c account-qwen -n '__account_qwen_at config' -l rerun -d 'Continue with another account: safe (no tool runs twice), always, never (default: safe)' -x -a 'safe always never'
complete -c account-qwen -n '__account_qwen_at config' -l max-retries -d 'Try at most N other accounts (default: 5)' -x
complete -c account-qwen -n '__account_qwen_at config' -l timeout -d 'Stop a run that takes longer, such as 45s or 1h30m' -x
complete -c account-qwen -n '__account_qwen_at config' -l wait -d 'Wait until an account is available (at most MAX)'
complete -c account-qwen -n '__account_qwen_at config' -l quota-pattern -d 'Text that means out of quota (replaces the list in config)' -x
complete -c account-qwen -n '__account_qwen_at config' -l max-cooldown-quota -d 'The longest cooldown after a quota error, if no reset is known (default: 24h)' -x
complete -c account-qwen -n '__account_qwen_at config' -l max-cooldown -d 'The longest cooldown after other errors (default: 1h)' -x
complete -c account-qwen -n '__account_qwen_at config' -l probe-every -d 'Try a key once in TIME if its reset is farther away than --max-cooldown-quota (default: 30m)' -x
complete -c account-qwen -n '__account_qwen_at config' -l short-pause -d 'Wait for a throttle that ends within TIME (default: 10s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l first-byte-timeout -d 'Gateway: try the next account if no answer begins within TIME (default: 300s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l backoff -d 'How to wait after a transient failure: none, constant, exponential (default: none)' -x -a 'none constant exponential'
complete -c account-qwen -n '__account_qwen_at config' -l backoff-base -d 'The first wait of a backoff (default: 1s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l backoff-cap -d 'The longest wait of a backoff (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l backoff-attempts -d 'Retry at most N times after a transient failure (default: 3)' -x
complete -c account-qwen -n '__account_qwen_at config' -l queue-timeout -d 'Wait at most TIME until an account has room (--max-in-flight) (default: 100s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l refresh-before -d 'Refresh a login that expires within TIME; 0: never (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l lock-timeout -d 'Give up if another process holds the lock for TIME (default: 30s)' -x
complete -c account-qwen -n '__account_qwen_at config' -l count-usage -d 'Count the requests and tokens of each account: auto, off (default: auto)' -x -a 'auto off'
complete -c account-qwen -n '__account_qwen_at config' -l rotate-at -d 'Leave an account before its limit, when PERCENT of it is used (default: off)' -x
complete -c account-qwen -n '__account_qwen_at config' -l reserve -d 'Keep a part of an account for --for LABEL: \'20% for ci\'' -x
complete -c account-qwen -n '__account_qwen_at config' -l for -d 'Use what --reserve keeps for LABEL' -x
complete -c account-qwen -n '__account_qwen_at config' -l bin -d 'The program to run (default: qwen)' -x -a '(__fish_complete_command)'
complete -c account-qwen -n '__account_qwen_at config' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at config' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at config' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at config' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at config 0' -a 'get set unset edit path'
complete -c account-qwen -n '__account_qwen_at config 1' -a 'strategy rotate_logins max_in_flight mode rerun max_retries timeout wait quota_patterns max_cooldown_quota max_cooldown probe_every short_pause first_byte_timeout backoff backoff_base backoff_cap backoff_attempts queue_timeout refresh_before lock_timeout count_usage rotate_at reserve for cli bin'
complete -c account-qwen -n '__account_qwen_at upgrade' -l check -d 'Ask the address in ACCOUNT_QWEN_RELEASES for the latest version'
complete -c account-qwen -n '__account_qwen_at upgrade' -l json -d 'Print one JSON object'
complete -c account-qwen -n '__account_qwen_at upgrade' -l schema -d 'Print the JSON schema of what --json prints'
complete -c account-qwen -n '__account_qwen_at upgrade' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at upgrade' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at upgrade' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at upgrade' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at uninstall' -l yes -d 'Remove without asking'
complete -c account-qwen -n '__account_qwen_at uninstall' -l unlink -d 'Also replace the link oauth_creds.json with a file, without asking'
complete -c account-qwen -n '__account_qwen_at uninstall' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at uninstall' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at uninstall' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at uninstall' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at completion' -l accounts -d 'Print account numbers and labels for completion scripts'
complete -c account-qwen -n '__account_qwen_at completion' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at completion' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at completion' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at completion' -l version -d 'Show the version'
complete -c account-qwen -n '__account_qwen_at completion 0' -a 'bash zsh fish'
complete -c account-qwen -n '__account_qwen_at man' -l dir -d 'The accounts folder (default: ~/.qwen)' -x -a '(__fish_complete_directories)'
complete -c account-qwen -n '__account_qwen_at man' -l cli -d 'The agent whose accounts to use: qwen, codex, claude (default: qwen)' -x -a 'qwen codex claude'
complete -c account-qwen -n '__account_qwen_at man' -l help -d 'Show help'
complete -c account-qwen -n '__account_qwen_at man' -l version -d 'Show the version'

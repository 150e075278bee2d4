# Completion of account-qwen for fish.

function __account-qwen
    set -l words (commandline -opc)[2..-1] (commandline -ct)
    set -l offered (account-qwen completion --line -- $words 2>/dev/null)
    set -l flag (string match -r -- '^--[^=]+=' "$words[-1]")
    set -l value (string replace -r -- '^--[^=]+=' '' "$words[-1]")
    switch "$offered[1]"
        case :files
            complete -C "'' $value" | string replace -r -- '^' "$flag"
        case :folders
            __fish_complete_directories "$value" | string replace -r -- '^' "$flag"
        case :programs
            __fish_complete_command | string replace -r -- '^' "$flag"
        case ''
            return
        case '*'
            printf '%s\n' $offered
    end
end

complete -c account-qwen -f -k -a '(__account-qwen)'

#!/bin/sh
# Installs account-qwen for one user, or removes it; --help tells how.
#
# Nothing is put in place before its checksum is right, and a failure leaves
# nothing behind. Everything is in functions, so that what a broken download
# leaves of this file does nothing.
set -eu

# The release workflow writes the address of the repository's releases here.
default_releases=''

usage() {
  cat <<'END'
Installs account-qwen for you alone; root is not needed.

Usage: install.sh [--dir DIR] [--version VERSION] [--no-provenance]
       install.sh --uninstall [--dir DIR]

  --dir DIR          The folder of the program (default: ~/.local/bin)
  --version VERSION  A release, such as 0.1.0 (default: the latest)
  --no-provenance    Do not ask gh where the program was built
  --uninstall        Remove what this script installed; your accounts stay in
                     ~/.qwen
  --help             Show this

The checksum of the program must be right. Where gh, the GitHub CLI, is there
and logged in, the release workflow of the repository must also have built it.

ACCOUNT_QWEN_RELEASES names another place that has the releases, as an address
below which the files are at download/vVERSION/ and latest/download/.
END
}

main() {
  dir=${HOME:+$HOME/.local/bin}
  version=''
  action=install
  provenance=yes
  while [ $# -gt 0 ]; do
    case $1 in
      --dir | --version)
        [ $# -gt 1 ] || fail_usage "$1 needs a value"
        if [ "$1" = --dir ]; then dir=$2; else version=${2#v}; fi
        shift
        ;;
      --dir=*) dir=${1#*=} ;;
      --version=*) version=${1#*=} version=${version#v} ;;
      --no-provenance) provenance=no ;;
      --uninstall) action=uninstall ;;
      -h | --help) action=usage ;;
      *) fail_usage "Unknown argument \"$1\"" ;;
    esac
    shift
  done
  [ "$action" = usage ] || [ -n "$dir" ] ||
    fail "Cannot choose a folder: HOME is not set" "name one with --dir"
  case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
  program=$dir/account-qwen
  # Has the checksum of the program that this script put there.
  receipt=$dir/.account-qwen.installed
  "$action"
}

install() {
  releases=${ACCOUNT_QWEN_RELEASES:-$default_releases}
  releases=${releases%/}
  [ -n "$releases" ] || fail "Cannot tell where the releases are" \
    "use the install.sh of a release, or set ACCOUNT_QWEN_RELEASES"
  # A download by https must not be led to http.
  case $releases in https:*) protocols='=https' ;; *) protocols='=http,https' ;; esac
  find_tools
  find_target
  [ ! -d "$program" ] || fail "Cannot install \"$program\": it is a folder" \
    "move it away, or name another folder with --dir"

  work='' made='' child=''
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  make_dir
  # Beside the program, so that the last step is a rename.
  work=$(mktemp -d "$dir/.account-qwen.XXXXXX") || fail_write

  if [ -n "$version" ]; then from=download/v$version; else from=latest/download; fi
  download "$releases/$from/SHA256SUMS" "$work/SHA256SUMS"
  find_file
  echo "downloading $file ..." >&2
  download "$releases/download/v$version/$file" "$work/account-qwen"
  found=$(checksum "$work/account-qwen")
  [ "$found" = "$expected" ] || fail \
    "Cannot install $file: its SHA-256 is $found, not $expected" \
    "try again; if it happens twice, do not use what is offered there"
  check_provenance
  chmod 755 "$work/account-qwen"
  said=$("$work/account-qwen" --version) || said=nothing
  [ "$said" = "$version" ] ||
    fail "Cannot install $file: it does not run here" "$(needs_of "$target")"
  echo "$expected" >"$work/receipt" || fail_write
  mv -f "$work/account-qwen" "$program" || fail_write
  made=''
  mv -f "$work/receipt" "$receipt" || fail_write
  echo "installed account-qwen $version: $program"
  tell_path
}

uninstall() {
  # Of a link that leads nowhere, -e says that it is not there.
  if [ ! -e "$program" ] && [ ! -L "$program" ]; then
    rm -f "$receipt"
    echo "there is no account-qwen: $program"
    return
  fi
  [ ! -d "$program" ] || fail "Cannot remove \"$program\": it is a folder"
  is_installed || fail \
    "Cannot remove \"$program\": this script did not install it" \
    "remove it with what installed it, or: rm $(quoted "$program")"
  shim=${XDG_DATA_HOME:-${HOME:-}/.local/share}/account-qwen/shims/qwen
  if [ -e "$shim" ]; then
    if starts_program "$shim"; then
      # Without the program, it would be a qwen that does not work.
      "$program" shim remove || fail "Cannot remove the shim: $shim" \
        "remove it, then try again"
    else
      say "note: the shim stays, because it starts another account-qwen: $shim"
    fi
  fi
  rm -f "$program" "$receipt" ||
    fail "Cannot remove \"$program\"" "may you write to $dir?"
  echo "removed $program; your accounts are still in ~/.qwen"
}

# Whether the program is the one that this script put there.
is_installed() {
  [ ! -L "$program" ] && [ -f "$receipt" ] || return 1
  find_checker
  [ "$(checksum "$program")" = "$(cat "$receipt")" ]
}

# Whether the shim $1 starts the program, by the path that it was given or by
# the one without links.
starts_program() {
  text=$(cat "$1")
  for path in "$program" "$(cd "$dir" && pwd -P)/account-qwen"; do
    case $text in *"exec $(quoted "$path") 'shim' "*) return 0 ;; esac
  done
  return 1
}

# Prints $1 as the shim quotes it.
quoted() {
  rest=$1 begin=''
  while :; do
    case $rest in *\'*) ;; *) break ;; esac
    begin="$begin${rest%%\'*}'\\''"
    rest=${rest#*\'}
  done
  printf "'%s'" "$begin$rest"
}

# Has the GitHub CLI check who built the program, or says why not.
check_provenance() {
  if ! repository=$(repository_of "$default_releases") &&
    ! repository=$(repository_of "$releases"); then
    skip_provenance "the releases are not on github.com"
  elif [ "$provenance" = no ]; then
    skip_provenance "--no-provenance"
  elif ! command -v gh >/dev/null; then
    skip_provenance "there is no gh (https://cli.github.com)"
  elif ! gh attestation verify --help </dev/null >/dev/null 2>&1; then
    skip_provenance "this gh is too old"
  elif ! gh auth status </dev/null >/dev/null 2>&1; then
    skip_provenance "gh is not logged in (gh auth login)"
  else
    gh attestation verify "$work/account-qwen" --repo "$repository" \
      </dev/null >"$work/gh.log" 2>&1 &
    wait_for_child
    if [ "$code" != 0 ]; then
      cat "$work/gh.log" >&2
      fail "Cannot install $file: gh does not prove that $repository built it" \
        "do not use it; if gh is at fault, try again with --no-provenance"
    fi
    say "gh has proved that $repository built it"
  fi
}

skip_provenance() {
  say "note: only the checksum was checked, not who built the program: $1"
}

# Prints the OWNER/NAME of the repository that has the releases $1.
repository_of() {
  name=${1#https://github.com/}
  name=${name%/releases}
  [ "https://github.com/$name/releases" = "${1%/}" ] || return 1
  case $name in */*/* | /* | */ | *[!0-9A-Za-z._/-]*) return 1 ;; */*) ;; *) return 1 ;; esac
  echo "$name"
}

find_tools() {
  downloader=$(first_of curl wget) || fail "Cannot download: there is no curl" \
    "install curl or wget"
  find_checker
}

find_checker() {
  checker=$(first_of sha256sum shasum openssl) ||
    fail "Cannot compare checksums: there is no sha256sum" \
      "install sha256sum, shasum or openssl"
}

first_of() {
  for tool in "$@"; do
    if command -v "$tool" >/dev/null; then
      echo "$tool"
      return
    fi
  done
  return 1
}

# Sets `target` to the machine, as the names of the files have it.
find_target() {
  system=$(uname -s) machine=$(uname -m)
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch='' ;;
  esac
  case $system in
    Linux) target=linux-$arch$(musl_suffix) ;;
    Darwin)
      # A shell that Rosetta runs takes the machine for an Intel one.
      [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" != 1 ] || arch=arm64
      target=darwin-$arch
      ;;
    *) arch='' ;;
  esac
  [ -n "$arch" ] || fail "Cannot install: no release is for $system $machine" \
    "the releases have account-qwen.js too, which Deno and Bun run"
}

# musl's ldd tells its name and fails, as it knows no --version.
musl_suffix() {
  if command -v ldd >/dev/null; then
    case $(ldd --version 2>&1 || :) in *musl*) echo -musl ;; esac
  else
    set -- /lib/ld-musl-*
    [ ! -e "$1" ] || echo -musl
  fi
}

needs_of() {
  case $1 in
    *-musl) echo "it needs libstdc++ and libgcc, on Alpine: apk add libstdc++" ;;
    *) echo "the releases have account-qwen.js too, which Deno and Bun run" ;;
  esac
}

# Makes the folder; sets `made` to the first one on the way that was not there.
make_dir() {
  missing=$dir
  while [ ! -d "$missing" ]; do
    made=$missing
    missing=$(dirname "$missing")
  done
  mkdir -p "$dir" || fail_write
}

clean_up() {
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || :
    wait "$child" || :
  fi
  [ -z "$work" ] || rm -rf "$work"
  folder=$dir
  while [ -n "$made" ]; do
    [ ! -d "$folder" ] || rmdir "$folder" 2>/dev/null || break
    [ "$folder" != "$made" ] || break
    folder=$(dirname "$folder")
  done
}

# Downloads $1 into the file $2. In the background, as a shell heeds a signal
# only when what it runs in the foreground has ended.
download() {
  case $downloader in
    curl)
      curl --fail --silent --show-error --location --proto "$protocols" \
        --connect-timeout 20 --speed-limit 1 --speed-time 60 \
        --output "$2" "$1" &
      ;;
    wget)
      # GNU's tries 20 times. BusyBox's tries once, and -T crashes it (1.35).
      case $(wget --help 2>&1 || :) in
        *--tries*) wget -q -T 60 --tries=1 -O "$2" "$1" & ;;
        *) wget -q -O "$2" "$1" & ;;
      esac
      ;;
  esac
  wait_for_child
  case $downloader$code in
    curl0 | wget0) ;;
    curl23 | wget3) fail_write ;;
    *)
      fail "Cannot download $1: $downloader ended with code $code" \
        "is there such a release, and a way to it?"
      ;;
  esac
}

# Waits for what was started last, and sets `code` to its exit code.
wait_for_child() {
  child=$! code=0
  wait "$child" || code=$?
  child=''
}

# Finds `file`, its checksum `expected` and its `version` in SHA256SUMS.
find_file() {
  file=''
  while read -r sum name; do
    name=${name#\*}
    case $name in account-qwen-*-"$target") ;; *) continue ;; esac
    [ -z "$version" ] || [ "$name" = "account-qwen-$version-$target" ] || continue
    file=$name expected=$sum
  done <"$work/SHA256SUMS"
  [ -n "$file" ] || fail \
    "Cannot find a program for $target${version:+ in version $version}: SHA256SUMS names none" \
    "the releases have account-qwen.js too, which Deno and Bun run"
  version=${file#account-qwen-}
  version=${version%-"$target"}
  case $version in
    *[!0-9A-Za-z.+-]*) fail "Cannot use SHA256SUMS: it names \"$file\"" ;;
  esac
  case $expected in *[!0-9a-f]*) expected='' ;; esac
  [ ${#expected} -eq 64 ] ||
    fail "Cannot use SHA256SUMS: the checksum of $file is none"
}

checksum() {
  case $checker in
    sha256sum) sha256sum <"$1" ;;
    shasum) shasum -a 256 <"$1" ;;
    openssl) openssl dgst -sha256 -r <"$1" ;;
  esac | cut -c 1-64
}

# Says what is to be done so that the shell finds the program.
tell_path() {
  case :$PATH: in
    *:"$dir":*)
      first=$(command -v account-qwen)
      [ "$first" = "$program" ] ||
        say "note: another one comes first on your PATH: $first"
      return
      ;;
  esac
  line="export PATH=\"$dir:\$PATH\""
  case ${SHELL:-} in
    */fish) file=~/.config/fish/config.fish line="fish_add_path '$dir'" ;;
    */zsh) file=~/.zshrc ;;
    */bash) file=~/.bashrc ;;
    *) file=~/.profile ;;
  esac
  say "note: $dir is not on your PATH; put this line at the end of $file"
  say "and open a new shell:"
  echo "  $line" >&2
}

fail_write() {
  fail "Cannot write to $dir" "is there room, and may you write there?"
}

fail_usage() {
  fail "$1" "install.sh --help" 2
}

# Ends with the error $1, the hint $2 and the code $3.
fail() {
  say "error: $1"
  [ -z "${2:-}" ] || say "hint: $2"
  exit "${3:-1}"
}

say() {
  printf 'install.sh: %s\n' "$1" >&2
}

main "$@"

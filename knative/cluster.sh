# shellcheck shell=bash
# What up and down have in common; sourced by them.
# shellcheck disable=SC2034
NAMESPACE=image-preprocessing

step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
die() { echo "$(basename "$0"): $*" >&2 && exit 1; }

# need COMMAND WHERE: it is there, or one sentence says where it is to be had.
need() { command -v "$1" >/dev/null || die "$1 is missing; to get it: $2"; }

# is_ours CONTEXT: a cluster that somebody made to try things on.
is_ours() { [[ $1 == minikube || $1 == knative ]]; }

# confirm CONTEXT WHAT YES: a cluster of another name is changed only when a person says so.
confirm() {
  local answer
  if is_ours "$1" || [[ -n $3 ]]; then return; fi
  [[ -t 0 ]] || die "the context $1 is not called minikube or knative, and nobody is here to be asked; --yes says it is meant"
  read -rp "The context is $1. $2 there? [y/N] " answer
  [[ $answer == [yY]* ]] || die 'nothing was changed'
}

# shellcheck shell=bash
# What up and down have in common; sourced by them.
# shellcheck disable=SC2034
NAMESPACE=image-preprocessing
# The minikube that up makes, and its context.
PROFILE=knative

step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
die() { echo "$(basename "$0"): $*" >&2 && exit 1; }

# need COMMAND WHERE: it is there, or one sentence says where it is to be had.
need() { command -v "$1" >/dev/null || die "$1 is missing; to get it: $2"; }
need_kubectl() { need kubectl 'https://kubernetes.io/docs/tasks/tools'; }
need_minikube() { need minikube 'https://minikube.sigs.k8s.io/docs/start'; }

# is_ours CONTEXT: a cluster that somebody made to try things on.
is_ours() { [[ $1 == minikube || $1 == "$PROFILE" ]]; }

# confirm QUESTION YES: goes on only when a person says so now, or said --yes.
confirm() {
  local answer=''
  if [[ -n $2 ]]; then return; fi
  [[ -t 0 ]] || die "$1 Nobody is here to be asked; --yes says it is meant"
  read -rp "$1 [y/N] " answer || true
  [[ $answer == [yY]* ]] || die 'nothing was changed'
}

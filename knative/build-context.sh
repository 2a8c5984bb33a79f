# shellcheck shell=bash
# What the build of an image is given, and a tag for exactly that; sourced by up, in the root of the project.

# context_of FUNCTION: its Dockerfile, and the files that .dockerignore lets in, without those that only the
# other function has. As for Docker, the last pattern decides that fits a file or a folder above it.
context_of() {
  local other=api
  if [[ $1 == api ]]; then other=image; fi
  echo "Dockerfile.$1"
  find . \( -name node_modules -o -name .git \) -prune -o -type f -print | sed 's#^\./##' |
    awk '
      function regex(pattern) {
        sub(/^\//, "", pattern); sub(/\/$/, "", pattern)
        gsub(/\./, "[.]", pattern); gsub(/\?/, "[^/]", pattern)
        gsub(/\*\*\//, "\001", pattern); gsub(/\*/, "[^/]*", pattern); gsub(/\001/, "(.*/)?", pattern)
        return "^" pattern "(/.*)?$"
      }
      NR == FNR && /^(#|[ \t]*$)/ { next }
      NR == FNR { lets_in[++count] = sub(/^!/, ""); pattern[count] = regex($0); next }
      {
        is_in = 1
        for (at = 1; at <= count; at++) if ($0 ~ pattern[at]) is_in = lets_in[at]
        if (is_in) print
      }
    ' .dockerignore - | grep -v "^functions/$other/" | LC_ALL=C sort
}

# tag_of FUNCTION: another one for other names or bytes, as the same image name with other bytes would not be
# taken notice of.
tag_of() {
  local files
  files=$(context_of "$1")
  { echo "$files" && git hash-object --no-filters --stdin-paths <<<"$files"; } |
    git hash-object --stdin | cut -c1-12
}

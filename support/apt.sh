#!/bin/sh
# Sourced: apt with private state. It reads only the list of mirrors from the system, and changes nothing there.

# apt_private DIRECTORY deb|deb-src RELEASE…: makes DIRECTORY/conf for `apt-get -c`, with the lists of the releases (trixie,
# trixie-backports) from this system's mirrors. Returns 1 if there is no mirror, 2 if one did not answer.
# `update --print-uris` also works if the package lists are empty, as in a fresh container.
apt_private() {
  apt=$1 apt_kind=$2
  shift 2
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  cat > "$apt/conf" << CONF
Dir::Etc::sourcelist "$apt/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::State "$apt"; Dir::State::lists "$apt/lists"; Dir::State::status "/var/lib/dpkg/status"; Dir::Cache "$apt/cache";
APT::Sandbox::User ""; Acquire::Languages "none"; APT::Update::Error-Mode "any";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
  # shellcheck source=/dev/null
  apt_codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  apt_option=
  [ ! -f $apt_keyring ] || apt_option="[signed-by=$apt_keyring] "
  # For each <mirror>/dists/<this release>[-security|-updates]/ of the system, the same with the other release's name.
  apt-get update --print-uris 2> /dev/null | sed -n "s|^'\(.*\)/dists/\([^/]*\)/InRelease'.*|\1 \2|p" | sort -u |
    while read -r uri suite; do
      tail=${suite#"$apt_codename"}
      case $tail in
      "$suite") continue ;;
      '' | -security | -updates) ;;
      *) continue ;;
      esac
      for release; do
        case $release$tail in
        *-backports-*) ;;
        *) echo "$apt_kind $apt_option$uri $release$tail main" ;;
        esac
      done
    done > "$apt/sources.list"
  [ -s "$apt/sources.list" ] || return 1
  apt-get -c "$apt/conf" update -qq || return 2
}

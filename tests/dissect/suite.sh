# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced: a Debian suite as a chroot with the working tree in /src, and steps in it that are counted.
#
# The chroot is made once and kept in $IKESYNC_CHROOT_BASE (/var/tmp/ikesync-chroot, 1 GB a suite), and made again
# when other packages are wanted; each run works on an overlay over it.
# From the caller: project, suite, fresh, keep, rev, packages (of Debian), name (of the kind of chroot).
# shellcheck shell=bash disable=SC2154

base=${IKESYNC_CHROOT_BASE:-/var/tmp/ikesync-chroot}
clean=$base/$name-$suite.clean
run=$base/$name-$suite.$$
root=$run/root
log=$run/log

mounted=()
cleanup() {
	local i
	for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do
		umount -l "${mounted[i]}" 2>/dev/null || :
	done
	[[ $keep ]] || rm -rf --one-file-system "$run"
}
mnt() { mount "$@" && mounted+=("${!#}"); }

# inside ROOT COMMAND...
inside() {
	local at=$1
	shift
	chroot "$at" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
		${https_proxy:+https_proxy="$https_proxy"} "$@"
}

make_clean() {
	local part=$clean.$$
	command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap
	rm -rf --one-file-system "$part"
	debootstrap --variant=minbase "$suite" "$part" ${IKESYNC_DEBIAN_MIRROR:+"$IKESYNC_DEBIAN_MIRROR"}
	# The machine's way to Debian's packages, whatever it is.
	cp /etc/resolv.conf "$part/etc/resolv.conf" 2>/dev/null || :
	local f
	for f in /etc/apt/apt.conf.d/*proxy* /etc/apt/apt.conf; do
		[[ ! -e $f ]] || cp "$f" "$part/etc/apt/apt.conf.d/"
	done
	[[ ! -s $part/etc/apt/sources.list ]] || sed 's/^deb /deb-src /' "$part/etc/apt/sources.list" >"$part/etc/apt/sources.list.d/source.list"
	# A frozen mirror's sid is past its Valid-Until; the packages are signed all the same.
	inside "$part" apt-get -q -o Acquire::Check-Valid-Until=false update
	inside "$part" apt-get -q -y --no-install-recommends install "${packages[@]}"
	if [[ $(type -t further_clean) = function ]]; then further_clean "$part"; fi
	inside "$part" apt-get clean
	echo "${packages[*]}" >"$part/.done"
	rm -rf --one-file-system "$clean"
	mv "$part" "$clean"
}

enter_suite() {
	mkdir -p "$run" "$root"
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	if [[ $fresh || ! -e $clean/.done || $(<"$clean/.done") != "${packages[*]}" ]]; then
		echo "$name: making the chroot of $suite (about 1 GB)" >&2
		if ! (
			set -e
			make_clean
		) >"$log" 2>&1 </dev/null; then
			tail -n 40 "$log" >&2
			rm -rf --one-file-system "$clean.$$"
			exit 1
		fi
	fi
	mkdir -p "$run/upper" "$run/work"
	if ! mnt -t overlay overlay -o "lowerdir=$clean,upperdir=$run/upper,workdir=$run/work" "$root" 2>/dev/null; then
		cp -a "$clean/." "$root/" # no overlays here (a container's own overlay, mostly)
		mnt --bind "$root" "$root"
	fi
	mnt -t proc proc "$root/proc"
	mnt -t sysfs sysfs "$root/sys"
	mnt --bind /dev "$root/dev"
	mnt -t devpts devpts "$root/dev/pts"
	mkdir -p "$root/src"
	if [[ $rev ]]; then
		git -C "$project" archive "$rev" | tar -C "$root/src" -x
	else
		(cd "$project" && git ls-files -z --cached --others --exclude-standard |
			while IFS= read -r -d '' f; do [[ ! -f $f ]] || printf '%s\0' "$f"; done |
			tar --null --files-from=- -c) | tar -C "$root/src" --no-same-owner -x
	fi
}

passed=0 failed=0
count() { passed=$((passed + $1)) failed=$((failed + $2)); }
# step NAME COMMAND...: in the chroot; passes or fails as a whole
step() {
	local name=$1
	shift
	if inside "$root" "$@" >"$log" 2>&1 </dev/null; then
		count 1 0
		echo "ok    $name"
	else
		count 0 1
		echo "FAIL  $name"
		tail -n 40 "$log"
		return 1
	fi
}
# counted NAME SCRIPT ARGUMENTS...: in the chroot; a script that counts its own tests and says so in its last line
counted() {
	local name=$1
	shift
	local status=0
	inside "$root" "$@" >"$log" 2>&1 </dev/null || status=1
	# It must have counted something, and end as its count says.
	if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] &&
		((BASH_REMATCH[1] + BASH_REMATCH[2] > 0 && status == (BASH_REMATCH[2] > 0))); then
		count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
		head -n -1 "$log"
		echo "$( ((BASH_REMATCH[2] == 0)) && echo "ok   " || echo "FAIL ") $name: $(tail -n 1 "$log")"
	else
		count 0 1
		tail -n 40 "$log"
		echo "FAIL  $name did not finish"
	fi
}
finish() {
	echo "$passed passed, $failed failed"
	((failed == 0 && passed > 0))
	exit
}


# SPDX-License-Identifier: GPL-2.0-or-later
# Two network namespaces of our own, joined by a veth pair. Source it as root.
#
#   net_up TAG         makes TAG-peer (192.0.2.1, 2001:db8::1) and TAG-ours (192.0.2.2 to .5, 2001:db8::2 to ::5)
#   net_in peer|ours CMD...   runs CMD there (replaces the shell: use in a subshell or with &)
#   net_down

net_up() {
	NET_TAG=$1
	local side
	for side in peer ours; do
		ip netns add "$NET_TAG-$side"
		net_run $side ip link set lo up
	done
	ip link add "vp$NET_TAG" netns "$NET_TAG-peer" type veth peer name "vo$NET_TAG" netns "$NET_TAG-ours"
	net_run peer ip addr add 192.0.2.1/24 dev "vp$NET_TAG"
	net_run peer ip addr add 2001:db8::1/64 dev "vp$NET_TAG" nodad
	local n
	for n in 2 3 4 5; do
		net_run ours ip addr add 192.0.2.$n/24 dev "vo$NET_TAG"
		net_run ours ip addr add 2001:db8::$n/64 dev "vo$NET_TAG" nodad
	done
	net_run peer ip link set "vp$NET_TAG" up
	net_run ours ip link set "vo$NET_TAG" up
}

# nsenter works in a chroot too, where "ip netns exec" wants to remount /sys.
net_in() {
	local side=$1
	shift
	exec nsenter --net="/run/netns/$NET_TAG-$side" -- "$@"
}

net_run() { (net_in "$@"); }

net_down() {
	local side
	for side in peer ours; do ip netns del "$NET_TAG-$side" 2>/dev/null || true; done
}

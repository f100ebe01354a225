#!/usr/bin/env bash
# lab.sh SERVER HOME HOME: a small internet in network namespaces, with a server in it, and Ada and Bob at home. Runs in
# namespaces of its own (unshare --mount --net --pid --fork): nothing of it is seen from outside, and all of it ends, with
# every process inside, when its standard input does. Once it stands it says its process id, by which nsenter finds it.
#
#   SERVER  public     at 203.0.113.1 and 2001:db8::1
#           private    at 10.9.0.2, behind a 1:1 NAT that has 203.0.113.1
#   HOME    cone       a NAT that keeps the port of whoever sends, whomever to, and lets in only whom was sent to
#           symmetric  a NAT with another port for each destination
#           no-udp     cone, without UDP
#           only-443   cone, with nothing but TCP to port 443
#           only-tls   only-443, where nothing but TLS is spoken
#           ipv6       no NAT and no IPv4; a firewall that lets in only whom was sent to
set -euo pipefail

# /proc is still the one outside here.
read -r pid _ </proc/self/stat
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/netns

place() { # name
  ip netns add "$1"
  # Nobody is asked first whether an address is taken: for as long as that takes, and when it ends, browsers see a network
  # that changes, and begin anew what they were about to load.
  ip netns exec "$1" sh -c 'cd /proc/sys/net/ipv6/conf && echo 0 | tee all/accept_dad default/accept_dad >/dev/null'
  ip -n "$1" link set lo up
}

cable() { # place, interface, place, interface
  ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
  ip -n "$1" link set "$2" up
  ip -n "$3" link set "$4" up
}

address() { # place, interface, address/length
  ip -n "$1" address add "$3" dev "$2"
}

forwards() { # place
  ip netns exec "$1" sh -c 'cd /proc/sys/net && echo 1 | tee ipv4/ip_forward ipv6/conf/all/forwarding >/dev/null'
}

rule() { # router, rule…
  ip netns exec "$1" iptables "${@:2}"
}

internet() {
  place internet
  ip -n internet link add bridge type bridge
  ip -n internet link set bridge up
  address internet bridge 2001:db8::ffff/64
  forwards internet
}

online() { # place, addresses/length…
  place "$1"
  cable internet "$1" "$1" wan
  ip -n internet link set "$1" master bridge
  local each
  for each in "${@:2}"; do address "$1" wan "$each"; done
  # Of IPv4 there is only the one network, and all are in it.
  [[ ${*: -1} != *:* ]] || ip -n "$1" route add default via 2001:db8::ffff
}

router() { # name, its address/length outside and inside, a place behind it, the address/length of that
  online "$1" "$2"
  place "$4"
  cable "$1" lan "$4" eth
  address "$1" lan "$3"
  address "$4" eth "$5"
  ip -n "$4" route add default via "${3%/*}"
  forwards "$1"
}

# Who knocks at the router itself must leave nothing behind: what conntrack notes of that would hold the port through which
# somebody at home is about to send, who then gets another one, and no hole is punched.
shut() { # router, iptables of its family
  ip netns exec "$1" "$2" -A INPUT -i wan -m conntrack --ctstate NEW -j DROP
  ip netns exec "$1" "$2" -A FORWARD -i wan -m conntrack --ctstate NEW -j DROP
}

home() { # kind, who lives there, number
  local router=$2-router
  if [ "$1" = ipv6 ]; then
    router "$router" "2001:db8::1$3/64" "2001:db8:$3::1/64" "$2" "2001:db8:$3::2/64"
    ip -n internet route add "2001:db8:$3::/64" via "2001:db8::1$3"
    shut "$router" ip6tables
    return
  fi
  router "$router" "203.0.113.1$3/24" "10.$3.0.1/24" "$2" "10.$3.0.2/24"
  shut "$router" iptables
  local random=()
  [ "$1" != symmetric ] || random=(--random-fully)
  rule "$router" -t nat -A POSTROUTING -o wan -j MASQUERADE "${random[@]}"
  restrict "$1" "$router"
}

restrict() { # kind of home, router
  local out=(-A FORWARD -i lan)
  case $1 in
    cone | symmetric) ;;
    no-udp) rule "$2" "${out[@]}" -p udp -j DROP ;;
    only-443 | only-tls)
      # The magic cookie of STUN, near the beginning of a packet: it is not TLS that has it there.
      [ "$1" = only-443 ] || rule "$2" "${out[@]}" -p tcp -m string --algo bm --hex-string '|2112a442|' --to 100 \
        -j REJECT --reject-with tcp-reset
      rule "$2" "${out[@]}" -p tcp --dport 443 -j ACCEPT
      rule "$2" "${out[@]}" -j DROP
      ;;
    *) echo "no such home: $1" >&2 && return 2 ;;
  esac
}

server() { # kind
  case $1 in
    public) online server 203.0.113.1/24 2001:db8::1/64 ;;
    private)
      router gate 203.0.113.1/24 10.9.0.1/24 server 10.9.0.2/24
      rule gate -t nat -A PREROUTING -i wan -j DNAT --to-destination 10.9.0.2
      rule gate -t nat -A POSTROUTING -o wan -j SNAT --to-source 203.0.113.1
      ;;
    *) echo "no such server: $1" >&2 && return 2 ;;
  esac
}

[ $# -eq 3 ] || { echo "usage: $0 SERVER HOME HOME" >&2 && exit 2; }
internet
server "$1"
home "$2" ada 1
home "$3" bob 2
echo "standing $pid"
read -r _ || true

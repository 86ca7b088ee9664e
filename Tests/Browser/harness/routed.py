"""A client, a router and a server, each in a network namespace of its own."""

import subprocess
import time

from .network import NoNetwork, Network
from .process import ChildProcess
from .server import binary, browser_files


# A running Chromium notices so late that the network has changed, and gives up the requests under way then.
NOTICE_SECONDS = 4


def _quiet(*command: str, text: str | None = None) -> None:
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    if done.returncode:
        raise NoNetwork(f"{' '.join(command)}: {done.stderr.strip()}")


class _Namespace:
    """Lives as long as the process that holds it."""

    def __init__(self) -> None:
        self.holder = ChildProcess(["unshare", "--net", "sh", "-c", "echo ready; exec sleep 3600"])
        self.holder.wait_for_line("ready", 10)

    @property
    def prefix(self) -> list[str]:
        return ["nsenter", "--target", str(self.holder.pid), "--net"]

    def run(self, command: str) -> None:
        _quiet(*self.prefix, "sh", "-ec", command)

    def rules(self, text: str) -> None:
        _quiet(*self.prefix, "nft", "-f", "-", text=text)


class RoutedNetwork(Network):
    """
    This thread is the client; beyond a router, which the tests may let drop things, is the server.

    The router stands for a provider with 1:1 NAT: `PUBLIC` is the server's address outside, which the server itself does
    not have. IPv6 goes without NAT.
    """

    CLIENT, CLIENT_V6 = "198.51.100.2", "2001:db8:1::2"
    ROUTER = "198.51.100.1"
    SERVER, SERVER_V6 = "10.94.0.2", "2001:db8:2::2"
    PUBLIC = "203.0.113.7"

    def __init__(self) -> None:
        self._spaces: list[_Namespace] = []

    def __enter__(self) -> "RoutedNetwork":
        super().__enter__()
        try:
            self.router, self.inside = self._namespace(), self._namespace()
            _quiet("ip", "link", "add", "client0", "type", "veth", "peer", "name", "client1", "netns", str(self.router.holder.pid))
            self.router.run(f"ip link add server1 type veth peer name server0 netns {self.inside.holder.pid}")
            self._client_addresses()
            self.router.run(f"""
                ip link set lo up; ip link set client1 up; ip link set server1 up
                ip address add {self.ROUTER}/24 dev client1; ip address add 10.94.0.1/24 dev server1
                ip -6 address add 2001:db8:1::1/64 dev client1 nodad; ip -6 address add 2001:db8:2::1/64 dev server1 nodad
                echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
            """)
            self.inside.run(f"""
                ip link set lo up; ip link set server0 up
                ip address add {self.SERVER}/24 dev server0; ip -6 address add {self.SERVER_V6}/64 dev server0 nodad
                ip route add default via 10.94.0.1; ip -6 route add default via 2001:db8:2::1
            """)
            self.router.rules(f"""
                table ip nat {{
                    chain comes {{
                        type nat hook prerouting priority -100
                        ip daddr {self.PUBLIC} dnat to {self.SERVER}
                    }}
                    chain goes {{
                        type nat hook postrouting priority 100
                        ip saddr {self.SERVER} oifname "client1" snat to {self.PUBLIC}
                    }}
                }}
            """)
            self.drop("")
            self.settle()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        for space in self._spaces:
            space.holder.stop()
        super().__exit__(*exception)

    def drop(self, match: str) -> None:
        """From now on the router drops what it would pass on, or take itself, of this kind, such as "meta l4proto udp"."""
        rule = f"iifname \"client1\" {match} drop" if match else ""
        self.router.rules(f"""
            table inet firewall {{ }}
            delete table inet firewall
            table inet firewall {{
                chain passes {{
                    type filter hook forward priority 0
                    {rule}
                }}
                chain arrives {{
                    type filter hook input priority 0
                    {rule}
                }}
            }}
        """)

    def keep(self, family: str) -> None:
        """The client has addresses of this family alone: "v4" or "v6"; "both" gives them all back."""
        _quiet("ip", "address", "flush", "dev", "client0")
        _quiet("ip", "address", "flush", "dev", "test0")
        self._client_addresses(family)
        self.settle()
        time.sleep(NOTICE_SECONDS)

    def _client_addresses(self, family: str = "both") -> None:
        _quiet("ip", "link", "set", "client0", "up")
        if family != "v6":
            _quiet("ip", "address", "add", f"{self.CLIENT}/24", "dev", "client0")
            _quiet("ip", "route", "replace", "default", "via", self.ROUTER)
        if family != "v4":
            _quiet("ip", "-6", "address", "add", f"{self.CLIENT_V6}/64", "dev", "client0", "nodad")
            _quiet("ip", "-6", "route", "replace", "default", "via", "2001:db8:1::1")

    def _namespace(self) -> _Namespace:
        self._spaces.append(_Namespace())
        return self._spaces[-1]


class InsideServer:
    """`forestage serve --dev` behind the router; `host` is where the client looks for it."""

    PORT, MEDIA_PORTS = 8080, range(7882, 7884)

    def __init__(self, network: RoutedNetwork, host: str, *extra: str, environment: dict[str, str] | None = None):
        self.host = host
        self.media_ports = self.MEDIA_PORTS
        self.process = ChildProcess(
            [*network.inside.prefix, str(binary()), "serve", "--dev", "--http", f"[::]:{self.PORT}", "--media-ports",
             f"{self.MEDIA_PORTS[0]}-{self.MEDIA_PORTS[-1]}", *browser_files(), *extra], environment)
        try:
            self.process.wait_for_line("listening on", 60)
        except BaseException:
            self.process.stop()
            raise

    @property
    def url(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.PORT}"

    def __enter__(self) -> "InsideServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

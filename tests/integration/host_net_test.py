"""The network room on the host platform, over a TAP device in a namespace of its own: addresses, names, time,
listening, streams, TLS, and that nothing leaks. Run by pytest as root.

NET_PROBE may name a probe that is built already; else it is made."""
import hashlib
import os
import random
import socket
import ssl
import subprocess
import threading
import time

import pytest

from netlab import HERE, THERE, Namespace, Probe, RawPeer, dhcp_server, dns_server, time_server
from tlslab import Authority, EchoServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STATIC = f"net={THERE}/24 gw={HERE} ipv6=off"


@pytest.fixture(scope="module")
def program():
    built = os.environ.get("NET_PROBE")
    if built:
        return built
    subprocess.run(["make", "-s", "-C", ROOT, "-f", "tests/integration/net_probe.mk", "net_probe"],
                   check=True)
    return os.path.join(ROOT, "build/host/tests/integration/net_probe")


@pytest.fixture(scope="module", autouse=True)
def namespace():
    if os.geteuid() != 0:
        pytest.skip("needs root for a namespace and a TAP device")
    with Namespace():
        yield


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server_pair(authority):
    return authority.issue("hq.example", f"DNS:hq.example,IP:{HERE},IP:fd09::1")


@pytest.fixture(scope="module")
def client_pair(authority):
    return authority.issue("store-17", usage="clientAuth")


def connect(port, address=THERE, seconds=5):
    return socket.create_connection((address, port), seconds)


def exchange(data, port=7, address=THERE):
    with connect(port, address) as connection:
        threading.Thread(target=connection.sendall, args=(data,), daemon=True).start()
        got = bytearray()
        while len(got) < len(data):
            piece = connection.recv(65536)
            if not piece:
                break
            got += piece
        return bytes(got)


# ---- addresses ----------------------------------------------------------------------------------------


def test_a_static_address_is_up_at_once(program):
    with Probe(program, STATIC) as probe:
        probe.wait_for(r"net address=10\.9\.0\.2 gateway=10\.9\.0\.1 by=static")
        probe.wait_for(r"ready ms=\d+")
        assert probe.counters()["address"] == THERE


def test_dhcp_gives_address_and_name_servers_and_hears_the_hostname(program):
    seen = []
    with dhcp_server("10.9.0.77", seen=seen), dns_server({"hq.example": HERE}):
        with Probe(program, "net=dhcp ipv6=off stream=hq.example:9") as probe:
            probe.wait_for(r"net address=10\.9\.0\.77 gateway=10\.9\.0\.1 by=dhcp")
            probe.wait_for(r'stream closed error="nobody listens there"')
            assert seen[0][12] == b"probe-1"


def test_without_a_dhcp_server_somebody_is_told(program):
    with Probe(program, "net=dhcp ipv6=off") as probe:
        probe.wait_for(r'warn net problem="no DHCP server has answered in 10 s" remedy=', 12)
        assert not probe.matching("ready")


def test_ipv6_comes_by_router_advertisement_address_or_not_at_all(program):
    with Probe(program, f"net={THERE}/24 ipv6=fd09::2/64") as probe:
        probe.wait_for("ready")
        assert exchange(b"six", address="fd09::2") == b"six"
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        subprocess.run(["ip", "-6", "neigh", "flush", "dev", "tap0"], check=True)
        with pytest.raises(OSError):
            connect(7, "fd09::2", 1)


def advertise_router():
    """RFC 4861, section 4.2: one advertisement of fd09::/64 to all nodes."""
    shown = subprocess.run(["ip", "-o", "link", "show", "tap0"], capture_output=True, text=True).stdout
    mac = shown.split("link/ether ")[1].split()[0]
    prefix = bytes([3, 4, 64, 0xc0]) + (3600).to_bytes(4, "big") * 2 + bytes(4)
    prefix += socket.inet_pton(socket.AF_INET6, "fd09::")
    link = bytes([1, 1]) + bytes.fromhex(mac.replace(":", ""))
    packet = bytes([134, 0, 0, 0, 64, 0]) + (1800).to_bytes(2, "big") + bytes(8) + prefix + link
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        raw.sendto(packet, ("ff02::1", 0, 0, socket.if_nametoindex("tap0")))


def test_an_advertised_prefix_makes_an_address(program):
    with Probe(program, f"net={THERE}/24 ipv6=auto") as probe:
        probe.wait_for("ready")
        mac = bytearray.fromhex(
            subprocess.run(["ip", "neigh", "show", THERE], capture_output=True, text=True)
            .stdout.split("lladdr ")[1].split()[0].replace(":", "")) if probe.counters() else b""
        mac[0] ^= 2  # RFC 4291, appendix A
        host = mac[:3] + b"\xff\xfe" + mac[3:]
        address = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, "fd09::")[:8] + host)
        for _ in range(40):
            advertise_router()
            try:
                assert exchange(b"slaac", address=address) == b"slaac"
                return
            except OSError:
                time.sleep(0.1)  # duplicate address detection takes a second
        raise AssertionError("no answer from " + address)


# ---- time ---------------------------------------------------------------------------------------------


def test_a_time_server_sets_the_clock(program):
    then = 1893456000.5  # 2030-01-01
    with time_server(then), dns_server({"time.example": HERE}):
        with Probe(program, STATIC + f" dns={HERE} time=time.example", "--clock-unset") as probe:
            probe.wait_for("sntp clock=set")
            utc = probe.counters()["utc"] / 1000
            assert then <= utc < then + 10


def test_a_forged_time_is_not_believed(program):
    with time_server(1893456000, forged=True):
        with Probe(program, STATIC + f" time={HERE}", "--clock-unset") as probe:
            probe.wait_for("ready")
            time.sleep(1)  # nothing is to happen: there is nothing to wait for
            assert probe.counters()["clock"] == 0


# ---- listening ------------------------------------------------------------------------------------------


def test_an_echo_of_a_megabyte_is_the_same_megabyte(program):
    data = random.Random(1).randbytes(1 << 20)
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        assert hashlib.sha256(exchange(data)).digest() == hashlib.sha256(data).digest()
        counters = probe.counters()
        assert counters["copied"] == 0
        assert counters["failures"] == 0


def test_what_the_owner_refuses_comes_again_and_nothing_is_lost(program):
    data = random.Random(2).randbytes(100_000)
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        assert exchange(data, port=8) == data
        assert probe.counters()["pieces"] > 50


def test_peers_that_are_held_back_keep_nobody_else_from_being_heard(program):
    """Twenty peers fill their windows with small segments, which together hold more frames than the ring has."""
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        peers = [connect(8) for _ in range(20)]
        for peer in peers:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setblocking(False)
        for _ in range(40):
            for peer in peers:
                try:
                    peer.send(b"x" * 100)
                except BlockingIOError:
                    pass
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(100):
                sender.sendto(b"heard", (THERE, 9))
                time.sleep(0.001)
        counters = probe.counters_once(lambda now: now["datagrams"] == 100)
        print(counters)
        assert counters["datagrams"] == 100
        assert exchange(b"me, too") == b"me, too"
        for peer in peers:
            peer.settimeout(20)
            got = 0
            while got < 4000:
                got += len(peer.recv(65536))
            peer.close()


def test_closing_sends_what_was_written_and_an_end_in_order(program):
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        with connect(7) as connection:
            connection.sendall(b"QUIT and what follows is dropped")
            assert connection.recv(100) == b"bye\n"
            assert connection.recv(100) == b""
        with connect(7) as connection:  # the peer's half-close comes after its data
            connection.sendall(b"last words")
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b"last words"
            assert connection.recv(100) == b""
        assert probe.counters_once(lambda now: now["open"] == 0)["open"] == 0


def test_more_connections_than_the_site_allows_are_refused_and_told(program):
    with Probe(program, STATIC + " connections=10") as probe:
        probe.wait_for("ready")
        held = [connect(7) for _ in range(10)]
        for number, connection in enumerate(held):
            connection.sendall(b"%d" % number)
            assert connection.recv(10) == b"%d" % number
        for _ in range(5):
            with pytest.raises(OSError):
                with connect(7) as late:
                    late.sendall(b"x")
                    if not late.recv(10):
                        raise ConnectionResetError
        told = "all 10 connections are in use.*raise listener.connections"
        probe.wait_for(told)
        assert len(probe.matching(told)) == 1
        held.pop().close()
        held.pop().close()
        end = time.monotonic() + 5
        while True:  # their end may be heard in the same turn as the next one's beginning
            try:
                assert exchange(b"again") == b"again"
                break
            except OSError:
                assert time.monotonic() < end
        assert probe.counters()["refused"] >= 5
        for connection in held:
            connection.close()


def test_five_thousand_connections_leave_nothing_behind(program):
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        assert exchange(b"first") == b"first"
        before = probe.counters()
        for number in range(5000):
            with connect(7) as connection:
                if number % 3 == 0:
                    connection.sendall(b"QUIT")
                    assert connection.recv(10) == b"bye\n"
                elif number % 3 == 1:
                    connection.sendall(b"x")
                    assert connection.recv(10) == b"x"
                else:  # an end without order
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        after = probe.counters_once(lambda now: now["open"] == 0)
        assert after["open"] == 0
        assert after["heap"] == before["heap"]
        assert after["allocations"] == before["allocations"]
        assert after["failures"] == 0
        assert after["refused"] == 0


def test_peers_that_never_acknowledge_our_end_keep_nobody_out(program):
    """More of them than there can be connections; the stream outwards finds a place, too."""
    with plain_echo(7001), Probe(program, STATIC + f" connections=64 stream={HERE}:7001 repeat=3000") as probe:
        probe.wait_for("ready")
        with RawPeer() as peer:
            for number in range(600):
                assert peer.open(20000 + number, 7, b"QUIT"), f"no answer to connection {number}"
            assert exchange(b"heard") == b"heard"
            opened = len(probe.matching("stream opened"))
            probe.wait_for("stream opened", 5, opened + 3)
            assert not probe.matching("out of memory")
            assert peer.receive(20599, 4, 8) is not None  # what stays unacknowledged ends with a reset
        assert probe.counters_once(lambda now: now["open"] == 0)["open"] == 0


def test_half_open_connections_keep_nobody_out(program):
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        with RawPeer() as peer:
            for number in range(500):
                peer.send(20000 + number, 7, 1000, 0, 2, source=f"10.9.0.{100 + number % 100}")
            assert exchange(b"heard") == b"heard"
            assert probe.counters()["half_open"] > 300


def test_datagrams_come_in_place_and_only_fragments_are_copied(program):
    with Probe(program, STATIC) as probe:
        probe.wait_for("ready")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"a" * 1400, (THERE, 7))
            probe.wait_for(r"datagram port=7 bytes=1400")
            assert probe.counters()["copied"] == 0
            sender.sendto(random.Random(3).randbytes(8000), (THERE, 7))
            probe.wait_for(r"datagram port=7 bytes=8000")
            assert probe.counters()["copied"] == 8000
            sender.sendto(b"", (THERE, 7))
            probe.wait_for(r"datagram port=7 bytes=0")


# ---- streams ----------------------------------------------------------------------------------------------


def plain_echo(port):
    server = socket.create_server(("0.0.0.0", port), reuse_port=True)

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                try:
                    while data := connection.recv(65536):
                        connection.sendall(data)
                except ConnectionResetError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    return server


def test_a_plain_stream_carries_both_ways(program):
    with plain_echo(7001):
        with Probe(program, STATIC + f" stream={HERE}:7001 send=1000000") as probe:
            probe.wait_for("stream echoed=1000000")
            assert not probe.matching("wrong")


def test_a_peer_that_reads_nothing_costs_no_processor_time(program):
    server = socket.create_server(("0.0.0.0", 7002), reuse_port=True)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with server, Probe(program, STATIC + f" stream={HERE}:7002 send=100000 piece=4") as probe:
        connection, _ = server.accept()
        probe.wait_for("stream opened")

        def processor_seconds():
            with open(f"/proc/{probe.process.pid}/stat") as stat:
                return sum(map(int, stat.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")

        time.sleep(0.5)
        before = processor_seconds()
        time.sleep(2)
        assert processor_seconds() - before < 0.4
        got = bytearray()
        connection.settimeout(10)
        while len(got) < 100000:
            got += connection.recv(65536)
        assert got == bytes(i % 251 for i in range(100000))
        connection.close()


def test_each_failure_of_a_stream_has_its_name(program):
    with Probe(program, STATIC + f" stream={HERE}:9") as probe:
        probe.wait_for('stream closed error="nobody listens there"')
    with dns_server({}):
        with Probe(program, STATIC + f" dns={HERE} stream=nowhere.example:9") as probe:
            probe.wait_for('stream closed error="the host name has no address"')
    with Probe(program, STATIC + " stream=10.9.0.55:9") as probe:
        probe.wait_for('stream closed error="no answer"', 13)


# ---- TLS --------------------------------------------------------------------------------------------------


def tls_options(authority, port=8883, pair=None, host=HERE, more=""):
    own = f" cert={pair[0]} key={pair[1]}" if pair else ""
    return f"{STATIC} dns={HERE} stream={host}:{port} tls=1 ca={authority.certificate}{own} {more}"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_with_client_certificates_carries_data(program, authority, server_pair, client_pair, version):
    with EchoServer(server_pair, 8883, authority.certificate, version) as server:
        options = tls_options(authority, pair=client_pair, more="send=300000")
        with Probe(program, options) as probe:
            probe.wait_for("stream echoed=300000")
            assert not probe.matching("wrong")
            counters = probe.counters()
            print(version, counters)
            assert counters["handshakes"] == 1
            assert counters["arena_peak"] < 160 * 1024
    assert server.peers[0]["subject"] == ((("commonName", "store-17"),),)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_broken_connection_resumes(program, authority, server_pair, client_pair, version):
    with EchoServer(server_pair, 8884, authority.certificate, version) as server:
        options = tls_options(authority, 8884, client_pair, more="repeat=20")
        with Probe(program, options) as probe:
            probe.wait_for("stream finished", 30)
            counters = probe.counters()
            assert (server.full, server.resumed) == (1, 19)
            assert (counters["handshakes"], counters["resumed"]) == (20, 19)
            assert not server.failures


def test_a_hundred_full_handshakes_leave_nothing_behind(program, authority, server_pair):
    with EchoServer(server_pair, 8885) as server:
        server.context.options |= ssl.OP_NO_TICKET
        server.context.num_tickets = 0
        with Probe(program, tls_options(authority, 8885, more="repeat=100")) as probe:
            probe.wait_for("stream received", count=10)
            before = probe.counters()
            probe.wait_for("stream finished", 60)
            after = probe.counters()
            assert after["handshakes"] == 100
            assert after["arena_peak"] <= before["arena_peak"] + 512
            assert after["heap"] == before["heap"]


def test_names_and_addresses_both_prove_the_server(program, authority, server_pair):
    with EchoServer(server_pair, 8886), dns_server({"hq.example": HERE}):
        with Probe(program, tls_options(authority, 8886, host="hq.example")) as probe:
            probe.wait_for('stream received="hello"')
        with Probe(program, tls_options(authority, 8886, more="name=hq.example")) as probe:
            probe.wait_for('stream received="hello"')


def test_tls_over_ipv6(program, authority, server_pair):
    with EchoServer(server_pair, 8887, address="::"), dns_server({"hq.example": "fd09::1"}):
        options = tls_options(authority, 8887, host="hq.example").replace("ipv6=off", "ipv6=fd09::2/64")
        with Probe(program, options) as probe:
            probe.wait_for('stream received="hello"')


def verdict(program, options, *arguments, error="a certificate failed"):
    """The one line that TLS leaves on the console when a stream fails."""
    with Probe(program, options, *arguments) as probe:
        probe.wait_for("stream closed")
        lines = probe.matching(r" error ")
        assert len(lines) == 1, lines
        assert probe.matching(f'stream closed error="{error}"'), probe.lines
        assert len(lines[0]) < 400
        print(lines[0])
        return lines[0].split(" ", 1)[1]


def test_an_expired_certificate(program, authority):
    pair = authority.issue("old.example", f"IP:{HERE}", "20240401000000Z", "20240501000000Z")
    with EchoServer(pair, 8890):
        today = time.strftime("%Y-%m-%d", time.gmtime())
        assert verdict(program, tls_options(authority, 8890)) == (
            'error tls problem="the server\'s certificate has expired on 2024-05-01" '
            f'host={HERE} remedy="renew the certificate of {HERE}, or set the clock: it is {today} here"')


def test_a_certificate_of_the_future(program, authority):
    pair = authority.issue("new.example", f"IP:{HERE}", "20400401000000Z", "20410501000000Z")
    with EchoServer(pair, 8891):
        assert 'problem="the server\'s certificate is valid only from 2040-04-01 on"' in verdict(
            program, tls_options(authority, 8891))


def test_a_certificate_for_another_name(program, authority, server_pair):
    with EchoServer(server_pair, 8892):
        assert (f"problem=\"the server's certificate is for hq.example, {HERE}, not for depot.example\""
                in verdict(program, tls_options(authority, 8892, more="name=depot.example")))


def test_a_certificate_of_an_unknown_authority(program, authority, tmp_path):
    stranger = Authority(tmp_path, "somebody else")
    with EchoServer(stranger.issue("hq.example", f"IP:{HERE}"), 8893):
        line = verdict(program, tls_options(authority, 8893))
        assert "certificate is from somebody else, which the site does not trust" in line
        assert "into the ca file of site.json" in line


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_refuses_our_certificate(program, authority, server_pair, client_pair, tmp_path,
                                               version):
    stranger = Authority(tmp_path, "somebody else")
    with EchoServer(server_pair, 8894, stranger.certificate, version):
        line = verdict(program, tls_options(authority, 8894, client_pair))
        assert 'problem="the server refuses our certificate: its authority is not known there"' in line


def test_a_server_that_wants_a_certificate_and_gets_none(program, authority, server_pair):
    with EchoServer(server_pair, 8895, authority.certificate, ssl.TLSVersion.TLSv1_3):
        assert ('problem="the server asks for a client certificate and the site has none"' in
                verdict(program, tls_options(authority, 8895)))


def test_a_client_certificate_that_has_expired(program, authority, server_pair):
    pair = authority.issue("old-store", None, "20240401000000Z", "20240501000000Z", "clientAuth")
    with EchoServer(server_pair, 8896, authority.certificate):
        assert ('problem="the server refuses our certificate, which has expired on 2024-05-01"' in
                verdict(program, tls_options(authority, 8896, pair)))


def test_files_of_the_site_that_do_not_fit(program, authority, server_pair, client_pair, tmp_path):
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nthis is not base64!\n-----END CERTIFICATE-----\n")
    with EchoServer(server_pair, 8897, authority.certificate):
        mixed = (client_pair[0], server_pair[1])
        assert 'problem="our key does not belong to our certificate"' in verdict(
            program, tls_options(authority, 8897, mixed))
        assert 'problem="our certificate file is not a certificate in PEM"' in verdict(
            program, tls_options(authority, 8897, (broken, client_pair[1])))
        assert 'problem="our key file is not a private key in PEM"' in verdict(
            program, tls_options(authority, 8897, (client_pair[0], broken)))
        options = tls_options(authority, 8897, client_pair).replace(authority.certificate, str(broken))
        assert 'problem="the ca file is not certificates in PEM"' in verdict(program, options)
        options = tls_options(authority, 8897).replace(authority.certificate, "")
        assert 'problem="the site names no certificate authority"' in verdict(program, options)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_server_with_an_old_version_only(program, authority, server_pair):
    with EchoServer(server_pair, 8898, version=ssl.TLSVersion.TLSv1_1):
        assert 'problem="the server has neither TLS 1.3 nor TLS 1.2"' in verdict(
            program, tls_options(authority, 8898), error="TLS failed")


def test_a_port_that_does_not_speak_tls(program, authority):
    with plain_echo(8899):
        assert 'problem="what answers on port 8899 does not speak TLS"' in verdict(
            program, tls_options(authority, 8899), error="TLS failed")


def test_without_a_clock_no_certificate_is_judged(program, authority, server_pair):
    with EchoServer(server_pair, 8900):
        assert ('problem="the clock is not set, so certificates can\'t be judged" '
                f'host={HERE} remedy="give the machine an RTC or a time server"' in
                verdict(program, tls_options(authority, 8900), "--clock-unset"))


def test_without_entropy_there_is_no_tls(program, authority, server_pair):
    with EchoServer(server_pair, 8901):
        line = verdict(program, tls_options(authority, 8901), "--entropy-weak",
                       error="no random generator, so no TLS")
        assert 'problem="there is no random generator"' in line and "virtio-rng" in line


def test_rsa_chains_fit_into_the_arena(program, authority):
    pair = authority.issue("rsa.example", f"IP:{HERE}", rsa=4096)
    own = authority.issue("rsa-store", usage="clientAuth", rsa=2048)
    with EchoServer(pair, 8902, authority.certificate):
        with Probe(program, tls_options(authority, 8902, own)) as probe:
            probe.wait_for('stream received="hello"')
            print(probe.counters())


def test_three_tls_streams_at_once_fit_into_the_arena(program, authority):
    pair = authority.issue("rsa3.example", f"IP:{HERE}", rsa=2048)
    own = authority.issue("store-18", usage="clientAuth")
    with EchoServer(pair, 8904, authority.certificate) as server:
        options = tls_options(authority, 8904, own, more="streams=3 send=100000")
        with Probe(program, options) as probe:
            probe.wait_for("stream echoed=100000", 20, 3)
            print(probe.counters())
            assert not probe.matching("wrong| error ")
    assert len(server.peers) == 3


def test_no_datagram_is_lost_while_hands_are_shaken(program, authority, server_pair):
    """The arithmetic of TLS must never hold up readings: 2,000 a second during one handshake after another."""
    count, each_second = 10_000, 2_000
    with EchoServer(server_pair, 8905) as server:
        server.context.options |= ssl.OP_NO_TICKET
        server.context.num_tickets = 0
        with Probe(program, tls_options(authority, 8905, more="repeat=100000")) as probe:
            probe.wait_for("stream received")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                begun = time.monotonic()
                for number in range(count):
                    sender.sendto(b'{"value":21.5}', (THERE, 9))
                    ahead = number / each_second - (time.monotonic() - begun)
                    if ahead > 0.002:
                        time.sleep(ahead)
            counters = probe.counters_once(lambda now: now["datagrams"] == count)
            print(counters)
            assert counters["datagrams"] == count
            assert counters["handshakes"] > 5


def test_a_real_mosquitto_speaks_tls_with_us(program, authority, server_pair, client_pair, tmp_path):
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener 8903 {HERE}\ncafile {authority.certificate}\ncertfile {server_pair[0]}\n"
                      f"keyfile {server_pair[1]}\nrequire_certificate true\nuse_identity_as_username true\n"
                      "allow_anonymous false\nuser root\n")
    with open(tmp_path / "log", "w") as log:
        broker = subprocess.Popen(["mosquitto", "-v", "-c", config], stderr=log)
    try:
        for _ in range(50):
            try:
                connect(8903, HERE, 1).close()
                break
            except OSError:
                time.sleep(0.1)
        with Probe(program, tls_options(authority, 8903, client_pair)) as probe:
            probe.wait_for("stream opened")  # "hello" is no MQTT, so Mosquitto closes
            probe.wait_for("stream closed")
            assert probe.counters()["handshakes"] == 1
    finally:
        broker.terminate()
        broker.wait()

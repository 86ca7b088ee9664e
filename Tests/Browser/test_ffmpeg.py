"""ffmpeg's WHIP muxer publishes: a DTLS stack (GnuTLS) that by default waits for the server's ClientHello."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.doors import AiortcDoor
from harness.ffmpeg_encoder import FFmpegEncoder
from harness.server import ForestageServer

pytestmark = pytest.mark.skipif(
    not FFmpegEncoder.is_available(), reason="this PyAV's ffmpeg has no whip muxer: nothing was tested with ffmpeg")


def decodes(server: ForestageServer, room: str, identifier: int, **options: str) -> None:
    encoder = FFmpegEncoder(f"{server.url}/whip/{room}", identifier, **options)
    player = AiortcDoor(f"{server.url}/whep/{room}")
    try:
        player.wait_to_play(identifier)
    finally:
        player.close()
        encoder.close()


def certificate(folder: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> dict[str, str]:
    """A self-signed certificate in files, as options of the muxer."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "encoder")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(
        x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=30)).sign(key, hashes.SHA256())
    (folder / "c.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "k.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return {"cert_file": str(folder / "c.pem"), "key_file": str(folder / "k.pem")}


def test_ffmpeg_waits_for_the_handshake(open_server: ForestageServer) -> None:
    """Its offer says `a=setup:passive`."""
    decodes(open_server, "ffmpeg-passive", 0xFF01)


@pytest.mark.parametrize("flags", ["", "dtls_active"])
@pytest.mark.parametrize("kind", ["P-384", "P-521", "RSA"])
def test_ffmpeg_has_a_certificate_of_another_kind(
        open_server: ForestageServer, tmp_path: Path, kind: str, flags: str) -> None:
    curves = {"P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    key = ec.generate_private_key(curves[kind]) if kind in curves else rsa.generate_private_key(65537, 2048)
    options = certificate(tmp_path, key) | ({"whip_flags": flags} if flags else {})
    decodes(open_server, f"ffmpeg-{kind}-{flags or 'passive'}", 0xFF03, **options)

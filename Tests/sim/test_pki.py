"""`tdx-sim pki` and the files that it makes."""
import json
import pathlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from guest import TDX_SIM


def pki(state):
    done = subprocess.run([TDX_SIM, "pki", "--state", state], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_paths(tmp_path):
    state = tmp_path / "state"
    assert pki(state) == {"root": f"{state}/root.pem", "collateral": f"{state}/collateral.json"}
    assert (state / "pki.seed").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in state.iterdir()) == ["collateral.json", "pki.seed", "root.pem"]


def test_it_is_made_once(tmp_path):
    pki(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    pki(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_everything_comes_from_the_seed(tmp_path):
    pki(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two/pki.seed").write_bytes((tmp_path / "one/pki.seed").read_bytes())
    pki(tmp_path / "two")
    for name in ("root.pem", "collateral.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    pki(tmp_path / "three")
    assert (tmp_path / "one/root.pem").read_bytes() != (tmp_path / "three/root.pem").read_bytes()


def test_many_at_once_agree(tmp_path):
    command = [TDX_SIM, "pki", "--state", tmp_path / "state"]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(8)]
    assert [process.wait(10) for process in processes] == [0] * 8
    before = (tmp_path / "state/root.pem").read_bytes()
    (tmp_path / "state/root.pem").unlink()
    pki(tmp_path / "state")
    assert (tmp_path / "state/root.pem").read_bytes() == before


def test_certificates_are_well_formed(tmp_path):
    paths = pki(tmp_path)
    root = x509.load_pem_x509_certificate(pathlib.Path(paths["root"]).read_bytes())
    root.verify_directly_issued_by(root)
    collateral = json.loads(pathlib.Path(paths["collateral"]).read_text())
    for name in ("pck_crl_issuer_chain", "tcb_info_issuer_chain", "qe_identity_issuer_chain"):
        leaf, issuer = x509.load_pem_x509_certificates(collateral[name].encode())
        assert issuer == root
        leaf.verify_directly_issued_by(root)
        assert leaf.not_valid_after_utc.year == 2099
        assert isinstance(leaf.public_key().curve, ec.SECP256R1)
    platform = x509.load_pem_x509_certificates(collateral["pck_crl_issuer_chain"].encode())[0]
    for name, issuer in (("root_ca_crl", root), ("pck_crl", platform)):
        crl = x509.load_der_x509_crl(bytes.fromhex(collateral[name]))
        assert crl.is_signature_valid(issuer.public_key()) and len(list(crl)) == 0
        assert crl.issuer == issuer.subject
    assert len({certificate.serial_number for certificate in [root, platform, leaf]}) == 3

SUMMARY = "dstack guest agent"
DESCRIPTION = "Gives the apps of a confidential VM their keys, certificates and evidence. One static binary."
HOMEPAGE = "https://github.com/Dstack-TEE/dstack"
BUGTRACKER = "https://github.com/Dstack-TEE/dstack/issues"
CVE_PRODUCT = "dstack-guest-agent"
SECTION = "base"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=@LICENSE_MD5@"

SRC_URI = "\
    file://dstack-guest-agent \
    file://dstack-guest-agent.service \
    file://dstack-guest-agent.socket \
    file://dstack-guest-agent.8 \
    file://dstack-guest-agent.json.5 \
    file://dstack-init.8 \
    file://LICENSE \
"

# scarthgap has no UNPACKDIR, and unpacks into WORKDIR
S = "${@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}"

inherit systemd

AGENT_SHA256 = "@SHA256@"
COMPATIBLE_HOST = "x86_64.*-linux"
SYSTEMD_SERVICE:${PN} = "dstack-guest-agent.service dstack-guest-agent.socket"

do_configure[noexec] = "1"

do_compile() {
    echo "${AGENT_SHA256}  ${S}/dstack-guest-agent" | sha256sum -c -
}

do_install() {
    install -d ${D}${base_bindir} ${D}${systemd_system_unitdir} ${D}${mandir}/man5 ${D}${mandir}/man8
    install -m 0755 ${S}/dstack-guest-agent ${D}${base_bindir}/
    install -m 0644 ${S}/dstack-guest-agent.service ${S}/dstack-guest-agent.socket ${D}${systemd_system_unitdir}/
    install -m 0644 ${S}/dstack-guest-agent.json.5 ${D}${mandir}/man5/
    install -m 0644 ${S}/dstack-guest-agent.8 ${S}/dstack-init.8 ${D}${mandir}/man8/
}

FILES:${PN} += "${systemd_system_unitdir}"

# built and stripped already
INHIBIT_PACKAGE_STRIP = "1"
INHIBIT_SYSROOT_STRIP = "1"
INHIBIT_PACKAGE_DEBUG_SPLIT = "1"
# nooelint: oelint.vars.insaneskip
INSANE_SKIP:${PN} += "already-stripped"

# The agent and its units come from the recipe dstack-guest-agent, on every machine.
# nooelint: oelint.vars.noncoreoverride
RDEPENDS:${PN} += "dstack-guest-agent"

# nooelint: oelint.vars.noncoreoverride
SYSTEMD_SERVICE:${PN}:remove = "dstack-guest-agent.service dstack-guest-agent.socket"

# nooelint: oelint.vars.noncoreoverride
do_install:append() {
    rm -f ${D}${base_bindir}/dstack-guest-agent ${D}${bindir}/dstack-guest-agent
    rm -f ${D}${systemd_system_unitdir}/dstack-guest-agent.service ${D}${systemd_system_unitdir}/dstack-guest-agent.socket
}

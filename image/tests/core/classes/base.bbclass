addtask fetch
addtask unpack after do_fetch
addtask configure after do_unpack
addtask compile after do_configure
addtask install after do_compile
addtask build after do_install

do_unpack[dirs] = "${@d.getVar('UNPACKDIR') or d.getVar('WORKDIR')}"
do_install[cleandirs] = "${D}"
do_compile[dirs] = "${B}"
do_install[dirs] = "${B}"

python do_fetch() {
    bb.fetch2.Fetch(d.getVar("SRC_URI").split(), d).download()
}

python do_unpack() {
    bb.fetch2.Fetch(d.getVar("SRC_URI").split(), d).unpack(d.getVar("UNPACKDIR") or d.getVar("WORKDIR"))
}

do_configure() {
    :
}

do_compile() {
    :
}

do_install() {
    :
}

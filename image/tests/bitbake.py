"""bitbake.py FOLDER [RECIPE]...: reads the layers of FOLDER/conf/bblayers.conf and runs the recipes' tasks up to do_install, with
bitbake's own library. Its command is in no package, and would start servers, which are not needed here. Prints what it has read."""

import json
import logging
import os
import sys
import types

# for sharing work between machines, and not in the package
for name in ("hashserv", "hashserv.client", "prserv", "prserv.serv"):
    sys.modules[name] = types.ModuleType(name)

import bb  # noqa: E402
import bb.build  # noqa: E402
import bb.cache  # noqa: E402
import bb.cooker  # noqa: E402
import bb.cookerdata  # noqa: E402
import bb.server.process  # noqa: E402

TASKS = ("do_fetch", "do_unpack", "do_configure", "do_compile", "do_install")


def read(cooker) -> dict:
    """The recipes by their names, as bitbake has them with all appends."""
    cooker.configuration.profile = []
    cooker.handlePRServ = lambda: None
    cooker.initConfigurationData()
    while cooker.updateCache():
        pass
    recipes = {}
    for file, name in cooker.recipecaches[""].pkg_fn.items():
        appends = cooker.collections[""].get_file_appends(file)
        recipes[name] = (appends, cooker.databuilder.parseRecipe(file, appends, layername=""))
    return recipes


def run(recipe):
    bb.utils.mkdirhier(recipe.getVar("T"))
    for task in TASKS:
        if not recipe.getVarFlag(task, "noexec"):
            bb.build.exec_func(task, recipe)


def main():
    folder, *wanted = sys.argv[1:]
    os.chdir(folder)
    logging.getLogger("BitBake").addHandler(logging.StreamHandler(sys.stderr))
    recipes = read(bb.cooker.BBCooker())
    for name in wanted:
        run(recipes[name][1])
    print(json.dumps({name: {
        "appends": [os.path.basename(append) for append in appends],
        "depends": (recipe.getVar(f"RDEPENDS:{name}") or "").split(),
        "services": (recipe.getVar(f"SYSTEMD_SERVICE:{name}") or "").split(),
        "packaged": " ".join(recipe.getVar(f"FILES:{package}") or "" for package in recipe.getVar("PACKAGES").split()).split(),
        "root": recipe.getVar("D"),
    } for name, (appends, recipe) in recipes.items()}))


main()

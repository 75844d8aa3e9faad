# The dstack guest agent. `make help` tells what there is.
#
#   LIBS=system     link glibc and the distribution's own static libraries instead of musl and our builds
#   FUZZ_SECONDS=N  how long `make fuzz` looks, all its targets together; 60
#   SOAK_SECONDS=N  how long `make soak` takes; 600
#   SOAK=OPTIONS    for it: --seed N, --short-log
#   ATTACKS=OPTIONS what `make attacks` shows: --short, or words of the names of attacks; all of them
#   AGENT=PATH      where the agent is written to, and which one the tests, the budgets and `run` use

LIBS ?= musl
AGENT ?= out/dstack-guest-agent
FUZZ_SECONDS ?= 60
# Test files side by side: most of the end-to-end tests wait for a deadline; those of images compute.
WAITING = 4
WORKING = 2
SOAK_SECONDS ?= 600
export LIBS AGENT

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
.PHONY: all build agent tdx-sim run test unit selfcheck selfcheck-program ctime sim e2e smoke lint budget bench attacks soak fuzz repro image image-packages \
  boot-test boot-test-full image-full pictures release verify-release packages venv clean help

all: build

help: ## this list
	@echo "make, make build      the agent and the TDX simulator, in out/"
	@sed -n 's/^\([a-z][a-z0-9-]*\):[^#]*## \(.*\)/make \1:\2/p' Makefile | awk -F: '{ printf "%-22s%s\n", $$1, $$2 }'
	@sed -n 's/^#   /  /p' Makefile

build: agent tdx-sim

packages: ## install the Debian packages that are missing
	@support/packages.sh

agent: packages ## the release agent alone
	@support/build.sh

# A development tool, never in an image: ordinary Swift, debug. Debug information would name this folder in it.
tdx-sim: packages ## the TDX simulator alone
	@echo "build  out/tdx-sim"
	@support/quiet.sh out/log/tdx-sim.log swift build --product tdx-sim --static-swift-stdlib -debug-info-format none \
		-Xswiftc -Xfrontend -Xswiftc -no-serialize-debugging-options --scratch-path .build-sim
	@cp .build-sim/debug/tdx-sim out/tdx-sim.new && mv out/tdx-sim.new out/tdx-sim

run: build ## start the agent with sockets under out/run
	@support/run.sh

test: unit selfcheck ctime sim e2e image-test ## all tests but those that boot

unit: packages ## the tests in Swift
	@echo "test   unit"
	@support/quiet.sh out/log/unit.log swift test --disable-xctest
	@tail -n 1 out/log/unit.log

selfcheck-program: packages
	@support/build.sh selfcheck

selfcheck: selfcheck-program ## the release's objects with vectors, as a guard against the compiler
	@echo "test   self-check"
	@Tests/selfcheck/run.sh

ctime: packages ## the libraries' work with secrets, under Valgrind: no branch and no address depends on one
	@echo "test   constant time"
	@Tests/ctime/run.sh

sim: tdx-sim venv ## the tests of the TDX simulator
	@echo "test   simulator"
	@out/venv/bin/pytest -q Tests/sim

requirements := $(wildcard Tests/*/requirements.txt image/boot-test/requirements.txt)
venv: packages out/venv/ready ## a Python with what the end-to-end tests import, in out/venv
out/venv/ready: $(requirements)
	@echo "venv   out/venv"
	@rm -rf out/venv
	@python3 -m venv out/venv
	@out/venv/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$(requirements))
	@touch $@

e2e: build venv ## the tests with real clients, against the release agent
	@echo "test   end to end: $(AGENT)"
	@out/venv/bin/pytest -q -n $(WAITING) --dist loadfile Tests/e2e

.PHONY: image-test simulation
image-test: build venv image-packages ## what makes, boots and verifies images, without booting one
	@echo "test   images"
	@out/venv/bin/pytest -q -n $(WORKING) --dist load image/tests

smoke: build venv ## some fast ones of them
	@echo "test   smoke: $(AGENT)"
	@out/venv/bin/pytest -q Tests/e2e -m smoke

lint: packages ## formatter, ShellCheck, the rules of the design, documents against code
	@support/lint.sh

budget: agent selfcheck-program ## the binary's properties, size, memory and start time
	@support/measure/budget.py "$(AGENT)"

bench: build ## speed of the endpoints and the startup, beside the bare cryptography and the simulator
	@support/measure/bench.py "$(AGENT)"
	@support/measure/evidence.py "$(AGENT)"
	@support/measure/startup.py "$(AGENT)"
	@support/measure/outward.py "$(AGENT)"

attacks: build ## what a victim of each attack gets, and what the agent holds meanwhile; needs root
	@support/measure/attacks.py "$(AGENT)" $(ATTACKS)

soak: build venv ## all attacks, mixed with faults, for SOAK_SECONDS, in which answers stay right and nothing is lost; needs root
	@echo "test   soak: $(AGENT)"
	@out/venv/bin/python Tests/soak/soak.py $(SOAK_SECONDS) $(SOAK)

fuzz: packages ## the parsers under libFuzzer and AddressSanitizer, for FUZZ_SECONDS
	@support/fuzz.py $(FUZZ_SECONDS)

image-packages: packages
	@support/packages.sh image

# KERNEL=PATH, MODULES=NAMES, DISK=1, APP=PATH, CMDLINE=WORDS, HOSTNAME=NAME, COMPRESS=WORD, FIRMWARE=FILE, OUT=DIR: see image/README.md
image: build image-packages ## a minimal confidential VM, a layer for dstack OS images, and a tar to try the former, in out/image
	@OUT="$(or $(OUT),out/image)/cvm" IMAGE_HOSTNAME="$(if $(filter command,$(origin HOSTNAME)),$(HOSTNAME))" image/cvm.py
	@OUT="$(or $(OUT),out/image)/layer" image/layer.py
	@[ "$$(id -u)" != 0 ] || [ -n "$(KERNEL)" -a ! -d "$(KERNEL)/headers" ] || image/simulation/build.sh $(KERNEL)
	@OUT="$(or $(OUT),out/image)" image/kit.py

simulation: image-packages ## what stands for the TDX module in a guest that image/boot starts; needs root
	@image/kernel.sh
	@image/simulation/build.sh

boot-test: build image simulation venv ## boot that in QEMU, and ask it from outside what it measured
	@image/boot-test/build.sh
	@echo "test   boot"
	@out/venv/bin/pytest -v -n $(WORKING) --dist loadfile image/boot-test

boot-test-full: build image simulation venv ## what takes longer: data disks that fail, a kernel with 9p, and the pinned one being gone
	@image/boot-test/build.sh
	@echo "test   boot, the long ones"
	@out/venv/bin/pytest -v image/boot-test -m full

image-full: build image simulation venv ## what others build, booted: a root file system by mkosi, container images by umoci and skopeo
	@image/boot-test/build.sh
	@echo "test   boot, what others build"
	@out/venv/bin/pytest -v image/boot-test -m builders

repro: image-packages ## build agent and images in two folders and compare
	@support/repro.sh

pictures: build venv ## the dashboard's pictures in docs, of a running agent; needs root
	@out/venv/bin/python support/pictures.py

release: build image simulation ## what a release consists of, in out/release, of a checkout without changes; needs root
	@support/release.py

verify-release: ## DIR=RELEASE: checks its sums, builds its commit anew and compares
	@support/release.py --verify "$(DIR)"

clean: ## remove what was built; what was fetched stays, in deps
	@rm -rf .build .build-* out
	@find deps -mindepth 1 -maxdepth 1 ! -name src ! -name kernel ! -name toolchain ! -name real \
		! -name "systemd-root*" ! -name "mkosi-root*" -exec rm -rf {} + 2> /dev/null || true

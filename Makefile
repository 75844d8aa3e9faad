# The dstack guest agent. `make help` lists the targets.
#
#   LIBS=system     link glibc and the distribution's own static libraries instead of musl and our builds
#   FUZZ_SECONDS=N  how long `make fuzz` runs, all its targets together (60)
#   SOAK_SECONDS=N  how long `make soak` runs (600)
#   SOAK=OPTIONS    for `make soak`: --seed N, --short-log
#   ATTACKS=OPTIONS for `make attacks`: --short, or words from the names of attacks (all attacks)
#   AGENT=PATH      where to write the agent, and which agent the tests, the budgets and `make run` use
#   APP=PATH …      what `make image` puts into the image, and its other variables: image/README.md

LIBS ?= musl
AGENT ?= out/dstack-guest-agent
FUZZ_SECONDS ?= 60
# How many test files run in parallel: most of the end-to-end tests wait for a deadline; those of images compute.
WAITING = 4
WORKING = 2
SOAK_SECONDS ?= 600
export LIBS AGENT

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
.PHONY: all build agent tdx-sim run test unit selfcheck selfcheck-program ctime sim e2e smoke lint budget bench attacks soak fuzz fuzz-program repro image image-packages test-packages \
  boot-test boot-test-full image-full pictures release verify-release packages venv clean help

all: build

help: ## this list
	@echo "make, make build      the agent and the TDX simulator, in out/"
	@sed -n 's/^\([a-z][a-z0-9-]*\):[^#]*## \(.*\)/make \1:\2/p' Makefile | awk '{ at = index($$0, ":"); printf "%-22s%s\n", substr($$0, 1, at - 1), substr($$0, at + 1) }'
	@sed -n 's/^#   /  /p' Makefile

build: agent tdx-sim

packages: ## install the Debian packages that building needs and that are missing; other targets install what they need besides
	@support/packages.sh

test-packages: packages
	@support/packages.sh test

agent: packages ## the release agent alone
	@support/build.sh

# A development tool, never in an image: ordinary Swift, debug. Debug information would name this folder, and a hash of the compiler's
# options, by which the compiler skips code that it has generated before, would depend on it.
tdx-sim: packages ## the TDX simulator alone
	@echo "build  out/tdx-sim"
	@support/quiet.sh out/log/tdx-sim.log swift build --product tdx-sim --static-swift-stdlib -debug-info-format none \
		$(addprefix -Xswiftc -Xfrontend -Xswiftc ,-no-serialize-debugging-options -disable-incremental-llvm-codegen) \
		--scratch-path .build-sim
	@cp .build-sim/debug/tdx-sim out/tdx-sim.new && mv out/tdx-sim.new out/tdx-sim

run: build ## start the agent with sockets under out/run
	@support/run.sh

test: unit selfcheck ctime sim e2e image-test ## all tests except those that boot

unit: test-packages ## the tests in Swift
	@echo "test   unit"
	@support/quiet.sh out/log/unit.log swift test --disable-xctest
	@tail -n 1 out/log/unit.log

selfcheck-program: packages
	@support/build.sh selfcheck

selfcheck: selfcheck-program ## known answers through the release's own objects, as a guard against the compiler
	@echo "test   self-check"
	@Tests/selfcheck/run.sh

ctime: test-packages ## the libraries' work with secrets under Valgrind: no branch or address may depend on one
	@echo "test   constant time"
	@Tests/ctime/run.sh

sim: tdx-sim venv test-packages ## the tests of the TDX simulator
	@echo "test   simulator"
	@out/venv/bin/pytest -q Tests/sim

requirements := $(wildcard Tests/*/requirements.txt image/boot-test/requirements.txt)
venv: packages out/venv/ready ## the Python packages that the end-to-end tests need, in out/venv
out/venv/ready: $(requirements)
	@echo "venv   out/venv"
	@rm -rf out/venv
	@python3 -m venv out/venv
	@out/venv/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$(requirements))
	@touch $@

e2e: build venv test-packages ## the tests with real clients, against the release agent
	@echo "test   end to end: $(AGENT)"
	@out/venv/bin/pytest -q -n $(WAITING) --dist loadfile Tests/e2e

.PHONY: image-test simulation
image-test: build venv image-packages test-packages ## tests of the tools that build, boot and verify images; boots none
	@echo "test   images"
	@out/venv/bin/pytest -q -n $(WORKING) --dist load image/tests

smoke: build venv test-packages ## a fast selection of the end-to-end tests
	@echo "test   smoke: $(AGENT)"
	@out/venv/bin/pytest -q Tests/e2e -m smoke

lint: test-packages ## formatter, ShellCheck, design rules, documents against code
	@support/lint.sh

budget: agent selfcheck-program test-packages ## the binary's properties, size, memory and start time
	@support/measure/budget.py "$(AGENT)"

bench: build test-packages ## speed of the endpoints and the startup, next to the bare cryptography and the simulator
	@support/measure/bench.py "$(AGENT)"
	@support/measure/evidence.py "$(AGENT)"
	@support/measure/startup.py "$(AGENT)"
	@support/measure/outward.py "$(AGENT)"

attacks: build test-packages ## run each known attack, show what its victim gets and what the agent holds; needs root
	@support/measure/attacks.py "$(AGENT)" $(ATTACKS)

soak: build venv test-packages ## mix all attacks with faults for SOAK_SECONDS: answers stay right, nothing is lost; needs root
	@echo "test   soak: $(AGENT)"
	@out/venv/bin/python Tests/soak/soak.py $(SOAK_SECONDS) $(SOAK)

fuzz-program: packages
	@support/fuzz.py --build

fuzz: packages ## fuzz the parsers with libFuzzer and AddressSanitizer for FUZZ_SECONDS
	@support/fuzz.py $(FUZZ_SECONDS)

image-packages: packages
	@support/packages.sh image

# KERNEL=PATH, MODULES=NAMES, DISK=1, APP=PATH, CMDLINE=WORDS, HOSTNAME=NAME, COMPRESS=WORD, FIRMWARE=FILE, OUT=DIR: see image/README.md
image: build image-packages ## a minimal confidential VM, also as a tar, and a layer for dstack OS images, in out/image
	@OUT="$(or $(OUT),out/image)/cvm" IMAGE_HOSTNAME="$(if $(filter command,$(origin HOSTNAME)),$(HOSTNAME))" image/cvm.py
	@OUT="$(or $(OUT),out/image)/layer" image/layer.py
	@[ -n "$(KERNEL)" -a ! -d "$(KERNEL)/headers" ] || ! $$([ "$$(id -u)" = 0 ] || echo sudo -n) unshare -m true 2> /dev/null || \
		image/simulation/build.sh $(KERNEL)
	@OUT="$(or $(OUT),out/image)" image/kit.py

simulation: image-packages ## the module that simulates TDX in a guest of image/boot; needs root or sudo
	@image/kernel.sh
	@image/simulation/build.sh

boot-test: build image simulation venv test-packages ## boot the images in QEMU, and check from outside what they measured
	@image/boot-test/build.sh
	@echo "test   boot"
	@out/venv/bin/pytest -v -n $(WORKING) --dist loadfile image/boot-test

boot-test-full: build image simulation venv test-packages ## longer boot tests: data disks that fail or lost power; a kernel with 9p; the pinned kernel gone
	@image/boot-test/build.sh
	@echo "test   boot, the long ones"
	@out/venv/bin/pytest -v image/boot-test -m full

image-full: build image simulation venv test-packages ## boot what other tools build: a root file system by mkosi, container images by umoci and skopeo
	@image/boot-test/build.sh
	@echo "test   boot, what others build"
	@out/venv/bin/pytest -v image/boot-test -m builders

repro: image-packages ## build agent and images in two folders, and compare
	@support/repro.sh

pictures: build venv test-packages ## take the dashboard's pictures in docs/ from a running agent; needs root
	@out/venv/bin/python support/pictures.py

release: build image simulation ## make a release in out/release, from a clean checkout; needs root
	@support/release.py

verify-release: ## with DIR=RELEASE: check its sums, rebuild its commit, and compare
	@support/release.py --verify "$(DIR)"

clean: ## remove what was built; downloads stay in deps
	@rm -rf .build .build-* out
	@find deps -mindepth 1 -maxdepth 1 ! -name src ! -name kernel ! -name toolchain ! -name real \
		! -name "systemd-root*" ! -name "mkosi-root*" -exec rm -rf {} + 2> /dev/null || true

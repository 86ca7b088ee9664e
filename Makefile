# Forestage: `make help` lists what there is to do. Each target installs what it needs and is missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

HTTP ?= 127.0.0.1:8080
# The address of `make run HTTPS=1`.
HTTPS_ADDRESS ?= 0.0.0.0:8443
MEDIA_PORTS ?= 7882-7897
VENV := .venv
PYTHON := $(VENV)/bin/python
BUILD_PACKAGES := libsrtp2-dev libssl-dev pkg-config
# Of the measuring client alone; the server links no codec.
LOAD_PACKAGES := libopus-dev libvpx-dev
ifeq ($(shell uname -m),x86_64)
BUILD_PACKAGES += libipsec-mb-dev
endif
TEST_PACKAGES := chromium firefox-esr python3-venv iproute2 nftables golang-go golang-github-pion-webrtc.v3-dev node-typescript
TEST_PACKAGES += coturn
# webrtcbin with x264 and libnice, driven from Python: 60 MB to fetch, 170 MB installed.
TEST_PACKAGES += gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-nice python3-gi gir1.2-gst-plugins-bad-1.0
OPENSSL_TESTS := ^(DTLS|Transport|Cryptography|SRTP|Client|AccessTokens)Tests
# SwiftPM looks at imports as far as it can; Tests/Program/test_modules.py compares every one with Package.swift.
IMPORT_CHECK := --explicit-target-dependency-import-check error
# The sweeps that prove nothing in kind beyond a shorter test (Docs/Testing.md).
NOT_LONG := $(if $(LONG),, and not long)
SOURCES := Sources Tests Signaling Package.swift

.PHONY: help run build build-load test test-swift test-browser test-load test-program check format lint bench bench-loop bench-paths bench-links cc fuzz clean packages load-packages test-packages swift-version

# Prints the seconds since the recipe began, or since the last time.
took = echo "==> $(1) took $$SECONDS s"; SECONDS=0

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 22

run: build $(if $(DEMO),build-load) ## install packages, build a release and serve http://localhost:8080 (DEMO=1: with synthetic people on stage; HTTPS=1: for a phone beside you)
	@if [ -n "$(HTTPS)" ]; then
		if [ -n "$(DEMO)" ]; then
			echo "DEMO=1 goes without HTTPS=1: the synthetic people speak plain HTTP"; exit 1
		fi
		exec .build/release/forestage serve --dev-https --https $(HTTPS_ADDRESS) --media-ports $(MEDIA_PORTS)
	fi
	if [ -n "$(DEMO)" ]; then
		echo "==> http://$(HTTP) is a live stage; Ctrl-C ends the server"
		.build/release/forestage-load demo --url http://$(HTTP) &
		trap "kill $$! 2>/dev/null || true" EXIT
	else
		echo "==> http://$(HTTP) is the room; Ctrl-C ends the server"
		echo "==> no camera at hand? 'make run DEMO=1' puts synthetic people on the stage"
	fi
	.build/release/forestage serve --dev --http $(HTTP) --media-ports $(MEDIA_PORTS)

build: packages swift-version ## build the server as a release: .build/release/forestage
	@echo "==> building a release (the first time takes several minutes)"
	swift build -c release --product forestage
	$(call took,the release build)

build-load: packages load-packages swift-version ## build the measuring client as a release: .build/release/forestage-load
	@echo "==> building the measuring client"
	swift build -c release --product forestage-load

test: test-swift test-program test-browser test-load ## run all tests: modules, programs, real browsers, measuring client

test-swift: packages load-packages swift-version ## run the tests of the modules, in virtual time
	@echo "==> building and running the tests of the modules"
	swift build --build-tests $(IMPORT_CHECK)
	$(call took,the debug build)
	swift test --skip-build --parallel
	$(call took,the tests of the modules)
	echo "==> once more what uses OpenSSL, with the other versions that apt offers"
	Tests/with_openssl_versions swift test --skip-build --filter '$(OPENSSL_TESTS)'
	$(call took,the tests with other OpenSSL versions)

test-browser: test-packages packages load-packages swift-version ## run the tests with Chromium, Firefox, GStreamer, Pion and aiortc (LONG=1: the long ones, too)
	@echo "==> running the tests with real browsers"
	swift build --product forestage
	swift build --product forestage-load
	export FORESTAGE_BINARY=$(CURDIR)/.build/debug/forestage
	status=0
	$(PYTHON) -m pytest Tests/Browser -v --durations=10 -m "together$(NOT_LONG)" -n 2 --dist loadfile || status=$$?
	$(call took,what can run two at a time)
	$(PYTHON) -m pytest Tests/Browser -v --durations=10 -m "not together$(NOT_LONG)" || status=$$?
	$(call took,what encodes much or measures)
	exit $$status

check: lint ## check the format, then build with warnings as errors and run all tests
	@export FORESTAGE_WARNINGS_AS_ERRORS=1
	$(MAKE) test

format: swift-version ## format all Swift files in place
	swift format -i -r -p $(SOURCES)

lint: swift-version ## check the format of all Swift files
	@swift format lint --strict -r -p $(SOURCES)
	$(call took,the format check)

test-load: packages load-packages swift-version ## run the tests of forestage-load with injected faults (some need root)
	@echo "==> running the tests of the measuring client"
	swift build --product forestage
	swift build --product forestage-load
	FORESTAGE_BINARY=$(CURDIR)/.build/debug/forestage python3 -m unittest discover -s Tests/Load -v
	$(call took,the tests of the measuring client)

test-program: packages load-packages swift-version ## run the tests of the commands, the configuration, the documents and the imports
	@echo "==> running the tests of the program"
	swift build --product forestage
	swift build --product forestage-load
	FORESTAGE_BINARY=$(CURDIR)/.build/debug/forestage python3 -m unittest discover -s Tests/Program -v
	$(call took,the tests of the program)

bench: build build-load ## measure the packet loop, then Forestage and Janus, and write Docs/Benchmarks.md (needs root; BENCH="--rounds 5 --accept")
	@status=0
	$(MAKE) bench-loop || status=$$?
	FORESTAGE_BINARY=$(CURDIR)/.build/release/forestage python3 Tests/Load/bench.py $(BENCH) || status=$$?
	exit $$status

bench-loop: packages swift-version ## compare the packet loop with plain C and check its thresholds (needs root; BENCH_LOOP="--rounds 9")
	@echo "==> measuring the packet loop (Docs/PacketPath.md)"
	swift build -c release --scratch-path .build-bench --product packet-loop
	swift build -c release --scratch-path .build-bench --product packet-reference
	python3 Tests/Benchmarks/bench_loop.py $(BENCH_LOOP)

bench-paths: packages load-packages swift-version ## measure the packet loop and the ciphers separately (release build; prints ratios)
	@swift build -c release --scratch-path .build-bench --product packet-loop
	for viewers in 10 100 1000; do .build-bench/release/packet-loop --viewers $$viewers --frames $$((200000 / viewers)); done
	FORESTAGE_BENCH=1 swift test -c release --scratch-path .build-bench --filter Benchmark

cc: swift-version ## run the congestion control cases in virtual time and write the table and pictures of Docs/CongestionControl.md
	@echo "==> running the cases of congestion control"
	swift build -c release --scratch-path .build-cc --product congestion-cases
	.build-cc/release/congestion-cases --write $(CASES)

bench-links: build test-packages ## measure viewers behind narrow links in real browsers, with and without congestion control, and with Janus where it is installed (LINKS_SECONDS at each rate)
	@echo "==> measuring viewers behind narrow links (.build-browser/links.json)"
	FORESTAGE_LINKS_SECONDS=$${LINKS_SECONDS:-60} FORESTAGE_LINKS_MODES=$${LINKS_MODES:-on,off,janus} FORESTAGE_BINARY=$(CURDIR)/.build/release/forestage \
		$(PYTHON) -m pytest Tests/Browser/test_links.py -v -s -m ""

fuzz: packages load-packages swift-version ## run the parsers on mutated input for FUZZ_SECONDS (default 60)
	FORESTAGE_FUZZ_SECONDS=$${FUZZ_SECONDS:-60} swift test --filter Fuzz

clean: ## delete all build results
	rm -rf .build .build-* $(VENV)

# What apt has to install, and only that; sudo only when this is not root.
define install_packages
missing=""
for package in $(1); do
	dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"
done
if [ -n "$$missing" ]; then
	as_root=""
	[ "$$(id -u)" = 0 ] || as_root=sudo
	echo "==> installing$$missing"
	$$as_root apt-get update -qq
	TMPDIR=/var/tmp DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends $$missing
fi
endef

packages:
	@$(call install_packages,$(BUILD_PACKAGES))

load-packages:
	@$(call install_packages,$(LOAD_PACKAGES))

test-packages:
	@had_coturn=$$(command -v turnserver || true)
	$(call install_packages,$(TEST_PACKAGES))
	# The package starts a TURN server for everybody; the tests start their own.
	if [ -z "$$had_coturn" ] && [ -d /run/systemd/system ]; then
		if [ "$$(id -u)" = 0 ]; then systemctl disable --now coturn; else sudo systemctl disable --now coturn; fi
	fi
	if [ ! -x $(PYTHON) ] || ! cmp -s Tests/Browser/requirements.txt $(VENV)/requirements.txt; then
		echo "==> preparing the Python side of the tests in $(VENV)"
		python3 -m venv $(VENV)
		$(PYTHON) -m pip install -q -r Tests/Browser/requirements.txt
		cp Tests/Browser/requirements.txt $(VENV)/requirements.txt
	fi

swift-version:
	@command -v swift >/dev/null || { echo "Swift 6.2 or newer is needed and 'swift' is not found: see https://swift.org/install"; exit 1; }
	version=$$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p' | head -n 1)
	read -r major minor <<< "$$version"
	if [ "$$major" -lt 6 ] || { [ "$$major" = 6 ] && [ "$$minor" -lt 2 ]; }; then
		echo "Swift 6.2 or newer is needed, this is $$major.$$minor: see https://swift.org/install"; exit 1
	fi

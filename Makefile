# Everything one does with visavis from a checkout. `make` alone lists it.

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## build and start the server on port 8080 (ARGS="--listen 0.0.0.0:9000" passes options on)
	@scripts/need.sh build
	cargo run --release -p visavis-server --bin visavis -- $(ARGS)

.PHONY: test
test: ## all tests: Rust, JavaScript, and real browsers against the real server
	@scripts/test.sh

.PHONY: test-long
test-long: ## the attacks on the forwarder that make test tries a little, at full length
	@scripts/need.sh build
	VISAVIS_TEST_LONG=1 cargo test --release -p visavis-sfu --test all
	VISAVIS_TEST_LONG=1 cargo test --release -p visavis-server --test forward -- --test-threads 1

.PHONY: check
check: ## all that needs no running program: format, lints, docs, dependencies, types, vendored files
	@scripts/check.sh

.PHONY: tour
tour: ## take the pictures of docs/tour.md, in Chromium
	@scripts/need.sh test
	cargo build -p visavis-server --bin visavis
	npm run --silent tour

.PHONY: bench-join
bench-join: ## time from camera to the first picture of somebody else, classic page against ours
	@scripts/need.sh test
	cargo build --release -p visavis-server --bin visavis
	VISAVIS_BIN=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis node e2e/bench/first-frame.js $(ARGS)

.PHONY: bench-tiles
bench-tiles: ## the longest tasks of the page, and what shifts on it, while eight others join and leave
	@scripts/need.sh test
	cargo build -p visavis-server --bin visavis
	node e2e/bench/nine-tiles.js $(ARGS)

.PHONY: bench-switch
bench-switch: ## gaps of picture and sound when a call changes its paths, in Chromium and Firefox
	@scripts/need.sh test
	cargo build --release -p visavis-server --bin visavis
	VISAVIS_BIN=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis node e2e/bench/switch.js $(ARGS)

.PHONY: bench-rescue
bench-rescue: ## how soon a third person is seen, and two between whom UDP is cut
	@scripts/need.sh test
	cargo build --release -p visavis-server --bin visavis
	VISAVIS_BIN=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis node e2e/bench/rescue.js $(ARGS)

.PHONY: bench-lips
bench-lips: ## how far the sound of a recording is behind its picture
	@scripts/need.sh test
	cargo build --release -p visavis-server --bin visavis
	VISAVIS_BIN=$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis node e2e/bench/lips.js $(ARGS)

.PHONY: bench-signaling
bench-signaling: ## what signaling costs: relays, idle clients, start, join storms, beside the classic server
	@scripts/need.sh test
	cargo build --release -p visavis-server -p visavis-load
	cargo run --quiet --release -p visavis-load -- signaling $(ARGS)

.PHONY: bench-turn
bench-turn: ## what a relayed packet and an allocation cost, beside coturn
	@scripts/need.sh test
	cargo build --release -p visavis-server -p visavis-load
	cargo run --quiet --release -p visavis-load -- turn $(ARGS)

.PHONY: bench-sfu
bench-sfu: ## what a forwarded packet costs, beside Janus and beside a bare fan-out
	@scripts/need.sh sfu
	cargo build --release -p visavis-server -p visavis-load
	$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis-load sfu $(ARGS)

.PHONY: bench-mix
bench-mix: ## what mixing rooms costs: pictures beside libvpx alone, sound beside Janus, many rooms at once
	@scripts/need.sh sfu
	cargo build --release -p visavis-server -p visavis-load
	$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis-load mix $(ARGS)

.PHONY: compare
compare: ## what a call costs as mesh, as hybrid, as star and as mix (ARGS="--quick"; ARGS="--write docs" writes docs/topologies.md)
	@scripts/need.sh build
	cargo build --release -p visavis-server -p visavis-load
	$${CARGO_TARGET_DIR:-$(CURDIR)/target}/release/visavis-load compare $(ARGS)

# The two commands, and what they are made of. All of them share one build profile and one target directory.
CARGO ?= cargo
FLAGS := --release --locked
FUZZ_SECONDS ?= 5
# Built by itself: the clock that stands still is in no other binary.
SIMULATION := -p bunbase-simulation --features simulated

.PHONY: run test build examples tools check simulation units neighbours crashes fuzz wpt wpt-peers bench model clean

# Builds, brings the suite up in the foreground, deploys examples/, prints the curl lines to try.
run: build examples
	scripts/run

# Installs what the tests need, then runs every test.
test: tools examples check build
	$(CARGO) nextest run $(FLAGS) --workspace
	$(CARGO) test $(FLAGS) $(SIMULATION) --quiet
	$(CARGO) test $(FLAGS) --workspace --doc --quiet
	fuzz/run $(FUZZ_SECONDS)
	cat target/security-matrix.txt
	scripts/families

build:
	$(CARGO) build $(FLAGS) --workspace --bins

# The npm packages of the examples, as their lock files have them.
examples:
	scripts/examples

tools:
	scripts/install-test-tools

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(FLAGS) --workspace --all-targets -- -D warnings
	$(CARGO) clippy $(FLAGS) $(SIMULATION) --all-targets -- -D warnings

# The suite in worlds from seeds. One of them, with all that happens in it: SEED=7 make simulation
# The long form: SEEDS=100000 make simulation
simulation:
	$(CARGO) test $(FLAGS) $(SIMULATION) -- --nocapture

# What one function costs another, measured for minutes.
neighbours: build
	$(CARGO) nextest run $(FLAGS) -p bunbase-tests --test security --run-ignored only --no-capture neighbours

# ipcd killed at 3000 random moments of its changes and at every system call of a deploy, and every one of those failing; takes minutes.
# With other dice: SEED=7 make crashes
KILLS ?= 3000
crashes: build
	KILLS=$(KILLS) EACH=1 $(CARGO) nextest run $(FLAGS) --workspace --no-capture -E 'package(bunbase-tests) & test(/^durable::/)'

# Every order of happenings around the pool in larger small worlds; takes minutes.
model:
	$(CARGO) test $(FLAGS) -p bunbase-pool --lib -- --ignored --nocapture model

# The long form: FUZZ_SECONDS=600 make fuzz
fuzz: tools
	fuzz/run $(FUZZ_SECONDS)

# Shows what of a folder or a file of the Web Platform Tests fails: make wpt DIR=streams/piping
wpt:
	WPT=$(DIR) $(CARGO) nextest run $(FLAGS) -p bunbase-quickjs-worker --test wpt --run-ignored only --no-capture what_fails

# The same tests in Node and Deno, for the table in docs/web-apis.md
wpt-peers:
	scripts/wpt-peers

# What the suite does against others, into docs/benchmarks.md; BENCH=short tries every part in two minutes and writes nothing.
bench: build
	scripts/install-bench-tools
	python3 -m bench all

clean:
	$(CARGO) clean
	rm -rf examples/*/node_modules fuzz/target fuzz/corpus

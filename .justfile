# Shorthands for those who have `just`; `cargo test` and .ci/run work without it.

# List the recipes.
default:
    @just --list

# Everything that must hold before a change is taken.
ready:
    .ci/run

# Format the code.
fmt:
    cargo fmt

# Warnings are errors.
lint:
    cargo clippy --locked --all-targets -- -D warnings

# All tests; scenarios that need a real API server are ignored, with the reason, where there is none.
test *args:
    cargo test --locked {{args}}

# Tests of one policy by its name: examples, fixture, rules, page.
policy name:
    cargo test --locked --test policies -- {{name}}

# Write all files that are made from the code: docs, deploy/base/seawall.yaml and parts of the chart.
generate:
    UPDATE=1 cargo test --locked

# The documentation of the code, private items included.
doc:
    cargo doc --locked --no-deps --document-private-items --open

# What one review costs, step by step.
bench:
    cargo bench --locked

# A webhook on this machine, with a request to try.
dev:
    cargo run --locked --release -- serve --dev

# Check the formatting before every commit.
hook:
    printf '#!/bin/sh\nexec cargo fmt --check\n' > "$(git rev-parse --git-path hooks/pre-commit)"
    chmod +x "$(git rev-parse --git-path hooks/pre-commit)"

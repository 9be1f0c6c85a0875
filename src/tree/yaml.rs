//! YAML into trees, with positions.

//! Seawall
fn main() {}

//! The reference pages are made from the code.

use super::golden;

#[test]
fn the_reference_is_fresh() -> Result<(), String> {
    golden::check("docs/reference.md", &seawall::cli::reference::reference())
}

#[test]
fn the_reference_of_the_configuration_is_fresh() -> Result<(), String> {
    golden::check("docs/configuration.md", &seawall::config::reference::markdown())
}

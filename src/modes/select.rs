//! What `check --select` and `--ignore` make of a table.

use super::{Mode, Origin, Profile, Rule, Scope, TableSpec};

impl TableSpec {
    /// Turns the selected policies to `deny` everywhere and all others off, whatever the table says. Parameters
    /// stay as they are.
    pub fn select_only(&mut self, selected: &[String]) {
        let origin = Origin::flag("--select");
        self.profile = (Profile::None, origin.clone());
        self.max_mode = (Mode::Deny, origin.clone());
        self.exceptions.clear();
        self.rules.push(everywhere(vec!["all".to_owned()], Mode::Off, &origin));
        self.rules.push(everywhere(selected.to_vec(), Mode::Deny, &origin));
    }

    /// Turns the ignored policies off everywhere, whatever the table says.
    pub fn ignore(&mut self, ignored: &[String]) {
        if !ignored.is_empty() {
            self.rules.push(everywhere(ignored.to_vec(), Mode::Off, &Origin::flag("--ignore")));
        }
    }
}

fn everywhere(policies: Vec<String>, mode: Mode, origin: &Origin) -> Rule {
    Rule {
        scope: Scope::default(),
        policies,
        mode: Some(mode),
        params: None,
        from: None,
        origin: origin.clone(),
    }
}

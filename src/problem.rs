//! What can be wrong with somebody's data, and where.
//!
//! The leaf that notices says what ([`Kind`]); the caller that knows the place
//! says where ([`Problem::at`]). Problems are returned in input order, never printed here.

mod effect;
mod kind;
mod words;

use serde::{Deserialize, Serialize};

use crate::cell::CellRef;
use crate::measure::Amount;
use crate::text::Lang;

pub use self::effect::{CODES, Effect, effect};
use self::kind::raw_text;
pub use self::kind::{Compared, Kind, Magnitude, PartsDiffer, Stake};
pub use self::words::{company_or, metric_word, stage_word};

/// How bad: information, used with a warning, or rejected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    /// The key of its word, and its name in machine-readable output.
    pub fn key(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing wrong at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub at: CellRef,
    pub kind: Kind,
    /// Money or counts at stake, where known.
    pub amount: Option<Amount>,
}

/// A value with the problems met while making it, in input order.
#[derive(Debug, Default)]
pub struct Checked<T> {
    pub value: T,
    pub problems: Vec<Problem>,
}

/// Characters of a cell's text that a message shows.
const LONGEST_RAW: usize = 200;

impl Problem {
    pub fn new(at: CellRef, mut kind: Kind) -> Self {
        // A message needs no novel, and a sheet may have as many of them as cells.
        if let Some(raw) = raw_text!(&mut kind)
            && raw.chars().nth(LONGEST_RAW).is_some()
        {
            *raw = raw.chars().take(LONGEST_RAW).chain(['…']).collect();
        }
        Problem { at, kind, amount: None }
    }

    pub fn worth(mut self, amount: Option<Amount>) -> Self {
        self.amount = amount;
        self
    }

    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// One line that greps and sorts: `targets.xlsx!FY26!D17: error E402: …`.
    pub fn line(&self, lang: Lang) -> String {
        let severity = lang.word(&format!("severity.{}", self.severity().key()));
        format!("{}: {severity} {}: {}", self.at, self.kind.code(), self.kind.message(lang))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_words() {
        for code in CODES {
            for lang in Lang::ALL {
                for part in ["name", "message", "hint"] {
                    assert!(!lang.word(&format!("problem.{code}.{part}")).is_empty());
                }
            }
        }
    }

    #[test]
    fn a_rejected_file_is_said_to_be() {
        let limit = |setting| Kind::OverLimit { setting, limit: 1, actual: 2 };
        for kind in [
            Kind::EmptyFile,
            Kind::SymbolicLink,
            Kind::ChangedWhileRead,
            limit("inflate_ratio"),
            limit("cells_per_sheet"),
            limit("sheets"),
            Kind::NoDelimiter,
            Kind::NoTable { found: String::new() },
            Kind::NotARegularFile,
            Kind::SameContent { other: String::new() },
        ] {
            assert_eq!(effect(kind.code()) == Effect::FileRejected, kind.rejects_file(), "{}", kind.code());
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let kind = Kind::NotANumber { field: "Quota".into(), raw: "万".repeat(30_000) };
        let problem = Problem::new(CellRef::file(&"a.xlsx".into()), kind);
        assert_eq!(problem.kind.raw(), format!("{}…", "万".repeat(200)));
    }

    #[test]
    fn a_message_fills_all_its_arguments() {
        let at = CellRef::sheet(&"targets.xlsx".into(), &"FY26".into()).at(16, 3);
        let kind = Kind::NotANumber { field: "Quota".into(), raw: "十二万左右".into() };
        let line = Problem::new(at, kind).line(Lang::En);
        assert!(line.starts_with("targets.xlsx!FY26!D17: error E402: "), "{line}");
        assert!(line.contains("Quota") && line.contains("十二万左右") && !line.contains('{'), "{line}");
    }
}

//! Problems: every one of them, worst and costliest first, each with its cell and what to do.

use crate::analysis::pacing::Status;
use crate::measure::Amount;
use crate::problem::{Problem, Severity};
use crate::text::Lang;

use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Tone};

/// Rows that a sheet shows; problems.csv has all.
pub const MOST_ROWS: usize = 20_000;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    if findings.problems.is_empty() {
        return None;
    }
    let lang = findings.lang;
    let problems = sorted(findings.problems);
    let lines = problems.iter().take(MOST_ROWS).enumerate().map(|(index, problem)| Line {
        role: LineRole::Detail,
        depth: 0,
        items: items(index, problem, lang),
    });
    let shown = problems.len().min(MOST_ROWS).to_string();
    let legend = lang.say("legend.problems", &[("shown", &shown), ("all", &problems.len().to_string())]);
    Some(Page {
        key: "problems",
        number: 14,
        message: count(&problems, lang),
        titles: vec![findings.company_name(), legend],
        blocks: vec![Block::new("", columns(lang), lines.collect())],
        worst: None,
        frozen_columns: 0,
    })
}

/// Worst first, then costliest. Stable: problems alike in weight stay in input order.
pub fn sorted(problems: &[Problem]) -> Vec<&Problem> {
    let mut problems: Vec<&Problem> = problems.iter().collect();
    problems.sort_by_key(|problem| {
        let amount = problem.amount.map_or(Amount::ZERO, Amount::abs);
        (std::cmp::Reverse(problem.severity()), std::cmp::Reverse(amount))
    });
    problems
}

/// How many there are of each severity, in words.
pub fn count(problems: &[&Problem], lang: Lang) -> String {
    let count = |severity| problems.iter().filter(|problem| problem.severity() == severity).count().to_string();
    lang.say(
        "message.problems",
        &[
            ("errors", &count(Severity::Error)),
            ("warnings", &count(Severity::Warning)),
            ("infos", &count(Severity::Info)),
        ],
    )
}

/// Columns of a table with a problem a line.
pub fn columns(lang: Lang) -> Vec<Column> {
    let word = |key: &str| lang.word(key);
    vec![
        Column::new("#"),
        Column::new(word("head.severity")),
        Column::new(word("head.code")),
        Column::new(word("head.place")).wrapping(),
        Column::new(word("head.field")).wrapping(),
        Column::new(word("head.raw")).wrapping(),
        Column::new(word("head.used")).wrapping(),
        Column::new(word("head.what")).wrapping(),
        Column::new(word("head.hint")).wrapping(),
        Column::new(word("head.amount")),
    ]
}

/// What such a line says of a problem.
pub fn items(index: usize, problem: &Problem, lang: Lang) -> Vec<Item> {
    vec![
        Item::number(i64::try_from(index + 1).ok().map(Amount::whole), Look::Amount(0)),
        severity_item(problem.severity(), lang),
        Item::text(problem.kind.code()),
        Item::Source(problem.at.clone()),
        Item::text(problem.kind.field()),
        Item::text(problem.kind.raw()),
        Item::text(problem.kind.used()),
        Item::text(problem.kind.message(lang)),
        Item::text(problem.kind.hint(lang)),
        Item::toned(problem.amount, Look::Amount(2), tone(problem.severity())),
    ]
}

/// A severity as a mark and a word; information needs no mark.
pub fn severity_item(severity: Severity, lang: Lang) -> Item {
    let word = lang.word(&format!("severity.{}", severity.key())).to_string();
    match severity {
        Severity::Error => Item::Status { status: Status::Behind, word },
        Severity::Warning => Item::Status { status: Status::AtRisk, word },
        Severity::Info => Item::Text(word),
    }
}

/// Amounts of errors stand out.
pub fn tone(severity: Severity) -> Tone {
    if severity == Severity::Error { Tone::Bad } else { Tone::Plain }
}

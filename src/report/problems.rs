//! Problems: every one of them, worst and costliest first, each with its cell and what to do.

use crate::measure::Amount;
use crate::problem::{Problem, Severity};

use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Tone};

/// Rows that a sheet shows; problems.csv has all.
const MOST_ROWS: usize = 20_000;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    if findings.problems.is_empty() {
        return None;
    }
    let mut problems: Vec<&Problem> = findings.problems.iter().collect();
    // Stable: problems alike in weight stay in input order.
    problems.sort_by_key(|problem| {
        let amount = problem.amount.map_or(Amount::ZERO, Amount::abs);
        (std::cmp::Reverse(problem.severity()), std::cmp::Reverse(amount))
    });
    let count = |severity| problems.iter().filter(|problem| problem.severity() == severity).count().to_string();
    let message = findings.lang.say(
        "message.problems",
        &[
            ("errors", &count(Severity::Error)),
            ("warnings", &count(Severity::Warning)),
            ("infos", &count(Severity::Info)),
        ],
    );
    let lang = findings.lang;
    let lines = problems.iter().take(MOST_ROWS).enumerate().map(|(index, problem)| {
        let severity = problem.severity();
        let tone = if severity == Severity::Error { Tone::Bad } else { Tone::Plain };
        Line {
            role: LineRole::Detail,
            depth: 0,
            items: vec![
                Item::number(i64::try_from(index + 1).ok().map(Amount::whole), Look::Amount(0)),
                Item::text(lang.word(&format!("severity.{}", severity.key()))),
                Item::text(problem.kind.code()),
                Item::Source(problem.at.clone()),
                Item::text(problem.kind.field()),
                Item::text(problem.kind.raw()),
                Item::text(problem.kind.used()),
                Item::text(problem.kind.message(lang)),
                Item::text(problem.kind.hint(lang)),
                Item::toned(problem.amount, Look::Amount(2), tone),
            ],
        }
    });
    let word = |key: &str| findings.word(key);
    let columns = vec![
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
    ];
    let shown = problems.len().min(MOST_ROWS).to_string();
    let legend = findings.lang.say("legend.problems", &[("shown", &shown), ("all", &problems.len().to_string())]);
    let lines = lines.collect();
    Some(Page {
        key: "problems",
        number: 14,
        message,
        titles: vec![findings.company_name(), legend],
        blocks: vec![Block::new("", columns, lines)],
        worst: None,
        frozen_columns: 0,
    })
}

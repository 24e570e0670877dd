//! Manifest: what was read, what became of it, under which settings. The totals must tie.

use crate::measure::Amount;

use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page, Tone};

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    // Files and control totals are of the whole organisation: a pack says only by which settings it was made.
    let is_pack = findings.facts.units.split().is_some();
    let blocks =
        if is_pack { vec![settings(findings)] } else { vec![files(findings), controls(findings), settings(findings)] };
    let message = if is_pack { "message.pack" } else { "message.manifest" };
    let as_of = findings.facts.scope.as_of.to_string();
    let legend = findings.word(if is_pack { "legend.pack" } else { "legend.manifest" }).to_string();
    Some(Page {
        key: "manifest",
        number: 15,
        message: findings.lang.say(message, &[("version", env!("CARGO_PKG_VERSION")), ("as_of", &as_of)]),
        titles: vec![findings.company_name(), legend],
        blocks,
        worst: None,
        frozen_columns: 0,
    })
}

fn detail(items: Vec<Item>) -> Line {
    Line { role: LineRole::Detail, depth: 0, items }
}

fn count(n: usize) -> Item {
    Item::number(i64::try_from(n).ok().map(Amount::whole), Look::Amount(0))
}

fn files(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let mut lines = Vec::new();
    for input in findings.inputs {
        let start = |outcome: &str| {
            vec![
                Item::text(input.name.clone()),
                Item::text(outcome),
                Item::text(input.hash.get(..12).unwrap_or("")),
                Item::number(i64::try_from(input.size).ok().map(Amount::whole), Look::Amount(0)),
            ]
        };
        let outcome = word(&format!("outcome.{}", input.outcome.key()));
        if input.sheets.is_empty() {
            lines.push(detail(start(outcome)));
        }
        for sheet in &input.sheets {
            let mut items = start(outcome);
            items.extend([
                Item::text(sheet.place.sheet.to_string()),
                Item::text(sheet.table.map_or("", |table| word(&format!("table.{table}")))),
                sheet.header_row.map_or(Item::Blank, |row| count(row as usize + 1)),
                count(sheet.n_rows),
                count(sheet.n_used),
                count(sheet.n_totals),
                count(sheet.n_notes),
            ]);
            lines.push(detail(items));
        }
    }
    let columns = vec![
        Column::new(word("head.file")).wrapping(),
        Column::new(word("head.outcome")),
        Column::new(word("head.hash")),
        Column::new(word("head.size")),
        Column::new(word("head.sheet")),
        Column::new(word("head.table")),
        Column::new(word("head.header_row")),
        Column::new(word("head.rows")),
        Column::new(word("head.rows_used")),
        Column::new(word("head.rows_total")),
        Column::new(word("head.rows_note")),
    ];
    Block::new(word("block.files").to_string(), columns, lines)
}

fn controls(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let lines = findings.facts.ledger.controls.iter().map(|(metric, control)| {
        let amount = |value: Amount| Item::number(Some(value), Look::Amount(2));
        let gap = control.gap();
        let tone = if gap.is_zero() { Tone::Plain } else { Tone::Bad };
        detail(vec![
            Item::text(findings.metric_name(*metric)),
            amount(control.read),
            amount(control.credited),
            amount(control.undated),
            amount(control.after_as_of),
            amount(control.others_share),
            Item::toned(Some(gap), Look::Amount(2), tone),
            count(control.n_unreadable as usize),
        ])
    });
    let lines = lines.collect();
    let columns = vec![
        Column::new(word("head.measure")),
        Column::new(word("head.read")),
        Column::new(word("head.credited")),
        Column::new(word("head.undated")),
        Column::new(word("head.after_as_of")),
        Column::new(word("head.others_share")),
        Column::new(word("head.gap")),
        Column::new(word("head.unreadable")),
    ];
    Block::new(word("block.controls").to_string(), columns, lines)
}

fn settings(findings: &Findings<'_>) -> Block {
    let word = |key: &str| findings.word(key);
    let lines = findings
        .settings
        .iter()
        .map(|(key, value)| detail(vec![Item::text(word(&format!("setting.{key}"))), Item::text(value.clone())]));
    let columns = vec![Column::new(word("head.setting")).wrapping(), Column::new(word("head.value")).wrapping()];
    Block::new(word("block.settings").to_string(), columns, lines.collect())
}

//! Deal alerts: open deals that need a look, the gravest first and then the largest amounts.

use std::collections::BTreeSet;

use crate::analysis::deal_alerts::{Alert, DealAlert, Severity};
use crate::analysis::pacing::Status;
use crate::facts::Unit;
use crate::measure::{Amount, Tally};
use crate::problem::stage_word;

use super::scale::Scale;
use super::{Block, Column, Findings, Item, Line, LineRole, Look, Page};

/// Rows that the sheet shows; deal_alerts.csv has all.
pub const MOST_ROWS: usize = 500;

pub fn build(findings: &Findings<'_>) -> Option<Page> {
    let alerts = &findings.deal_alerts;
    let first = alerts.first()?;
    let lines = alerts.iter().take(MOST_ROWS).map(|alert| Line {
        role: LineRole::Detail,
        depth: 0,
        items: items(findings, alert),
    });
    let deals: BTreeSet<usize> = alerts.iter().map(|alert| alert.deal).collect();
    let amount: Tally = deals.iter().map(|deal| Tally::from(findings.facts.deals.deals[*deal].amount)).sum();
    // Where no amount is known, none is named.
    let key = if amount.value().is_some() { "message.deal_alerts" } else { "message.deal_alerts_without_amount" };
    let message = findings.lang.say(
        key,
        &[
            ("deals", &deals.len().to_string()),
            ("amount", &amount.value().unwrap_or_default().grouped(0)),
            ("grave", &alerts.iter().filter(|alert| alert.severity == Severity::High).count().to_string()),
        ],
    );
    let (shown, all) = (alerts.len().min(MOST_ROWS).to_string(), alerts.len().to_string());
    let legend = [
        findings.lang.say("legend.deal_alerts", &[("shown", &shown), ("all", &all)]),
        findings.word("legend.deal_alert_limits").to_string(),
    ];
    let titles = findings.titles_in(Scale::One, None, legend.join(findings.word("separator")));
    Some(Page {
        key: "deal_alerts",
        number: 6,
        message,
        titles,
        blocks: vec![Block::new("", columns(findings), lines.collect())],
        worst: Some(if first.severity == Severity::High { Status::Behind } else { Status::AtRisk }),
        frozen_columns: 1,
    })
}

fn columns(findings: &Findings<'_>) -> Vec<Column> {
    let word = |key: &str| findings.word(key);
    vec![
        Column::new(word("head.deal")).wrapping(),
        Column::new(word("head.customer")).wrapping(),
        Column::new(word("head.deal_owner")),
        Column::new(word("head.stage")),
        Column::new(word("head.deal_amount")),
        Column::new(word("head.probability")),
        Column::new(word("head.expected_close")),
        Column::new(word("head.earlier_close")),
        Column::new(word("head.postponed")),
        Column::new(word("head.days_in_stage")),
        Column::new(word("head.last_activity")),
        Column::new(word("head.alert")),
        Column::new(word("head.severity")),
        Column::new(word("head.advice")).wrapping(),
        Column::new(word("head.place")).wrapping(),
    ]
}

fn items(findings: &Findings<'_>, alert: &DealAlert) -> Vec<Item> {
    let deal = &findings.facts.deals.deals[alert.deal];
    let owner = Unit::Person(findings.facts.units.seats()[deal.held_by as usize].person);
    let text = |text: &Option<String>| Item::text(text.as_deref().unwrap_or(""));
    let day = |day: Option<chrono::NaiveDate>| Item::text(day.map_or(String::new(), |day| day.to_string()));
    let label = [&deal.id, &deal.name].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
    let stage = deal.stage.map(|stage| stage_word(&findings.facts.deals.stages[stage], findings.lang));
    let postponed = Some(Amount::whole(i64::from(deal.n_postponed))).filter(|count| !count.is_zero());
    vec![
        Item::text(label),
        text(&deal.customer),
        Item::text(findings.unit_name(owner)),
        text(&stage),
        Item::tally(&Tally::from(deal.amount), Look::Amount(2)),
        Item::number(deal.probability, Look::Percent),
        day(deal.expected_close),
        day(deal.earlier_close),
        Item::number(postponed, Look::Amount(0)),
        Item::number(alert.days_in_stage.map(Amount::whole), Look::Amount(0)),
        day(deal.last_activity),
        Item::text(said(findings, alert)),
        severity_item(findings, alert.severity),
        Item::text(findings.word(&format!("advice.{}", alert.alert.key()))),
        if deal.at.file.is_empty() { Item::Blank } else { Item::Source(deal.at.clone()) },
    ]
}

/// What is wrong, with its figures.
fn said(findings: &Findings<'_>, alert: &DealAlert) -> String {
    let deal = &findings.facts.deals.deals[alert.deal];
    let days = alert.days.unwrap_or(0).to_string();
    let limit = alert.limit_days.unwrap_or_default().rounded(1).plain();
    let before = deal.earlier_amount.unwrap_or_default().grouped(0);
    let count = deal.n_postponed.to_string();
    let arguments: &[(&str, &str)] = match alert.alert {
        Alert::Overdue => &[("days", &days)],
        Alert::Stalled => &[("days", &days), ("limit", &limit)],
        Alert::Postponed => &[("count", &count)],
        Alert::AmountChanged => &[("before", &before)],
        Alert::NoExpectedClose => &[],
    };
    findings.lang.say(&format!("alert.{}", alert.alert.key()), arguments)
}

fn severity_item(findings: &Findings<'_>, severity: Severity) -> Item {
    let word = findings.word(&format!("alert_severity.{}", severity.key())).to_string();
    match severity {
        Severity::High => Item::Status { status: Status::Behind, word },
        Severity::Medium => Item::Status { status: Status::AtRisk, word },
        Severity::Low => Item::Text(word),
    }
}
